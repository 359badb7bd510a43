package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"math"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/pipeline/compat"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// aggregate sums up records in input order. Its size depends on classes and measures, not on the number of images; where
// intervals are asked for they take what uncertainty keeps.
type aggregate struct {
	columns   record.Columns
	plan      lossTotal
	measures  *metrics.Total
	set       *metrics.Set
	counts    record.Counts
	losses    []running
	gradients []running
	state     losses.State
	digest    hash.Hash
	times     [len(record.StageNames)]histogram
	latency   latencies
	firstBad  *Record
	oriented  int           // images whose EXIF asks to turn them
	runtime   int           // images that failed in the model or the runtime library
	intervals *uncertainty  // nil where none are asked for
	slices    *slicer       // nil where none are asked for
	compat    *compat.Total // nil where no other system's figures are asked for
}

// compare asks for the figures of other systems.
func (a *aggregate) compare(names []string) error {
	profiles, err := compat.Find(names)
	if err == nil && len(profiles) > 0 {
		a.compat = compat.New(profiles, a.columns)
	}
	return err
}

// running is a mean over the images where a value is defined, summed in input order.
type running struct {
	sum float64
	n   int
}

func (r *running) add(x float64) {
	if !math.IsNaN(x) {
		r.sum += x
		r.n++
	}
}

func (r *running) value() record.Value {
	if r.n == 0 {
		return record.Value{Value: math.NaN(), Status: "undefined"}
	}
	return record.Value{Value: r.sum / float64(r.n), NValid: r.n}
}

func newAggregate(c record.Columns, plan lossTotal, set *metrics.Set, b *Bootstrap) *aggregate {
	measures := set.NewTotal()
	return &aggregate{columns: c, plan: plan, set: set, measures: measures, losses: make([]running, len(c.Losses)),
		gradients: make([]running, len(c.Gradients)), state: plan.NewState(), digest: sha256.New(), intervals: newUncertainty(b, c, plan, set, measures)}
}

// add adds the next record in input order.
func (a *aggregate) add(out *outcome) {
	r, sums := out.record, out.sums
	a.counts.Images++
	a.oriented += btoi(out.oriented)
	_, _ = io.WriteString(a.digest, r.Image) // a hash's Write never fails
	_, _ = a.digest.Write([]byte{0})
	switch r.Status {
	case record.Failed:
		a.counts.Failed++
	case record.Skipped:
		a.counts.Skipped++
	default:
		a.counts.OK++
	}
	if r.Status != record.OK {
		a.runtime += btoi(r.Runtime)
		if a.firstBad == nil {
			a.firstBad = r
		}
		return
	}
	_, _ = a.digest.Write(sums[0][:])
	_, _ = a.digest.Write(sums[1][:])
	a.score(out)
	if a.slices != nil {
		a.slices.add(out)
	}
	a.set.Release(out.measured)
	for i, d := range r.Stages {
		a.times[i].add(d)
	}
	a.latency.add(r)
}

// score adds the figures of a scored image.
func (a *aggregate) score(out *outcome) {
	r := out.record
	a.counts.ValidPixels += r.ValidPixels
	a.counts.NaNPixels += r.NaNPixels
	a.measures.AddRow(out.measured, r.Means, r.PerClass)
	if a.intervals != nil {
		a.intervals.add(out)
	}
	if a.compat != nil {
		a.compat.Add(r)
	}
	a.state.Add(out.state)
	addAll(a.losses, r.Losses)
	addAll(a.gradients, r.Gradients)
}

func addAll(dst []running, values []float64) {
	for i, x := range values {
		dst[i].add(x)
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// summary forms the aggregate figures.
func (a *aggregate) summary() *Summary {
	s := &Summary{Counts: a.counts, Classes: a.columns.Classes, LabelCounts: a.measures.LabelCounts()}
	for _, c := range a.set.Over() {
		s.Over = append(s.Over, s.Classes[c])
	}
	if s.LabelCounts == nil {
		s.Confusion = append([]int64(nil), a.measures.Confusion()...)
	}
	s.Dataset.Digest = hex.EncodeToString(a.digest.Sum(nil))
	s.Metrics, s.PerClass = a.measures.Metrics(), a.measures.PerClass()
	s.Losses = a.lossValues()
	if a.compat != nil {
		s.Compat = a.compat.Result()
	}
	for i, name := range a.columns.Gradients {
		s.Gradients = append(s.Gradients, record.MetricValue{Name: name, Value: a.gradients[i].value()})
	}
	return s
}

func (a *aggregate) lossValues() []record.LossValue {
	pooled := make([]losses.Result, len(a.columns.Losses))
	a.plan.Evaluate(a.state, pooled)
	var list []record.LossValue
	for i, name := range a.columns.Losses {
		list = append(list, record.LossValue{Name: name, Value: a.losses[i].value(), Pooled: pooledValue(pooled[i])})
	}
	return list
}

// err says what the policy forbids: any failed image, or no scored one.
func (a *aggregate) err(policy string) error {
	bad := a.counts.Failed + a.counts.Skipped
	if a.counts.Images == 0 {
		return fault.Dataf("the dataset is empty: no image was listed")
	}
	if bad == 0 || policy == OnErrorSkip && a.counts.OK > 0 {
		return nil
	}
	classify := fault.Dataf
	if a.runtime > 0 {
		classify = fault.Runtimef
	}
	return classify("%d of %d images could not be scored; the first is %s: %s", bad, a.counts.Images, a.firstBad.Image, a.firstBad.Error)
}

// stages returns the times by stage.
func (a *aggregate) stages() map[string]record.Stage {
	m := map[string]record.Stage{}
	for i, name := range record.StageNames {
		m[name] = a.times[i].stage()
	}
	return m
}
