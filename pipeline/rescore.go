package pipeline

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// Rescoring turns the rows of an evaluation that is over into those that another evaluation of the same images by the same
// model would have left, as far as their statistics suffice. It serves one goroutine at a time.
type Rescoring struct {
	from, to *Evaluator
	losses   *losses.Conversion
	measures *metrics.Conversion
	remap    *metrics.Remap // nil where classes stay what they are
	results  []losses.Result
}

// Missing are the measures, losses and gradients of which an evaluation's statistics do not suffice.
type Missing struct{ Metrics, Losses, Gradients []string }

// Error names them.
func (m *Missing) Error() string {
	var parts []string
	for _, list := range []struct {
		what  string
		names []string
	}{{"metrics", m.Metrics}, {"losses", m.Losses}, {"gradients of", m.Gradients}} {
		if len(list.names) > 0 {
			parts = append(parts, list.what+" "+strings.Join(list.names, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

// NewRescoring makes ready to turn rows of one evaluator, of [NewPast], into those of another; remap says what their
// classes become, nil: the same. What the statistics do not have is an error [Missing].
func NewRescoring(from, to *Evaluator, remap *metrics.Remap) (*Rescoring, error) {
	r := &Rescoring{from: from, to: to, remap: remap, results: make([]losses.Result, len(to.plan.Labels()))}
	missing := &Missing{}
	r.measures, missing.Metrics = to.metrics.Convert(from.metrics, remap)
	if remap != nil {
		r.losses, missing.Losses = to.plan.Relabel(from.plan, remap.Truth)
	} else {
		r.losses, missing.Losses = to.plan.Convert(from.plan)
	}
	if to.options.Gradients && r.losses != nil {
		for k, label := range to.plan.Labels() {
			if !from.options.Gradients || r.losses.Output(k) < 0 {
				missing.Gradients = append(missing.Gradients, label)
			}
		}
	}
	if len(missing.Losses)+len(missing.Metrics)+len(missing.Gradients) > 0 {
		return nil, missing
	}
	return r, nil
}

// Convert turns a row into the other evaluation's.
func (r *Rescoring) Convert(row *Row) error {
	row.Parity = nil
	if row.Status != record.OK {
		row.Status = r.to.failedStatus()
		return nil
	}
	if err := r.from.Complete(row); err != nil {
		return err
	}
	if r.remap != nil {
		if err := r.relabel(row); err != nil {
			return err
		}
	}
	gradients := row.Gradients
	row.States, row.LossState = r.measures.States(row.States), r.losses.State(row.LossState)
	r.to.total.plan.Evaluate(row.LossState, r.results)
	if row.Losses != nil { // label maps have none
		row.Losses = lossesOf(r.results)
	}
	row.Gradients = nil
	if !r.to.options.Gradients {
		return nil
	}
	n := len(losses.ProfileNames)
	for k := range r.to.plan.Labels() {
		at := r.losses.Output(k) * n
		if at+n > len(gradients) {
			return fault.Dataf("the statistics of image %q have %d figures of gradients, expected more than %d", row.Image, len(gradients), at)
		}
		row.Gradients = append(row.Gradients, gradients[at:at+n]...)
	}
	return nil
}

// relabel changes what a row says of its pixels' classes beside the states.
func (r *Rescoring) relabel(row *Row) error {
	before := row.ValidPixels
	row.ValidPixels = 0
	n := len(r.remap.Truth)
	for t, truth := range r.remap.Truth {
		if truth == raster.Ignored {
			continue
		}
		for _, k := range row.Confusion[t*n:][:n] {
			row.ValidPixels += k
		}
	}
	if row.NaNPixels > 0 && row.ValidPixels != before {
		return fault.Dataf("image %q has %d pixels of NaN or infinite logits, and which of them would be ignored is not in the statistics: leave it out with dataset.filter, or run again", row.Image, row.NaNPixels)
	}
	row.Thumbnail = nil // it shows the classes as they were
	row.LabelHash = relabelHash(row.LabelHash, r.remap)
	return nil
}

// relabelHash is a hash that is equal for equal labels under one and the same remap. It is not that of the labels themselves.
func relabelHash(labels uint64, r *metrics.Remap) uint64 {
	b := binary.LittleEndian.AppendUint64(nil, labels)
	for _, classes := range [][]int16{r.Truth, r.Predicted} {
		for _, c := range classes {
			b = binary.LittleEndian.AppendUint16(b, uint16(c))
		}
	}
	return max(1, xxhash.Sum64(b))
}

// failedStatus is that of an image that cannot be scored.
func (e *Evaluator) failedStatus() record.Status {
	if e.options.OnError == OnErrorSkip {
		return record.Skipped
	}
	return record.Failed
}

// lossesOf are the values of an image's losses; NaN where one is undefined.
func lossesOf(results []losses.Result) []float64 {
	values := make([]float64, len(results))
	for k, r := range results {
		values[k] = r.Value
		if r.Count == 0 || math.IsInf(r.Value, 0) {
			values[k] = math.NaN()
		}
	}
	return values
}
