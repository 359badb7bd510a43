package release

import (
	"math"

	"github.com/segmetry/segmetry/internal/stats"
	"github.com/segmetry/segmetry/pipeline"
)

// pairedSample has the statistics of both runs of each unit side by side; its aggregate are the differences of the figures
// that both have.
type pairedSample struct {
	sample        *stats.Sample
	aggregate     stats.Aggregate
	base          int // columns of the base
	first, second stats.Aggregate
	c             *comparison
}

// paired puts the statistics side by side.
func (c *comparison) paired(first, second *pipeline.Statistics) *pairedSample {
	a, b := first.Sample(), second.Sample()
	p := &pairedSample{sample: stats.NewSample(a.Columns()+b.Columns(), a.Units()), base: a.Columns(), first: first.Aggregate(), second: second.Aggregate(), c: c}
	row := make([]float64, 0, a.Columns()+b.Columns())
	for unit := range a.Units() {
		row = append(append(row[:0], a.Row(unit)...), b.Row(unit)...)
		p.sample.Add(row)
	}
	p.aggregate = stats.Aggregate{Figures: len(c.figures), New: func() func([]float64, stats.Draw) {
		both, values := p.both(), make([]float64, len(c.figures))
		return func(dst []float64, d stats.Draw) {
			both(values, dst, d)
			for i, x := range values {
				dst[i] -= x
			}
		}
	}}
	return p
}

// both returns a function that writes the figures of the base and of the new run.
func (p *pairedSample) both() func(base, next []float64, d stats.Draw) {
	c := p.c
	ofBase, ofNew := p.first.New(), p.second.New()
	a, b := make([]float64, p.first.Figures), make([]float64, p.second.Figures)
	return func(base, next []float64, d stats.Draw) {
		ofBase(a, stats.Draw{Sums: d.Sums[:p.base:p.base], Weights: d.Weights})
		ofNew(b, stats.Draw{Sums: d.Sums[p.base:], Weights: d.Weights})
		for i := range c.figures {
			base[i], next[i] = a[c.baseOf[i]], b[c.newOf[i]]
		}
	}
}

// figures are those of both runs over all pairs.
func (p *pairedSample) figures() (base, next []float64) {
	base, next = make([]float64, len(p.c.figures)), make([]float64, len(p.c.figures))
	p.both()(base, next, everything(p.sample))
	return base, next
}

// everything draws each unit of a sample once.
func everything(s *stats.Sample) stats.Draw {
	d := stats.Draw{Sums: make([]float64, s.Columns()), Weights: make([]uint32, s.Units())}
	for unit := range s.Units() {
		d.Weights[unit] = 1
		for i, x := range s.Row(unit) {
			d.Sums[i] += x
		}
	}
	return d
}

// permutation returns the figures' p-values; NaN where the runs measured other figures, whose statistics cannot be exchanged.
func (p *population) permutation() ([]float64, error) {
	c := p.c
	list := make([]float64, len(c.figures))
	for i := range list {
		list[i] = math.NaN()
	}
	a := p.paired.first
	if a.Figures != p.paired.second.Figures || p.second.Sample().Columns() != p.paired.base {
		return list, nil
	}
	for i := range c.figures {
		if c.baseOf[i] != c.newOf[i] {
			return list, nil
		}
	}
	values, err := stats.Permutation(p.first.Sample(), p.second.Sample(), p.first.PooledAggregate(p.second), c.options.Options)
	if err != nil {
		return nil, err
	}
	for i, at := range c.newOf {
		list[i] = values[at]
	}
	return list, nil
}
