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
	for i, a := range t.set.accumulators {
		if m, ok := a.(Merger); ok {
			m.Merge(&t.states[i], &states[i])
		} else {
			t.states[i].Add(&states[i])
		}
	}
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
	add := func(name string, f *figure, v record.Value) {
		if !slices.ContainsFunc(list, func(m record.MetricValue) bool { return m.Name == name }) {
			list = append(list, record.MetricValue{Name: name, Value: v, Plain: f.Plain})
		}
	}
	for _, e := range t.set.entries {
		f := &t.set.figures[e.figure]
		switch {
		case e.view.kind != viewDataset:
		case f.Scalar != nil:
			v, n := f.Scalar(&t.states[f.accumulator])
			add(e.label, f, defined(v, n))
		case f.List != nil:
			if values := f.List(&t.states[f.accumulator]); values != nil {
				add(e.label, f, record.Value{Value: math.NaN(), Values: values, NValid: t.images})
			}
		}
	}
	for _, e := range t.set.entries {
		f, label, v := &t.set.figures[e.figure], e.label, e.view
		if f.Scalar == nil {
			continue
		}
		if v.kind == viewDataset {
			label, v.kind = label+"_img", viewImages
		}
		add(label, f, t.overImages(e.figure, v))
	}
	return list
}

// overImages brings a scalar figure of the images together.
func (t *Total) overImages(figure int, v view) record.Value {
	switch v.kind {
	case viewPercentile:
		return defined(percentile(t.samples[figure], float64(v.percentile)/100), len(t.samples[figure]))
	case viewClasses:
		var mean running
		for _, c := range t.classes[figure] {
			mean.add(c.mean())
		}
		return defined(mean.mean(), mean.n)
	case viewPairs:
		var all running
		for _, c := range t.classes[figure] {
			all.sum += c.sum
			all.n += c.n
		}
		return defined(all.mean(), all.n)
	}
	return defined(t.scalars[figure].mean(), t.scalars[figure].n)
}

// PerClass returns the summary's figures of every class: the dataset's first, then the means over images.
func (t *Total) PerClass() []record.ClassMetric {
	var list []record.ClassMetric
	add := func(name string, f *figure, of func(c int) record.Value) {
		if slices.ContainsFunc(list, func(m record.ClassMetric) bool { return m.Name == name }) {
			return
		}
		m := record.ClassMetric{Name: name, Plain: f.Plain}
		for c := range t.set.shape.Classes {
			m.Values = append(m.Values, of(c))
		}
		list = append(list, m)
	}
	for _, e := range t.set.entries {
		if f := &t.set.figures[e.figure]; e.view.kind == viewDataset && (f.ClassList != nil || f.Class != nil && !f.Hidden) {
			add(e.label, f, func(c int) record.Value { return t.class(e.figure, c) })
		}
	}
	for _, e := range t.set.entries {
		f, label := &t.set.figures[e.figure], e.label
		if f.Class == nil || f.Hidden || e.view.kind == viewDataset && f.Averaged || e.view.kind > viewImages {
			continue
		}
		if e.view.kind == viewDataset {
			label += "_img"
		}
		add(label, f, func(c int) record.Value { r := t.classes[e.figure][c]; return defined(r.mean(), r.n) })
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
