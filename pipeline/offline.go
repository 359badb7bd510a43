package pipeline

import (
	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// Offline scores predictions that already exist, image by image, without a model.
type Offline struct {
	plan    *losses.Plan
	total   *aggregate
	worker  worker
	columns record.Columns
}

// OfflineOptions says what is scored and how.
type OfflineOptions struct {
	Classes    []string
	Sigmoid    bool      // one plane of logits
	Overlap    bool      // every plane of logits is a label of its own, and labels may overlap: AddPlanes
	Labels     bool      // predictions are label maps: there are neither losses nor probabilities
	Thresholds []float64 // of sigmoids: one for all labels, or one a label; nil means 0.5
	Losses     []losses.Spec
	Metrics    []metrics.Spec
	Bootstrap  *Bootstrap // intervals of the aggregate figures; nil for none
	Over       []string   // names of the classes that means over classes are of; none: all
	Compat     []string   // other systems whose figures are given, too: names of package compat
}

// NewOffline checks that losses, measures and classes fit together.
func NewOffline(o OfflineOptions) (*Offline, error) {
	if o.Overlap && len(o.Compat) > 0 {
		return nil, errCompatOverlap
	}
	if o.Overlap {
		return newOverlappingOffline(o)
	}
	p := pass.Options{Channels: len(o.Classes), Classes: len(o.Classes), Threshold: first(o.Thresholds)}
	if o.Sigmoid {
		p.Head, p.Channels = pass.Sigmoid, 1
	}
	plan, err := losses.Compile(o.Losses, losses.Shape{Head: p.Head, Classes: p.Classes})
	if err != nil {
		return nil, err
	}
	over, err := overClasses(o.Over, o.Classes, o.Compat)
	if err != nil {
		return nil, err
	}
	set, err := metrics.Compile(o.Metrics, metrics.Shape{Head: p.Head, Classes: p.Classes, Scores: !o.Labels, Over: over})
	if err != nil {
		return nil, err
	}
	p.LabelsOnly = len(o.Losses) == 0 && !set.NeedsScores()
	scanner, err := pass.NewScanner(p)
	if err != nil {
		return nil, fault.Usagef("%w", err)
	}
	c := record.Columns{Losses: plan.Labels(), Means: set.Means(), PerClass: set.PerClass(), Classes: o.Classes}
	s := &Offline{plan: plan, columns: c, total: newAggregate(c, plan, set, o.Bootstrap)}
	s.worker = worker{evaluator: &Evaluator{plan: plan, metrics: set}, scanner: scanner, meter: plan.NewMeter(),
		measures: set.NewMeter(), results: make([]losses.Result, len(plan.Labels()))}
	s.worker.visitors = []pass.Visitor{s.worker.measures, s.worker.meter}
	if set.NeedsMaps() {
		s.worker.visitors = append(s.worker.visitors, &s.worker.predicted)
	}
	return s, s.total.compare(o.Compat)
}

// Plan returns the compiled losses, for their gradients and for values over a whole batch.
func (s *Offline) Plan() *losses.Plan { return s.plan }

// AddLogits scores one image's logits, C×H×W with the labels' height and width. Where the logits were made of
// probabilities, the measures take these as they were; otherwise nil.
func (s *Offline) AddLogits(name string, logits, probabilities []float32, labels *dataset.Labels) error {
	if err := s.checkLabels(name, labels); err != nil {
		return err
	}
	out := outcome{record: &Record{Index: s.total.counts.Images, Image: name, Status: record.OK, Width: labels.Width, Height: labels.Height}}
	scores := pass.Scores{Data: logits, Channels: len(logits) / max(1, labels.Width*labels.Height), Height: labels.Height, Width: labels.Width}
	s.worker.predicted.reset(labels)
	s.worker.measures.Reset(probabilities)
	if err := s.worker.scoreScores(scores, pass.Window{}, labels, &out); err != nil {
		return fault.Dataf("%s: %w", name, err)
	}
	s.total.add(&out)
	return nil
}

// AddLabels scores one image's predicted labels. A prediction that says ignore counts nowhere in the columns, which is an
// error: every valid pixel needs a class.
func (s *Offline) AddLabels(name string, predicted, truth *dataset.Labels) error {
	if err := s.checkLabels(name, truth); err != nil {
		return err
	}
	if predicted.Width != truth.Width || predicted.Height != truth.Height {
		return fault.Dataf("%s: the prediction is %d×%d, the truth %d×%d pixels", name, predicted.Width, predicted.Height, truth.Width, truth.Height)
	}
	s.worker.measures.Reset(nil)
	m := s.worker.measures.Confusion
	for i, t := range truth.Class {
		if t == raster.Ignored {
			continue
		}
		p := predicted.Class[i]
		if p < 0 || int(p) >= m.Classes {
			return fault.Dataf("%s: the prediction at (%d,%d) is %d: expected a class from 0 to %d", name, i%truth.Width, i/truth.Width, p, m.Classes-1)
		}
		m.Counts[int(t)*m.Classes+int(p)]++
	}
	r := &Record{Index: s.total.counts.Images, Image: name, Status: record.OK, Width: truth.Width, Height: truth.Height}
	out := outcome{record: r, state: s.plan.NewState()}
	s.worker.predicted.labels = *predicted
	s.worker.finishMeasures(truth, &out)
	s.total.add(&out)
	return nil
}

func (s *Offline) checkLabels(name string, l *raster.Labels) error {
	for i, t := range l.Class {
		if int(t) >= len(s.columns.Classes) || t < raster.Ignored {
			return fault.Dataf("%s: label %d at (%d,%d): expected a class from 0 to %d, or the ignore index (--ignore-index)", name, t, i%l.Width, i/l.Width, len(s.columns.Classes)-1)
		}
	}
	return nil
}

// Summary returns the aggregate of everything added.
func (s *Offline) Summary() (*Summary, error) {
	if s.total.counts.Images == 0 {
		return nil, fault.Dataf("nothing to score: no image was given")
	}
	summary := s.total.summary()
	return summary, s.total.intervals.fill(summary)
}
