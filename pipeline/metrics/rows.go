package metrics

import (
	"math"
	"slices"

	"github.com/segmetry/segmetry/internal/record"
)

// maxResampled is how many numbers of an accumulator are resampled at most. States that are larger, those of curves, would
// take longer than the run: their figures of the dataset have no interval.
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

// picked are the numbers of an accumulator's state that its figures read; none where they cannot be added up or are too
// many.
type picked struct{ counts, sums []int }

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
		r.columns += len(p.counts) + len(p.sums)
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
	if _, special := inner(a).(Merger); special {
		return picked{}
	}
	state := a.NewState()
	p := picked{upTo(len(state.Counts)), upTo(len(state.Sums))}
	if some, ok := a.(picker); ok {
		p.counts = some.Read()
	}
	if len(p.counts)+len(p.sums) > maxResampled {
		return picked{}
	}
	return p
}

// inner is the accumulator of one label, where labels may overlap.
func inner(a Accumulator) Accumulator {
	if p, ok := a.(perLabel); ok {
		return p.Accumulator
	}
	return a
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

// Evaluator returns a function that writes the figures of a choice of images to dst, of their rows' sums and of how often
// each image was chosen (nil where that is not known: percentiles are then undefined); unit says which of the weights an image has. A goroutine needs one of its own.
func (r *Rows) Evaluator(unit []int32) func(dst, sums []float64, weights []uint32) {
	t := r.set.NewTotal()
	percentiles := make([]func(q float64, weights []uint32) float64, len(r.set.figures))
	for k, i := range r.sampled {
		percentiles[i] = weighted(r.samples[k], unit)
	}
	return func(dst, sums []float64, weights []uint32) {
		r.load(t, sums)
		for i, o := range r.scalars {
			f := &r.set.figures[o.figure]
			switch {
			case o.view.kind == viewPercentile && weights == nil: // a permutation
				dst[i] = math.NaN()
			case o.view.kind == viewPercentile:
				dst[i] = percentiles[o.figure](float64(o.view.percentile)/100, weights)
			case o.view.kind == viewDataset && (f.Scalar == nil || !r.resampled(f)):
				dst[i] = math.NaN()
			default:
				dst[i] = t.scalar(o).Value
			}
		}
		dst = dst[len(r.scalars):]
		for k, o := range r.classes {
			f := &r.set.figures[o.figure]
			for c := range r.set.shape.Classes {
				at := k*r.set.shape.Classes + c
				switch {
				case o.view.kind == viewImages:
					dst[at] = t.classes[o.figure][c].mean()
				case f.Class == nil || !r.resampled(f):
					dst[at] = math.NaN()
				default:
					dst[at] = f.Class(&t.states[f.accumulator], c)
				}
			}
		}
	}
}

// resampled says whether a figure's statistics are in the rows.
func (r *Rows) resampled(f *figure) bool {
	p := r.picked[f.accumulator]
	return len(p.counts)+len(p.sums) > 0
}

// WholeTotal is where images are added for [Rows.Whole]; nil where the rows have the statistics of every figure.
func (r *Rows) WholeTotal() *Total {
	if !slices.ContainsFunc(r.picked, func(p picked) bool { return len(p.counts)+len(p.sums) == 0 }) {
		return nil
	}
	return r.set.NewTotal()
}

// Whole writes the dataset's figures whose statistics are not in the rows, of all images that were added to t.
func (r *Rows) Whole(dst []float64, t *Total) {
	for i, o := range r.scalars {
		if f := &r.set.figures[o.figure]; o.view.kind == viewDataset && f.Scalar != nil && !r.resampled(f) {
			dst[i] = t.scalar(o).Value
		}
	}
	dst = dst[len(r.scalars):]
	for k, o := range r.classes {
		f := &r.set.figures[o.figure]
		if o.view.kind == viewImages || f.Class == nil || r.resampled(f) {
			continue
		}
		for c := range r.set.shape.Classes {
			dst[k*r.set.shape.Classes+c] = f.Class(&t.states[f.accumulator], c)
		}
	}
}

// load makes a total of a row of sums.
func (r *Rows) load(t *Total, sums []float64) {
	next := func() float64 {
		x := sums[0]
		sums = sums[1:]
		return x
	}
	for i, p := range r.picked {
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
