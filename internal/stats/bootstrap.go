package stats

import (
	"fmt"
	"math"
)

// Bootstrap returns the figures of the sample and an interval of each.
//
// A figure has no interval where the sample has fewer than two units, where it is undefined for the sample, or where more
// than a tenth of the resamples leave it undefined: an IoU of a class that one or two images alone have says nothing of
// others. Fewer undefined resamples are left out. Where all resamples agree with the sample the interval is that one value. BCa has
// no interval where all resamples lie on one side of the figure.
func Bootstrap(s *Sample, a Aggregate, o Options) (figures []float64, intervals []Interval, err error) {
	if err := o.Validate(); err != nil {
		return nil, nil, fmt.Errorf("bootstrap: %w", err)
	}
	o = o.WithDefaults()
	s, a = fewer(s, a)
	b := &bootstrap{sample: s, aggregate: a, options: o, totals: s.Totals(), figures: make([]float64, a.Figures)}
	intervals = make([]Interval, a.Figures)
	for i := range intervals {
		intervals[i] = noInterval()
	}
	a.New()(b.figures, Draw{b.totals, ones(s.Units())})
	if s.Units() < 2 || a.Figures == 0 {
		return b.figures, intervals, nil
	}
	b.resample()
	acceleration := make([]float64, a.Figures)
	if o.Method == BCa {
		acceleration = b.acceleration()
	}
	parallel(a.Figures, o.Workers, func() func(int) {
		return func(f int) {
			intervals[f] = interval(b.figures[f], b.replicates[f*o.Resamples:][:o.Resamples], acceleration[f], o)
		}
	})
	return b.figures, intervals, nil
}

// fewer drops equal columns: the aggregate sees all of them.
func fewer(s *Sample, a Aggregate) (*Sample, Aggregate) {
	small, at := s.distinct()
	if small.columns == s.columns {
		return s, a
	}
	return small, Aggregate{a.Figures, func() func([]float64, Draw) {
		of, sums := a.New(), make([]float64, len(at))
		return func(dst []float64, d Draw) {
			for c, i := range at {
				sums[c] = d.Sums[i]
			}
			of(dst, Draw{sums, d.Weights})
		}
	}}
}

// BootstrapDifference returns the figures of next less those of base and an interval of each. Both samples are of the
// same units in the same order, which are drawn together.
func BootstrapDifference(base, next *Sample, a Aggregate, o Options) (differences []float64, intervals []Interval, err error) {
	both, err := join(base, next)
	if err != nil {
		return nil, nil, err
	}
	k := base.columns
	difference := Aggregate{a.Figures, func() func([]float64, Draw) {
		of, first := a.New(), make([]float64, a.Figures)
		return func(dst []float64, d Draw) {
			of(first, Draw{d.Sums[:k:k], d.Weights})
			of(dst, Draw{d.Sums[k:], d.Weights})
			for i, x := range first {
				dst[i] -= x
			}
		}
	}}
	return Bootstrap(both, difference, o)
}

// bootstrap is one bootstrap under way.
type bootstrap struct {
	sample     *Sample
	aggregate  Aggregate
	options    Options
	totals     []float64
	figures    []float64 // of the sample
	replicates []float64 // a figure's of every resample, figure by figure
}

// resample fills the replicates.
func (b *bootstrap) resample() {
	b.replicates = make([]float64, b.aggregate.Figures*b.options.Resamples)
	r := resampler{b.sample, b.options.Resamples, b.options.Workers, func(s *stream, resample int, weights []uint32) {
		s.begin(b.options.Seed, resample)
		s.draw(weights)
	}}
	r.each(func() func(int, Draw) {
		of, figures := b.aggregate.New(), make([]float64, b.aggregate.Figures)
		return func(resample int, d Draw) {
			of(figures, d)
			for f, x := range figures {
				b.replicates[f*b.options.Resamples+resample] = x
			}
		}
	})
}

// moments are sums of powers of a figure's jackknife values less the figure itself.
type moments struct{ n, first, second, third float64 }

// jackknifeBlock is how many units one goroutine leaves out in turn. It is fixed, so that sums have one order.
const jackknifeBlock = 256

// acceleration is each figure's, by the jackknife: Σ u³ / (6 (Σ u²)^1.5), u the mean of the figures with one unit left
// out less that figure. It is 0 where they are all the same.
func (b *bootstrap) acceleration() []float64 {
	n, figures := b.sample.Units(), b.aggregate.Figures
	blocks := (n + jackknifeBlock - 1) / jackknifeBlock
	sums := make([]moments, blocks*figures)
	parallel(blocks, b.options.Workers, func() func(int) {
		of, values := b.aggregate.New(), make([]float64, figures)
		draw := Draw{make([]float64, b.sample.columns), ones(n)}
		return func(block int) {
			for unit := block * jackknifeBlock; unit < min(n, (block+1)*jackknifeBlock); unit++ {
				for i, x := range b.sample.Row(unit) {
					draw.Sums[i] = b.totals[i] - x
				}
				draw.Weights[unit] = 0
				of(values, draw)
				draw.Weights[unit] = 1
				for f, x := range values {
					sums[block*figures+f].add(x - b.figures[f])
				}
			}
		}
	})
	list := make([]float64, figures)
	for f := range list {
		var all moments
		for block := range blocks {
			all.merge(sums[block*figures+f])
		}
		list[f] = all.skewness()
	}
	return list
}

func (m *moments) add(d float64) {
	if d == d {
		m.n++
		m.first += d
		m.second += d * d
		m.third += d * d * d
	}
}

func (m *moments) merge(o moments) {
	m.n += o.n
	m.first += o.first
	m.second += o.second
	m.third += o.third
}

// skewness is Σ u³ / (6 (Σ u²)^1.5) of u = mean − d.
func (m *moments) skewness() float64 {
	if m.n == 0 {
		return 0
	}
	mean := m.first / m.n
	squares := m.second - m.n*mean*mean
	cubes := -(m.third - 3*mean*m.second + 2*m.n*mean*mean*mean)
	if squares <= 1e-14*m.second || squares == 0 { // rounding is all that is left
		return 0
	}
	return cubes / (6 * math.Pow(squares, 1.5))
}

func ones(n int) []uint32 {
	list := make([]uint32, n)
	for i := range list {
		list[i] = 1
	}
	return list
}
