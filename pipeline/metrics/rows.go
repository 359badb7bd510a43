package metrics

import (
	"slices"

	"github.com/segmetry/segmetry/internal/record"
)

// maxResampled is how many numbers of an accumulator that has ranges are resampled one by one: see [ranger].
const maxResampled = 4096

// Rows turns images into rows of statistics whose sums over any choice of images give every aggregate figure of that
// choice: what resampling needs. It keeps no image, but for the values of which a percentile over images is asked for.
type Rows struct {
	set      *Set
	scalars  []output // as Total.Metrics lists them
	classes  []output // as Total.PerClass lists them
	picked   []picked // an accumulator
	means    []int    // figures whose scalar is averaged over images
	perClass []int    // figures whose classes are
	sampled  []int    // figures of which there are percentiles
	samples  [][]float64
	columns  int
}

// picked are the numbers of an accumulator's state that its figures read, or ranges that stand for all.
type picked struct {
	counts, sums []int
	ranges       ranges
}

// columns is how many numbers of a row they are.
func (p picked) columns() int {
	if p.ranges != nil {
		return p.ranges.Len()
	}
	return len(p.counts) + len(p.sums)
}

// picker is an accumulator whose figures read some of its counts alone.
type picker interface {
	// Read are the indices of these counts.
	Read() []int
}

// Rows returns the rows of no image.
func (s *Set) Rows() *Rows {
	r := &Rows{set: s, scalars: s.scalarOutputs(), classes: s.classOutputs()}
	for _, a := range s.accumulators {
		p := pick(a)
		r.picked = append(r.picked, p)
		r.columns += p.columns()
	}
	for _, o := range r.scalars {
		switch o.view.kind {
		case viewImages:
			r.means = including(r.means, o.figure)
		case viewClasses, viewPairs:
			r.perClass = including(r.perClass, o.figure)
		case viewPercentile:
			r.sampled = including(r.sampled, o.figure)
		}
	}
	for _, o := range r.classes {
		if o.view.kind == viewImages {
			r.perClass = including(r.perClass, o.figure)
		}
	}
	r.samples = make([][]float64, len(r.sampled))
	r.columns += 2 * (len(r.means) + s.shape.Classes*len(r.perClass))
	return r
}

func including(list []int, x int) []int {
	if slices.Contains(list, x) {
		return list
	}
	return append(list, x)
}

// pick chooses the numbers of an accumulator.
func pick(a Accumulator) picked {
	state := a.NewState()
	if r, ok := a.(ranger); ok && len(state.Counts)+len(state.Sums) > maxResampled {
		if divided := r.Ranges(); divided != nil {
			return picked{ranges: divided}
		}
	}
	p := picked{counts: upTo(len(state.Counts)), sums: upTo(len(state.Sums))}
	if some, ok := a.(picker); ok {
		p.counts = some.Read()
	}
	return p
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// Read are the diagonal, the margins and all pixels: no figure reads the other cells.
func (a confusions) Read() []int {
	var list []int
	for c := range a.classes {
		list = append(list, c*a.classes+c)
	}
	for i := range 2*a.classes + 1 {
		list = append(list, a.classes*a.classes+i)
	}
	return list
}

// Read is that of the matrix within the band.
func (a trimaps) Read() []int { return confusions{a.classes}.Read() }

// Columns is the length of a row.
func (r *Rows) Columns() int { return r.columns }

// Figures is how many aggregate figures there are: the scalar ones, then every class's of each figure of classes.
func (r *Rows) Figures() int { return len(r.scalars) + len(r.classes)*r.set.shape.Classes }

// Label describes an aggregate figure.
type Label struct {
	Name  string
	Class int  // −1: of all classes
	Plain bool // not a share: shown as it is, and not as a percentage
	// Better is 1 where higher values are better, −1 where lower ones are, and 0 where neither is.
	Better int
	List   bool // a curve or another list, which has neither a difference nor an interval
}

// Labels describes the figures in their order.
func (r *Rows) Labels() []Label {
	var list []Label
	for _, o := range r.scalars {
		f := &r.set.figures[o.figure]
		list = append(list, Label{o.label, -1, f.Plain, f.better, o.view.kind == viewDataset && f.Scalar == nil})
	}
	for _, o := range r.classes {
		f := &r.set.figures[o.figure]
		for c := range r.set.shape.Classes {
			list = append(list, Label{o.label, c, f.Plain, f.better, o.view.kind == viewDataset && f.Class == nil})
		}
	}
	return list
}

// Append appends an image's row. means and perClass are its values, as Set.Values gives them.
func (r *Rows) Append(row []float64, states []State, means []float64, perClass [][]float64) []float64 {
	for i, p := range r.picked {
		if p.ranges != nil {
			n := len(row)
			row = append(row, make([]float64, p.ranges.Len())...)
			p.ranges.Add(row[n:], &states[i])
			continue
		}
		for _, k := range p.counts {
			row = append(row, float64(states[i].Counts[k]))
		}
		for _, k := range p.sums {
			row = append(row, states[i].Sums[k])
		}
	}
	for _, i := range r.means {
		row = appendValue(row, means[r.set.figures[i].scalar])
	}
	for _, i := range r.perClass {
		f := &r.set.figures[i]
		for c := range r.set.shape.Classes {
			if f.class >= 0 {
				row = appendValue(row, perClass[f.class][c])
			} else {
				row = appendValue(row, f.Class(&states[f.accumulator], c))
			}
		}
	}
	for k, i := range r.sampled {
		r.samples[k] = append(r.samples[k], means[r.set.figures[i].scalar])
	}
	return row
}

// Pick returns the rows of some of the images, by their places.
func (r *Rows) Pick(images []int32) *Rows {
	some := *r
	some.samples = make([][]float64, len(r.samples))
	for k, values := range r.samples {
		for _, i := range images {
			some.samples[k] = append(some.samples[k], values[i])
		}
	}
	return &some
}

// appendValue appends a value and the number 1, or two zeros where it is undefined.
func appendValue(row []float64, x float64) []float64 {
	if x != x {
		return append(row, 0, 0)
	}
	return append(row, x, 1)
}

// Large says whether [Rows.Evaluator] needs all images for some figures.
func (r *Rows) Large() bool {
	return slices.ContainsFunc(r.picked, func(p picked) bool { return p.ranges != nil })
}

// Assign gives the figures of a summary their intervals, which next returns in the order of the figures.
func (r *Rows) Assign(scalars []record.MetricValue, perClass []record.ClassMetric, next func() *record.Interval) {
	for _, o := range r.scalars {
		ci := next()
		if len(scalars) > 0 && scalars[0].Name == o.label { // a list of no image is not there
			assign(&scalars[0].Value, ci)
			scalars = scalars[1:]
		}
	}
	for _, m := range perClass {
		for c := range m.Values {
			assign(&m.Values[c], next())
		}
	}
}

// assign leaves lists alone.
func assign(v *record.Value, ci *record.Interval) {
	if v.Values == nil {
		v.CI = ci
	}
}

// Index is the place of a scalar figure of the summary among all figures; −1 where there is none.
func (r *Rows) Index(label string) int {
	return slices.IndexFunc(r.scalars, func(o output) bool { return o.label == label })
}
