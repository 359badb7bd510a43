package pipeline

import (
	"math"

	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/stats"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// Bootstrap asks for a confidence interval of every aggregate figure, over images or groups of images.
type Bootstrap struct {
	stats.Options
	Column string                          // the group's name, for the summary; "" where images are drawn one by one
	Group  func(image string) (key string) // images of one key are drawn together; nil: one by one
}

// maxStatistics is how many statistics are kept, at most: 128 MiB. Beyond it neighbouring images are drawn together.
const maxStatistics = 16 << 20

// uncertainty keeps the statistics of every image, and makes intervals of them. Its size is bounded by maxStatistics, or
// by the number of groups.
type uncertainty struct {
	options Bootstrap
	rows    *metrics.Rows
	all     *metrics.Total // all images; nil: figures of large states have no interval
	plan    lossTotal
	columns record.Columns
	sample  *stats.Sample
	row     []float64
	unit    []int32        // of every image
	keys    map[string]int // of the groups
	span    int            // images a unit, where there are no groups
	filled  int            // images of the last unit
	most    int            // units
	losses  int
	others  int // gradients' figures
	states  int // numbers of the losses' state
}

// newUncertainty begins with no image; all is where the caller adds them, too.
func newUncertainty(o *Bootstrap, c record.Columns, plan lossTotal, set *metrics.Set, all *metrics.Total) *uncertainty {
	if o == nil {
		return nil
	}
	u := &uncertainty{options: *o, rows: set.Rows(), all: all, plan: plan, columns: c, keys: map[string]int{}, span: 1, losses: len(c.Losses), others: len(c.Gradients), states: len(plan.NewState())}
	columns := u.rows.Columns() + 2*u.losses + 2*u.others + u.states
	u.sample, u.most = stats.NewSample(columns, 0), max(2, maxStatistics/max(1, columns))
	return u
}

// add keeps an image's statistics.
func (u *uncertainty) add(out *outcome) {
	r := out.record
	row := u.rows.Append(u.row[:0], out.measured, r.Means, r.PerClass)
	for _, values := range [][]float64{r.Losses, r.Gradients} {
		for _, x := range values {
			if math.IsNaN(x) {
				row = append(row, 0, 0)
			} else {
				row = append(row, x, 1)
			}
		}
	}
	row = append(row, out.state...)
	u.row = row
	if u.options.Group != nil {
		u.addGrouped(r.Image, row)
	} else {
		u.addSingle(row)
	}
}

func (u *uncertainty) addGrouped(image string, row []float64) {
	key := u.options.Group(image)
	at, known := u.keys[key]
	if known {
		u.sample.AddTo(at, row)
	} else {
		at = len(u.keys)
		u.keys[key] = at
		u.sample.Add(row)
	}
	u.unit = append(u.unit, int32(at))
}

func (u *uncertainty) addSingle(row []float64) {
	units := u.sample.Units()
	if units == u.most && u.filled == u.span {
		u.sample.Halve()
		for i := range u.unit {
			u.unit[i] /= 2
		}
		if units%2 == 0 {
			u.filled *= 2
		}
		u.span *= 2
		units = u.sample.Units()
	}
	if units > 0 && u.filled < u.span {
		u.sample.AddTo(units-1, row)
		u.filled++
	} else {
		u.sample.Add(row)
		u.filled = 1
		units++
	}
	u.unit = append(u.unit, int32(units-1))
}

// aggregate are all figures that have an interval: the measures', the losses' means, the gradients' means, the losses
// of the dataset as one batch.
func (u *uncertainty) aggregate() stats.Aggregate { return u.aggregateOf(u.all, u.sample.Totals()) }

// aggregateOf takes these images and sums of their rows for all.
func (u *uncertainty) aggregateOf(all *metrics.Total, totals []float64) stats.Aggregate {
	measures, means := u.rows.Figures(), u.losses+u.others
	return stats.Aggregate{Figures: measures + means + u.losses, New: func() func([]float64, stats.Draw) {
		evaluate, pooled := u.rows.Evaluator(u.unit, all, totals), make([]losses.Result, u.losses)
		return func(dst []float64, d stats.Draw) {
			evaluate(dst[:measures], d.Sums[:u.rows.Columns()], d.Weights)
			sums := d.Sums[u.rows.Columns():]
			for i := range means {
				dst[measures+i] = math.NaN()
				if n := sums[2*i+1]; n > 0 {
					dst[measures+i] = sums[2*i] / n
				}
			}
			u.plan.Evaluate(losses.State(sums[2*means:]), pooled)
			for i, p := range pooled {
				dst[measures+means+i] = pooledValue(p)
			}
		}
	}}
}

// pooledValue is a loss of the dataset as one batch; NaN where there is none.
func pooledValue(p losses.Result) float64 {
	if p.Count == 0 || math.IsInf(p.Value, 0) {
		return math.NaN()
	}
	return p.Value
}

// fill gives every figure of the summary its interval.
func (u *uncertainty) fill(s *Summary) error {
	if u == nil {
		return nil
	}
	_, intervals, err := stats.Bootstrap(u.sample, u.aggregate(), u.options.Options)
	if err != nil {
		return err
	}
	next := func() *record.Interval {
		i := record.Interval(intervals[0])
		intervals = intervals[1:]
		return &i
	}
	u.rows.Assign(s.Metrics, s.PerClass, next)
	for i := range s.Losses {
		s.Losses[i].Value.CI = next()
	}
	for i := range s.Gradients {
		s.Gradients[i].Value.CI = next()
	}
	for i := range s.Losses {
		s.Losses[i].PooledCI = next()
	}
	o := u.options.WithDefaults()
	s.Bootstrap = &record.Bootstrap{Resamples: o.Resamples, Seed: o.Seed, Confidence: o.Confidence, Method: o.Method, Units: u.sample.Units(), Group: u.options.Column}
	if u.span > 1 {
		s.Bootstrap.Span = u.span
	}
	return nil
}

// figure is the place of a scalar figure of the summary among those of aggregate; −1 where there is none.
func (u *uncertainty) figure(name string) int {
	if at := u.rows.Index(name); at >= 0 {
		return at
	}
	for i, loss := range u.plan.Labels() {
		if "loss."+loss == name {
			return u.rows.Figures() + i
		}
	}
	return -1
}

// leftOut is a figure without each unit in turn; nil for no figure.
func (u *uncertainty) leftOut(figure int) []float64 {
	if figure < 0 {
		return nil
	}
	return stats.LeaveOneOut(u.sample, u.aggregate(), figure, u.options.Options)
}
