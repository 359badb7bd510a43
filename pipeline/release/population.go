package release

import (
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/stats"
	"github.com/segmetry/segmetry/pipeline"
)

// population are the pairs of images that figures are compared over: all, or those of a slice.
type population struct {
	c             *comparison
	slice         string // BY=NAME; "" for all
	first, second *pipeline.Statistics
	paired        *pairedSample
	images        int
	base, next    []float64 // figures
	differences   []float64
	intervals     map[float64][]stats.Interval // of the differences, by confidence
}

// newPopulation computes the figures' differences, with intervals of the comparison's confidence.
func (c *comparison) newPopulation(slice string, first, second *pipeline.Statistics, images int) (*population, error) {
	p := &population{c: c, slice: slice, first: first, second: second, images: images, intervals: map[float64][]stats.Interval{}}
	p.paired = c.paired(first, second)
	p.base, p.next = p.paired.figures()
	var err error
	p.differences, p.intervals[c.options.Confidence], err = stats.Bootstrap(p.paired.sample, p.paired.aggregate, c.options.Options)
	return p, err
}

// alone is the figure of the new run at a place among that run's: one that the baseline does not have.
func (p *population) alone(place int) float64 {
	values := make([]float64, p.paired.second.Figures)
	p.paired.second.New()(values, everything(p.second.Sample()))
	return values[place]
}

// at are the intervals at a confidence, made once for each.
func (p *population) at(confidence float64) ([]stats.Interval, error) {
	if list, ok := p.intervals[confidence]; ok {
		return list, nil
	}
	o := p.c.options.Options
	o.Confidence = confidence
	_, list, err := stats.Bootstrap(p.paired.sample, p.paired.aggregate, o)
	p.intervals[confidence] = list
	return list, err
}

// changes are all figures' changes, without corrected p-values.
func (p *population) changes() ([]record.Change, error) {
	values, err := p.permutation()
	if err != nil {
		return nil, err
	}
	intervals := p.intervals[p.c.options.Confidence]
	var list []record.Change
	for i, f := range p.c.figures {
		list = append(list, record.Change{Name: f.Name, Class: className(p.c.release.Classes, f.Class), Plain: f.Plain, Better: f.Better,
			Base: p.base[i], New: p.next[i], Difference: p.differences[i], CI: record.Interval(intervals[i]), P: values[i], Adjusted: values[i]})
	}
	return list, nil
}
