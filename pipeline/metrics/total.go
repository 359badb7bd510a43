package metrics

import (
	"math"
	"slices"

	"github.com/segmetry/segmetry/internal/record"
)

// Total brings images together, in input order. Its size depends on classes and measures; where a percentile over images
// is asked for, it also keeps that measure's value of every image.
type Total struct {
	set     *Set
	images  int
	states  []State
	scalars []running   // a figure
	classes [][]running // a figure, a class
	samples [][]float64 // a figure; nil where no percentile is asked for
	sampled []bool
	paired  []bool // images and classes are brought together
}

// running is a mean over the images where a value is defined, summed in input order.
type running struct {
	sum float64
	n   int
}

func (r *running) add(x float64) {
	if x == x {
		r.sum += x
		r.n++
	}
}

func (r *running) mean() float64 { return ratio(r.sum, float64(r.n)) }

// NewTotal returns the total of no image.
func (s *Set) NewTotal() *Total {
	t := &Total{set: s, states: s.newStates(), scalars: make([]running, len(s.figures)), classes: make([][]running, len(s.figures)),
		samples: make([][]float64, len(s.figures)), sampled: make([]bool, len(s.figures)), paired: make([]bool, len(s.figures))}
	for i := range s.figures {
		t.classes[i] = make([]running, s.shape.Classes)
	}
	for _, e := range s.entries {
		t.sampled[e.figure] = t.sampled[e.figure] || e.view.kind == viewPercentile
		t.paired[e.figure] = t.paired[e.figure] || e.view.kind == viewClasses || e.view.kind == viewPairs
	}
	return t
}

// Add adds an image.
func (t *Total) Add(states []State) {
	means, perClass := t.set.Values(states)
	t.AddRow(states, means, perClass)
}

// AddRow adds an image whose values are known already.
func (t *Total) AddRow(states []State, means []float64, perClass [][]float64) {
	t.images++
	t.addStates(states)
	for i := range t.set.figures {
		f := &t.set.figures[i]
		if f.scalar >= 0 {
			v := means[f.scalar]
			t.scalars[i].add(v)
			if t.sampled[i] && v == v {
				t.samples[i] = append(t.samples[i], v)
			}
		}
		switch {
		case f.class >= 0:
			for c, v := range perClass[f.class] {
				t.classes[i][c].add(v)
			}
		case f.Class != nil && t.paired[i]:
			for c := range t.classes[i] {
				t.classes[i][c].add(f.Class(&states[f.accumulator], c))
			}
		}
	}
}

// addStates merges states.
func (t *Total) addStates(states []State) {
	for i, a := range t.set.accumulators {
		if m, ok := a.(Merger); ok {
			m.Merge(&t.states[i], &states[i])
		} else {
			t.states[i].Add(&states[i])
		}
	}
}

// Pooled has the merged states of both, and nothing that is brought together image by image.
func (t *Total) Pooled(o *Total) *Total {
	both := t.set.NewTotal()
	both.addStates(t.states)
	both.addStates(o.states)
	return both
}

// Confusion is the matrix of all images, row by row.
func (t *Total) Confusion() []int64 {
	n := t.set.shape.Classes
	return t.states[0].Counts[:n*n]
}

// States are the merged states, an accumulator's each.
func (t *Total) States() []State { return t.states }

// Metrics returns the summary's scalar figures: the dataset's first, then those over images.
func (t *Total) Metrics() []record.MetricValue {
	var list []record.MetricValue
	for _, o := range t.set.scalarOutputs() {
		f := &t.set.figures[o.figure]
		if v := t.scalar(o); v.Values != nil || f.Scalar != nil {
			list = append(list, record.MetricValue{Name: o.label, Value: v, Plain: f.Plain})
		}
	}
	return list
}

// scalar is a scalar figure, or a list.
func (t *Total) scalar(o output) record.Value {
	f := &t.set.figures[o.figure]
	switch {
	case o.view.kind != viewDataset:
		return t.overImages(o.figure, o.view)
	case f.Scalar != nil:
		return defined(f.Scalar(&t.states[f.accumulator]))
	}
	return record.Value{Value: math.NaN(), Values: f.List(&t.states[f.accumulator]), NValid: t.images}
}

// overImages brings a scalar figure of the images together.
func (t *Total) overImages(figure int, v view) record.Value {
	switch v.kind {
	case viewPercentile:
		return defined(percentile(t.samples[figure], float64(v.percentile)/100), len(t.samples[figure]))
	case viewClasses:
		var mean running
		for k, c := range t.classes[figure] {
			if t.set.shape.over(k) {
				mean.add(c.mean())
			}
		}
		return defined(mean.mean(), mean.n)
	case viewPairs:
		var all running
		for k, c := range t.classes[figure] {
			if t.set.shape.over(k) {
				all.sum += c.sum
				all.n += c.n
			}
		}
		return defined(all.mean(), all.n)
	}
	return defined(t.scalars[figure].mean(), t.scalars[figure].n)
}

// PerClass returns the summary's figures of every class: the dataset's first, then the means over images.
func (t *Total) PerClass() []record.ClassMetric {
	var list []record.ClassMetric
	for _, o := range t.set.classOutputs() {
		m := record.ClassMetric{Name: o.label, Plain: t.set.figures[o.figure].Plain}
		for c := range t.set.shape.Classes {
			if o.view.kind == viewDataset {
				m.Values = append(m.Values, t.class(o.figure, c))
			} else {
				r := t.classes[o.figure][c]
				m.Values = append(m.Values, defined(r.mean(), r.n))
			}
		}
		list = append(list, m)
	}
	return list
}

// class is a figure of one class in the dataset.
func (t *Total) class(i, c int) record.Value {
	f, n := &t.set.figures[i], t.images
	if f.Averaged {
		n = t.classes[i][c].n
	}
	state := &t.states[f.accumulator]
	v := record.Value{Value: math.NaN()}
	if f.Class != nil {
		v = defined(f.Class(state, c), n)
	}
	if f.ClassList != nil {
		v.Values = f.ClassList(state, c)
	}
	if f.Undefined != nil {
		v.NUndefined = int(f.Undefined(state, c))
	}
	return v
}

func defined(v float64, n int) record.Value {
	switch {
	case math.IsNaN(v):
		return record.Value{Value: v, Status: "undefined"}
	case math.IsInf(v, 0):
		return record.Value{Value: v, Status: "infinite", NValid: n}
	}
	return record.Value{Value: v, NValid: n}
}

// percentile is the q-th quantile of values by linear interpolation at rank q·(n−1), numpy's default; NaN of none.
func percentile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	return quantile(slices.Clone(values), q)
}
