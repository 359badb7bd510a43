package report

import (
	_ "embed"

	"github.com/segmetry/segmetry/internal/record"
)

//go:embed aggregates.html.tmpl
var aggregatesText string

// aggregateRow is a figure of the dataset that is no list.
type aggregateRow struct {
	Name  string
	Value cell
}

// aggregateRows lists every figure of all classes, with its interval: of most there is no card.
func aggregateRows(s *record.Summary) []aggregateRow {
	var rows []aggregateRow
	add := func(name string, v record.Value, plain bool) {
		write := percent
		if plain {
			write = short
		}
		rows = append(rows, aggregateRow{name, cell{write(v.Value), span(v.CI, write), format(v.Value), -1}})
	}
	for _, m := range s.Metrics {
		if m.Value.Values == nil {
			add(m.Name, m.Value, m.Plain)
		}
	}
	for _, l := range s.Losses {
		add("loss."+l.Name, l.Value, true)
		add("loss."+l.Name+".pooled", record.Value{Value: l.Pooled, CI: l.PooledCI}, true)
	}
	return rows
}
