package pipeline

import (
	"iter"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/losses"
)

// Row is everything that an image leaves behind: its record, and what every aggregate figure can be formed of again.
type Row = record.Row

// RowWriter takes the rows of an evaluation in input order, one after another. What a row holds is valid during the call.
// An error ends the run. Thumbnails are not part of it: [Evaluator.Thumbnails] has them.
type RowWriter interface {
	Append(row *Row) error
}

// KeepRows hands the rows of the run that follows to w; rows that Resume gave are not handed on again.
func (e *Evaluator) KeepRows(w RowWriter) { e.rows = w }

// RowBytes is about how many bytes an image takes in images.csv and in the statistics store, by the number of its figures and
// of the counts that they come from. Most counts are small: the estimate is high where most are 0.
func (e *Evaluator) RowBytes() (csv, stored int64) {
	c := e.total.columns
	figures := int64(len(c.Losses) + len(c.Means) + len(c.Gradients) + len(c.PerClass)*len(c.Classes))
	numbers := int64(len(e.total.plan.NewState()))
	var counts int64
	states := e.metrics.Take()
	for _, s := range states {
		numbers += int64(len(s.Sums))
		counts += int64(len(s.Counts))
	}
	e.metrics.Release(states)
	const (
		names  = 256 // name, status, digests
		text   = 20  // a figure in shortest decimals, and its comma
		binary = 9   // a float64 with its type
		count  = 4   // most have one to five bytes
	)
	return names + text*figures, 2*names + binary*(2*figures+numbers) + count*counts
}

// row is what is kept of an outcome.
func (out *outcome) row() *Row {
	return &Row{Record: out.record, Digests: out.sums, LabelHash: out.labels, Oriented: out.oriented, States: out.measured, LossState: out.state}
}

// Complete fills in what a stored row leaves out, because it follows from its states: the measures' values and the
// confusion counts. A row whose states are not of this evaluation's measures and losses is an error.
func (e *Evaluator) Complete(row *Row) error {
	if row.Status != record.OK {
		return nil
	}
	if err := e.metrics.Fits(row.States); err != nil {
		return fault.Dataf("the statistics of image %q: %w", row.Image, err)
	}
	if want := len(e.total.plan.NewState()); len(row.LossState) != want || len(row.Losses) != len(e.total.columns.Losses) || len(row.Gradients) != len(e.total.columns.Gradients) {
		return fault.Dataf("the statistics of image %q: %d losses with %d sums and %d figures of gradients, expected %d, %d and %d", row.Image,
			len(row.Losses), len(row.LossState), len(row.Gradients), len(e.total.columns.Losses), want, len(e.total.columns.Gradients))
	}
	row.Means, row.PerClass = e.metrics.Values(row.States)
	row.Confusion, row.LabelCounts, row.ExactPixels = e.metrics.Counts(row.States)
	return nil
}

// outcomeOf is the outcome that a row was made of.
func (e *Evaluator) outcomeOf(row *Row) (outcome, error) {
	if err := e.Complete(row); err != nil {
		return outcome{}, err
	}
	out := outcome{record: row.Record, state: losses.State(row.LossState), measured: row.States, sums: row.Digests, labels: row.LabelHash, oriented: row.Oriented}
	if t := row.Thumbnail; t != nil {
		out.picture = &sketch{Thumbnail: *t}
	}
	return out, nil
}

// Replay yields the records of rows that were stored, as Run yields those of images: afterwards the summary, and what else
// the evaluator says, is that of their run. Rows are handed to the writer of KeepRows, too.
func (e *Evaluator) Replay(rows iter.Seq2[*Row, error]) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		for row, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			out, err := e.outcomeOf(row)
			if err == nil {
				err = e.consume(&out, true)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(out.record, nil) {
				return
			}
		}
	}
}
