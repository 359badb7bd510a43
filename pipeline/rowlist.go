package pipeline

import (
	"iter"
	"slices"

	"github.com/segmetry/segmetry/pipeline/metrics"
)

// RowList keeps the rows of an evaluation in memory (see [Evaluator.KeepRows]), to be replayed or compared with another's.
type RowList struct{ rows []*Row }

// Append keeps a row.
func (l *RowList) Append(row *Row) error {
	l.rows = append(l.rows, copyOf(row))
	return nil
}

// All yields copies of the rows, in their order: whoever takes a row may change it.
func (l *RowList) All() iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		for _, row := range l.rows {
			if !yield(copyOf(row), nil) {
				return
			}
		}
	}
}

// copyOf shares no state with the row. Values of a record are replaced as a whole, and never changed.
func copyOf(row *Row) *Row {
	c, r := *row, *row.Record
	c.Record, c.LossState, c.States = &r, slices.Clone(row.LossState), nil
	for _, s := range row.States {
		c.States = append(c.States, metrics.State{Counts: slices.Clone(s.Counts), Sums: slices.Clone(s.Sums)})
	}
	return &c
}
