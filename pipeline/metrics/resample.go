package metrics

import (
	"math"
	"slices"
)

// Evaluator returns a function that writes the figures of a choice of images to dst, of their rows' sums and of how often
// each image was chosen (nil where that is not known: percentiles are then undefined); unit says which of the weights an image has.
// all are all images and sums their rows' sums, or nil: figures of large states are then undefined. A goroutine needs a function of its own.
func (r *Rows) Evaluator(unit []int32, all *Total, sums []float64) func(dst, sums []float64, weights []uint32) {
	e := &evaluation{Rows: r, total: r.set.NewTotal(), large: all != nil, byClass: map[int][]float64{},
		percentiles: make([]func(q float64, weights []uint32) float64, len(r.set.figures))}
	for k, i := range r.sampled {
		e.percentiles[i] = weighted(r.samples[k], unit)
	}
	e.group()
	load := r.loader(e.total, all, sums)
	return func(dst, sums []float64, weights []uint32) {
		load(sums)
		e.curveFigures(dst[len(r.scalars):])
		e.classFigures(dst[len(r.scalars):])
		e.scalarFigures(dst[:len(r.scalars)], weights)
	}
}

// evaluation computes the figures of one choice of images after another.
type evaluation struct {
	*Rows
	total       *Total
	large       bool // the total has states that the rows have by ranges
	curves      []*curveGroup
	curve       curve
	byClass     map[int][]float64 // the dataset's values of a figure's classes, where they are computed
	percentiles []func(q float64, weights []uint32) float64
}

// known says whether the total has a figure's state.
func (e *evaluation) known(f *figure) bool {
	return e.large || e.picked[f.accumulator].ranges == nil
}

// state is a figure's.
func (e *evaluation) state(f *figure) *State { return &e.total.states[f.accumulator] }

// values are the places of the classes of one of Rows.classes.
func (e *evaluation) values(dst []float64, k int) []float64 {
	n := e.set.shape.Classes
	return dst[k*n:][:n]
}

// curveGroup are outputs of every class that are of the same curves, which need to be read but once.
type curveGroup struct {
	*curveFigure
	accumulator int
	outputs     []int // of Rows.classes
}

// group groups the dataset's figures of classes' curves.
func (e *evaluation) group() {
	for k, o := range e.classes {
		f := &e.set.figures[o.figure]
		if o.view.kind != viewDataset || f.curve == nil || !e.known(f) {
			continue
		}
		at := slices.IndexFunc(e.curves, func(g *curveGroup) bool { return g.key == f.curve.key })
		if at < 0 {
			at = len(e.curves)
			e.curves = append(e.curves, &curveGroup{curveFigure: f.curve, accumulator: f.accumulator})
		}
		e.curves[at].outputs = append(e.curves[at].outputs, k)
	}
}

// curveFigures writes those of classes' curves.
func (e *evaluation) curveFigures(dst []float64) {
	for _, group := range e.curves {
		for c := range e.set.shape.Classes {
			group.read(&e.total.states[group.accumulator], c, &e.curve)
			for _, k := range group.outputs {
				e.values(dst, k)[c] = e.set.figures[e.classes[k].figure].curve.of(e.curve)
			}
		}
	}
}

// classFigures writes the other ones of classes.
func (e *evaluation) classFigures(dst []float64) {
	for k, o := range e.classes {
		f, values := &e.set.figures[o.figure], e.values(dst, k)
		switch {
		case o.view.kind == viewImages:
			for c := range values {
				values[c] = e.total.classes[o.figure][c].mean()
			}
			continue
		case f.Class == nil || !e.known(f):
			for c := range values {
				values[c] = math.NaN()
			}
			continue
		case f.curve == nil:
			for c := range values {
				values[c] = f.Class(e.state(f), c)
			}
		}
		e.byClass[o.figure] = values
	}
}

// scalarFigures writes those of all classes, after those of every class.
func (e *evaluation) scalarFigures(dst []float64, weights []uint32) {
	for i, o := range e.scalars {
		f := &e.set.figures[o.figure]
		switch {
		case o.view.kind == viewPercentile && weights == nil: // a permutation
			dst[i] = math.NaN()
		case o.view.kind == viewPercentile:
			dst[i] = e.percentiles[o.figure](float64(o.view.percentile)/100, weights)
		case o.view.kind == viewDataset && (f.Scalar == nil || !e.known(f)):
			dst[i] = math.NaN()
		case o.view.kind == viewDataset && f.Mean && e.byClass[o.figure] != nil:
			dst[i] = f.meanOfRow(e.state(f), e.byClass[o.figure])
		default:
			dst[i] = e.total.scalar(o).Value
		}
	}
}

// loader returns a function that makes a total of a row of sums.
func (r *Rows) loader(t, all *Total, whole []float64) func(sums []float64) {
	ratios := make([]float64, r.columns)
	return func(sums []float64) {
		at := 0
		next := func() float64 { at++; return sums[at-1] }
		for i, p := range r.picked {
			if p.ranges != nil {
				n := p.ranges.Len()
				if all != nil {
					divide(ratios[:n], sums[at:], whole[at:])
					p.ranges.Scale(&t.states[i], &all.states[i], ratios)
				}
				at += n
				continue
			}
			for _, k := range p.counts {
				t.states[i].Counts[k] = int64(next())
			}
			for _, k := range p.sums {
				t.states[i].Sums[k] = next()
			}
		}
		for _, i := range r.means {
			t.scalars[i] = running{next(), int(next())}
		}
		for _, i := range r.perClass {
			for c := range t.classes[i] {
				t.classes[i][c] = running{next(), int(next())}
			}
		}
	}
}

// divide writes the ratios of a draw's sums to those of all images. 0/0 is 1: cells of ranks can begin in a range below that of
// their pixels.
func divide(dst, sums, whole []float64) {
	for i := range dst {
		dst[i] = 1
		if whole[i] != 0 {
			dst[i] = sums[i] / whole[i]
		}
	}
}

// weighted returns a function: the quantile of values by linear interpolation, each as often as its unit's weight says.
// Undefined values are left out.
func weighted(values []float64, unit []int32) func(q float64, weights []uint32) float64 {
	var order []int
	for i, x := range values {
		if x == x {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return 0
	})
	return func(q float64, weights []uint32) float64 {
		n := -1
		for _, i := range order {
			n += int(weights[unit[i]])
		}
		if n < 0 {
			return math.NaN()
		}
		rank := q * float64(n)
		low := int(rank)
		a, seen := math.NaN(), 0
		for _, i := range order {
			if seen += int(weights[unit[i]]); a != a && seen > low {
				a = values[i]
			}
			if seen > low+1 || seen > low && rank == float64(low) {
				if rank == float64(low) {
					return a
				}
				return a + (rank-float64(low))*(values[i]-a)
			}
		}
		return a
	}
}
