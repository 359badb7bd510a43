package pipeline

import (
	"errors"
	"math"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// lossTotal is what an aggregate needs of compiled losses: those of exclusive classes, or of labels that may overlap.
type lossTotal interface {
	Labels() []string
	NewState() losses.State
	Evaluate(state losses.State, dst []losses.Result)
}

// overlap is what an evaluation of labels that may overlap has more than one of exclusive classes.
type overlap struct {
	losses *losses.MultiLabel
	sets   *raster.LabelSets // of the masks' values; nil where truth comes as planes
	scan   pass.LabelOptions
}

// overlaps says whether labels may overlap: the model has several sigmoid channels, or the masks say so.
func (o *Options) overlaps() bool {
	s := o.Session.Signature()
	return o.Dataset.Overlap() || s.Kind != model.KindLabels && s.Activation == model.Sigmoid && s.Classes > 1
}

// checkOverlap holds the model's channels against the dataset's labels.
func (o *Options) checkOverlap() error {
	s, labels := o.Session.Signature(), len(o.Source.Classes())
	switch {
	case s.Kind == model.KindLabels:
		return fault.Usagef("dataset.regions and dataset.bits say that labels overlap, and the model gives one class a pixel: map mask values with dataset.label_map instead")
	case s.Activation != model.Sigmoid:
		return fault.Usagef("dataset.regions and dataset.bits say that labels overlap, and the model's %d channels are taken as exclusive classes: set model.activation: sigmoid if each is a label of its own, or map mask values with dataset.label_map", s.Classes)
	case o.ClassMap != nil:
		return fault.Usagef("model.class_map brings exclusive classes together, and each of the model's sigmoid channels is a label of its own: say with dataset.regions which mask values each label has")
	case s.Classes != 0 && s.Classes != labels:
		return fault.Usagef("the model has %d sigmoid channels, each a label of its own, and the dataset has %d: name as many with dataset.classes (channel c is mask value c), or say which mask values each has with dataset.regions, such as {first: [1, 2], second: 2}", s.Classes, labels)
	case o.Reference != nil:
		return fault.Usagef("model.reference: labels that may overlap are not held against another model's in this version: leave it out, and run both models")
	case len(o.Compat) > 0:
		return errCompatOverlap
	case labels > raster.MaxLabels:
		return fault.Usagef("the dataset has %d labels: expected at most %d where labels may overlap", labels, raster.MaxLabels)
	}
	return nil
}

var errCompatOverlap = fault.Usagef("score.compat (--compat): other systems' figures are of exclusive classes, and these labels may overlap: leave it out")

// newOverlapping is New for labels that may overlap.
func newOverlapping(o Options) (*Evaluator, error) {
	if err := o.checkOverlap(); err != nil {
		return nil, err
	}
	labels := len(o.Source.Classes())
	means, err := overClasses(o.Over, o.Source.Classes(), nil)
	if err != nil {
		return nil, err
	}
	over, set, err := compileOverlap(o.Losses, o.Metrics, metrics.Shape{Labels: labels, Scores: true, Over: means}, o.Thresholds)
	if err != nil {
		return nil, err
	}
	over.sets = o.Dataset.LabelSets()
	e := &Evaluator{options: o, plan: over.losses.Plan(), metrics: set, overlap: over, scan: pass.Options{Head: pass.Sigmoid, Channels: labels, Classes: labels}}
	e.begin(over.losses)
	return e, nil
}

// compileOverlap compiles losses and measures of labels that may overlap.
func compileOverlap(specs []losses.Spec, measures []metrics.Spec, shape metrics.Shape, thresholds []float64) (*overlap, *metrics.Set, error) {
	labels := shape.Labels
	if len(thresholds) > 1 && len(thresholds) != labels {
		return nil, nil, fault.Usagef("the threshold (model.threshold, --threshold) has %d values for %d labels: give one for all, or one a label", len(thresholds), labels)
	}
	plan, planErr := losses.Compile(specs, losses.Shape{Head: losses.Sigmoid, Classes: 2})
	set, setErr := metrics.Compile(measures, shape)
	if err := errors.Join(planErr, setErr); err != nil {
		return nil, nil, fault.Usagef("%w", err)
	}
	several, err := losses.NewMultiLabel(plan, labels)
	if err != nil {
		return nil, nil, fault.Usagef("%w", err)
	}
	scan := pass.LabelOptions{Labels: labels, Thresholds: thresholds, LabelsOnly: len(specs) == 0 && !set.NeedsScores()}
	return &overlap{losses: several, scan: scan}, set, nil
}

// labelScorer is what a worker has for labels that may overlap.
type labelScorer struct {
	overlap  *overlap
	scanner  *pass.LabelScanner
	meter    *losses.LabelMeter
	measures *metrics.LabelMeter
	profiler *losses.LabelProfiler // nil unless gradients are asked for
	visitors []pass.LabelVisitor
	truth    pass.SetTruth
	sketch   *labelSketch // nil where no thumbnail is kept
}

func newLabelScorer(o *overlap, set *metrics.Set, gradients, thumbnails bool) (*labelScorer, error) {
	scanner, err := pass.NewLabelScanner(o.scan)
	if err != nil {
		return nil, fault.Usagef("%w", err)
	}
	s := &labelScorer{overlap: o, scanner: scanner, meter: o.losses.NewMeter(), measures: set.NewLabelMeter()}
	s.visitors = []pass.LabelVisitor{s.measures, s.meter}
	s.truth.Sets = o.sets
	if thumbnails {
		s.sketch = &labelSketch{labels: o.scan.Labels, scores: !o.scan.LabelsOnly}
		s.visitors = append(s.visitors, s.sketch)
	}
	if gradients {
		s.profiler, err = o.losses.NewProfiler()
	}
	return s, err
}

// scoreOverlap walks over the logits of all labels once and fills the record. Where the probabilities are known as they
// were given they are planes of the truth's pixels; otherwise nil.
func (w *worker) scoreOverlap(scores pass.Scores, window pass.Window, truth pass.Truth, probabilities []float32, out *outcome) error {
	s, r := w.labels, out.record
	width, height := truth.Size()
	s.meter.Reset(width, height)
	s.measures.Reset(width, height, probabilities)
	if s.sketch != nil {
		s.sketch.reset(width, height)
	}
	bad, err := s.scanner.Scan(scores, window, truth, s.visitors...)
	if err != nil {
		return fault.Wrap(fault.Runtime, err)
	}
	out.measured = s.measures.Finish()
	r.ValidPixels, r.ExactPixels, r.LabelCounts = s.measures.Pixels(), s.measures.Exact(), s.measures.Counts(nil)
	r.Means, r.PerClass = w.evaluator.metrics.Values(out.measured)
	out.state = append(losses.State(nil), s.meter.State()...)
	s.meter.Evaluate(w.results)
	w.fillLosses(r, bad, "NaN predicts no label")
	if s.profiler == nil {
		return nil
	}
	profiles, err := s.profiler.Profile(s.meter, scores, window, truth)
	if err != nil {
		return fault.Runtimef("%w", err)
	}
	fillGradients(r, profiles)
	return nil
}

// fillGradients writes the figures of the gradients into the record; they are undefined where a loss is.
func fillGradients(r *Record, profiles []losses.GradientProfile) {
	r.Gradients = nil
	for k, p := range profiles {
		for _, x := range p.Figures() {
			if math.IsNaN(r.Losses[k]) {
				x = math.NaN()
			}
			r.Gradients = append(r.Gradients, x)
		}
	}
}

// newOverlappingOffline is NewOffline for labels that may overlap.
func newOverlappingOffline(o OfflineOptions) (*Offline, error) {
	means, err := overClasses(o.Over, o.Classes, nil)
	if err != nil {
		return nil, err
	}
	over, set, err := compileOverlap(o.Losses, o.Metrics, metrics.Shape{Labels: len(o.Classes), Scores: true, Over: means}, o.Thresholds)
	if err != nil {
		return nil, err
	}
	plan := over.losses.Plan()
	c := record.Columns{Losses: plan.Labels(), Means: set.Means(), PerClass: set.PerClass(), Classes: o.Classes}
	s := &Offline{plan: plan, columns: c, total: newAggregate(c, over.losses, set, o.Bootstrap)}
	s.worker = worker{evaluator: &Evaluator{plan: plan, metrics: set, overlap: over}, results: make([]losses.Result, len(plan.Labels()))}
	s.worker.labels, err = newLabelScorer(over, set, false, false)
	return s, err
}

// AddPlanes scores one image whose labels may overlap: logits and truth are planes of the labels, the truth 1, 0 and
// [dataset.Ignored]. Where the logits were made of probabilities, the measures take these as they were; otherwise nil.
func (s *Offline) AddPlanes(name string, logits, probabilities []float32, truth *PlaneTruth) error {
	out := outcome{record: &Record{Index: s.total.counts.Images, Image: name, Status: record.OK, Width: truth.Width, Height: truth.Height}}
	if n := len(s.columns.Classes) * truth.Width * truth.Height; len(logits) != n || len(truth.Planes) != n {
		return fault.Dataf("%s: %d logits and %d labels: expected %d planes of %d×%d", name, len(logits), len(truth.Planes), len(s.columns.Classes), truth.Width, truth.Height)
	}
	scores := pass.Scores{Data: logits, Channels: len(s.columns.Classes), Height: truth.Height, Width: truth.Width}
	if err := s.worker.scoreOverlap(scores, pass.Window{}, truth, probabilities, &out); err != nil {
		return fault.Dataf("%s: %w", name, err)
	}
	s.total.add(&out)
	return nil
}
