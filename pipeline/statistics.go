package pipeline

import (
	"github.com/segmetry/segmetry/internal/stats"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// Statistics are the images' rows as resampling needs them: sums of rows over any choice of images give every aggregate
// figure of that choice.
type Statistics struct {
	of *uncertainty
}

// Figure describes an aggregate figure. Losses are named loss.NAME (mean over images) and loss.NAME.pooled.
type Figure = metrics.Label

// MaxUnits is how many images an evaluation's statistics have room for one by one; beyond that neighbours are drawn
// together. See [Evaluator.NewStatistics].
func (e *Evaluator) MaxUnits() int { return e.NewStatistics(0, nil).of.most }

// NewStatistics makes room for statistics of at most so many units, and at least two; 0: as many as fit into 128 MiB. group
// says which images are drawn together; nil: each by itself.
func (e *Evaluator) NewStatistics(units int, group func(image string) string) *Statistics {
	u := newUncertainty(&Bootstrap{Group: group}, e.Columns(), e.total.plan, e.metrics, nil)
	if u.rows.Large() {
		u.all = e.metrics.NewTotal()
	}
	if units > 0 {
		u.most = max(2, units)
	}
	return &Statistics{u}
}

// Add adds an image that was scored. See [Evaluator.Complete].
func (s *Statistics) Add(r *Row) {
	s.of.add(&outcome{record: r.Record, measured: r.States, state: r.LossState})
	if s.of.all != nil {
		s.of.all.AddRow(r.States, r.Means, r.PerClass)
	}
}

// Subset returns the statistics of some of the images, by their places in the order in which they were added. key says which
// of them are drawn together; nil: each by itself. It is nil where images are not kept one by one: they are too many, or
// were added in groups.
func (s *Statistics) Subset(images []int32, key func(place int32) string) *Statistics {
	u := s.of
	if u.span > 1 || u.options.Group != nil {
		return nil
	}
	some := *u
	some.all = nil
	some.rows, some.sample, some.unit, some.keys = u.rows.Pick(images), stats.NewSample(u.sample.Columns(), len(images)), nil, map[string]int{}
	for _, place := range images {
		at, known := some.sample.Units(), false
		if key != nil {
			if of, ok := some.keys[key(place)]; ok {
				at, known = of, true
			}
			some.keys[key(place)] = at
		}
		if row := u.sample.Row(int(u.unit[place])); known {
			some.sample.AddTo(at, row)
		} else {
			some.sample.Add(row)
		}
		some.unit = append(some.unit, int32(at))
	}
	return &Statistics{&some}
}

// Sample has a row for each unit.
func (s *Statistics) Sample() *stats.Sample { return s.of.sample }

// Aggregate computes the figures, in the order of Figures.
func (s *Statistics) Aggregate() stats.Aggregate { return s.of.aggregate() }

// PooledAggregate computes the figures of images that may be of either of two evaluations that measure the same: what large
// states are beside their sums over ranges is then that of both together.
func (s *Statistics) PooledAggregate(o *Statistics) stats.Aggregate {
	if s.of.all == nil || o.of.all == nil {
		return s.Aggregate()
	}
	totals := s.of.sample.Totals()
	for i, x := range o.of.sample.Totals() {
		totals[i] += x
	}
	return s.of.aggregateOf(s.of.all.Pooled(o.of.all), totals)
}

// Figures describes the figures.
func (s *Statistics) Figures() []Figure {
	list := s.of.rows.Labels()
	for _, name := range s.of.columns.Losses {
		list = append(list, Figure{Name: "loss." + name, Class: -1, Plain: true, Better: -1})
	}
	for _, name := range s.of.columns.Gradients {
		list = append(list, Figure{Name: name, Class: -1, Plain: true})
	}
	for _, name := range s.of.columns.Losses {
		list = append(list, Figure{Name: "loss." + name + ".pooled", Class: -1, Plain: true, Better: -1})
	}
	return list
}

// NewLossState is the losses' state of no image, which [Row] has as LossState.
func (e *Evaluator) NewLossState() []float64 { return e.total.plan.NewState() }
