package report

import (
	_ "embed"

	"github.com/segmetry/segmetry/internal/record"
)

//go:embed gradients.html.tmpl
var gradientsText string

// gradientColumns are the figures of a loss's gradient, in the order of record.Summary.Gradients.
var gradientColumns = []struct {
	Term, Name string
	write      func(float64) string
}{{"gradient.l1", "L1 norm", short}, {"gradient.l2", "L2 norm", short}, {"gradient.foreground", "foreground %", percent}, {"gradient.boundary", "boundary %", percent}, {"gradient.hardest", "hardest tenth %", percent}}

// gradientRow is one loss's gradient, as means over the images.
type gradientRow struct {
	Name  string
	Cells []cell
}

// gradientRows lists the losses with a gradient.
func gradientRows(s *record.Summary) []gradientRow {
	var rows []gradientRow
	for i := 0; i+len(gradientColumns) <= len(s.Gradients); i += len(gradientColumns) {
		if !defined(s.Gradients[i].Value.Value) {
			continue
		}
		name, _ := splitGradient(s.Gradients[i].Name)
		row := gradientRow{Name: name}
		for k, column := range gradientColumns {
			v := s.Gradients[i+k].Value
			row.Cells = append(row.Cells, cell{column.write(v.Value), span(v.CI, column.write), format(v.Value), -1})
		}
		rows = append(rows, row)
	}
	return rows
}
