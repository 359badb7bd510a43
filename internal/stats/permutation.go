package stats

import (
	"fmt"
	"math"
)

// Permutation returns the p-value of each figure's difference between two samples of the same units, two-sided: how often
// a difference as large, of either sign, comes about when what belongs to which sample is exchanged at random, unit by unit.
//
// Where all 2ⁿ exchanges are no more than Options.Resamples they are all made and the p-value is exact. Otherwise it is
// (1 + as large) / (1 + resamples), which is never 0 and keeps its level (Phipson and Smyth, Permutation p-values should
// never be zero, 2010). It is NaN where the difference is undefined; an exchange that leaves it undefined counts as one as
// large. A figure that needs Draw.Weights has no permutations.
func Permutation(base, next *Sample, a Aggregate, o Options) ([]float64, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("permutation: %w", err)
	}
	both, err := join(base, next)
	if err != nil {
		return nil, err
	}
	o = o.WithDefaults()
	p := &permutation{base: base.Totals(), next: next.Totals(), aggregate: a}
	n, k := base.Units(), base.columns
	step := NewSample(k, n)
	for unit := range n {
		row := both.Row(unit)
		for i, x := range row[:k] {
			row[i] = row[k+i] - x
		}
		step.Add(row[:k])
	}
	observed := make([]float64, a.Figures)
	p.open()(observed, make([]float64, k))
	step, p.at = step.distinct() // what both samples have alike, such as counts of the truth, moves nothing
	r := resampler{step, o.Resamples, o.Workers, func(s *stream, resample int, weights []uint32) {
		s.begin(o.Seed, resample)
		s.swap(weights)
	}}
	exact := n < 20 && 1<<n <= o.Resamples
	if exact {
		r.resamples, r.fill = 1<<n, func(_ *stream, resample int, weights []uint32) {
			for i := range weights {
				weights[i] = uint32(resample >> i & 1)
			}
		}
	}
	return pValues(observed, p.replicates(&r), r.resamples, exact), nil
}

// permutation is one test under way.
type permutation struct {
	base, next []float64
	aggregate  Aggregate
	at         []int // each column's place among the distinct steps
}

// open makes a function that writes the differences after exchanges have moved the sums of steps from next to base.
func (p *permutation) open() func(dst, moved []float64) {
	first, second := p.aggregate.New(), p.aggregate.New()
	base, next, figures := make([]float64, len(p.base)), make([]float64, len(p.base)), make([]float64, p.aggregate.Figures)
	return func(dst, moved []float64) {
		for i, x := range moved {
			base[i], next[i] = p.base[i]+x, p.next[i]-x
		}
		first(figures, Draw{Sums: base})
		second(dst, Draw{Sums: next})
		for i, x := range figures {
			dst[i] -= x
		}
	}
}

// replicates are a figure's differences under every exchange, figure by figure.
func (p *permutation) replicates(r *resampler) []float64 {
	values := make([]float64, p.aggregate.Figures*r.resamples)
	r.each(func() func(int, Draw) {
		of, row, moved := p.open(), make([]float64, p.aggregate.Figures), make([]float64, len(p.at))
		return func(resample int, d Draw) {
			for c, i := range p.at {
				moved[c] = d.Sums[i]
			}
			of(row, moved)
			for f, x := range row {
				values[f*r.resamples+resample] = x
			}
		}
	})
	return values
}

// roundOff is how much smaller a difference may be, relative to the observed one, and still count as equal: sums of
// another order round differently.
const roundOff = 1e-12

func pValues(observed, values []float64, resamples int, exact bool) []float64 {
	list := make([]float64, len(observed))
	for f, x := range observed {
		if math.IsNaN(x) {
			list[f] = math.NaN()
			continue
		}
		large := 0
		for _, v := range values[f*resamples:][:resamples] {
			if !(math.Abs(v) < math.Abs(x)*(1-roundOff)) {
				large++
			}
		}
		list[f] = float64(1+large) / float64(1+resamples)
		if exact {
			list[f] = float64(large) / float64(resamples)
		}
	}
	return list
}
