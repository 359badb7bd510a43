// Package pipeline carries images through every stage — decode, preprocess, inference, scoring — and yields a record an
// image, in input order.
//
// It is the only package that starts goroutines over images. A fixed number of workers each carry one image from end to
// end with their own buffers over one shared session, and a fixed window of results waits to be put in order: memory
// does not grow with the dataset. Sums over images are formed in input order by the one consumer, so every figure is
// the same to the last bit for any number of workers.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/parity"
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/pipeline/metrics"
	"github.com/segmetry/segmetry/pipeline/slicing"
)

// What happens to an image that cannot be scored. Either way it has a row that says why, and the others are scored.
const (
	OnErrorFail = "fail" // the run ends with an error
	OnErrorSkip = "skip" // the image is left out, and counted
)

// Options says what is evaluated and how.
type Options struct {
	Source     dataset.Source
	Session    model.Session
	Dataset    dataset.Options
	Preprocess dataset.Preprocess
	ClassMap   []int16   // model channel → dataset class; nil where they are the same
	Thresholds []float64 // of a sigmoid head: one for all labels, or one a label; nil means 0.5
	Losses     []losses.Spec
	Metrics    []metrics.Spec
	Workers    int               // images in flight; 0 means one a processor
	OnError    string            // OnErrorFail or OnErrorSkip; "" means fail
	Gallery    Gallery           // images to keep thumbnails of
	Gradients  bool              // measure each loss's gradient on every image
	Reference  *Reference        // a variant of the model that its labels are held against; nil for none
	Bootstrap  *Bootstrap        // intervals of the aggregate figures; nil for none
	Slices     []slicing.Slicing // parts of the images with figures of their own
	Over       []string          // names of the classes that means over classes are of; none: all
	Compat     []string          // other systems whose figures are given, too: names of package compat
	Shard      Shard             // the part of the dataset that is evaluated; zero: all of it
}

// Shard is a part of a dataset: the items whose index, divided by Count, leaves Index.
type Shard struct{ Index, Count int }

// Has says whether an item belongs to the part.
func (s Shard) Has(index int) bool { return s.Count == 0 || index%s.Count == s.Index }

// Evaluator runs a model over a dataset. It is used once.
type Evaluator struct {
	options Options
	plan    *losses.Plan
	metrics *metrics.Set
	scan    pass.Options
	overlap *overlap // where labels may overlap; otherwise nil
	total   *aggregate
	gallery *gallery

	reference *Evaluator // what the reference is scored with; nil without one
	parity    *parity.Total
	keeper    PredictionWriter // nil for nobody
	rows      RowWriter        // nil for nobody
	past      iter.Seq2[*Row, error]
}

// New checks that model, classes, losses and measures fit together.
func New(o Options) (*Evaluator, error) {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.OnError == "" {
		o.OnError = OnErrorFail
	}
	if o.Bootstrap != nil {
		if err := o.Bootstrap.Validate(); err != nil {
			return nil, fault.Usagef("%w", err)
		}
	}
	if o.overlaps() {
		return newOverlapping(o)
	}
	head, err := scanOptions(o)
	if err != nil {
		return nil, err
	}
	if o.Session.Signature().Kind == model.KindLabels {
		o.Losses, o.Gradients = nil, false // classes without probabilities have no losses
	}
	over, err := overClasses(o.Over, o.Source.Classes(), o.Compat)
	if err != nil {
		return nil, err
	}
	plan, planErr := losses.Compile(o.Losses, losses.Shape{Head: head.Head, Classes: head.Classes})
	set, setErr := metrics.Compile(o.Metrics, metrics.Shape{Head: head.Head, Classes: head.Classes, Scores: o.Session.Signature().Kind != model.KindLabels, Over: over})
	if err := errors.Join(planErr, setErr); err != nil {
		return nil, fault.Usagef("%w", err)
	}
	head.LabelsOnly = len(o.Losses) == 0 && !set.NeedsScores()
	e := &Evaluator{options: o, plan: plan, metrics: set, scan: head}
	e.begin(plan)
	if err := e.total.compare(o.Compat); err != nil {
		return nil, err
	}
	return e, e.refer(o.Reference)
}

// overClasses finds the classes that means over classes are of.
func overClasses(names, classes, compat []string) ([]int, error) {
	if len(names) > 0 && len(compat) > 0 {
		return nil, fault.Usagef("score.classes (--score-classes) and score.compat (--compat): other systems' figures are of all classes, and could not be held against means over some: leave one of the two out (--set score.compat=[] takes no figures of other systems, also where a run that is rescored has them)")
	}
	return metrics.Over(names, classes)
}

// begin makes room for the results.
func (e *Evaluator) begin(plan lossTotal) {
	e.total = newAggregate(e.Columns(), plan, e.metrics, e.options.Bootstrap)
	e.total.slices = newSlicer(e.options.Slices, e.Columns(), plan, e.metrics, e.options.Bootstrap)
	e.gallery = newGallery(e.options.Gallery)
}

// scanOptions holds the model's channels against the dataset's classes.
func scanOptions(o Options) (pass.Options, error) {
	s, classes := o.Session.Signature(), o.Source.Classes()
	if s.Kind == model.KindLabels {
		return labelOptions(s, o.ClassMap, len(classes))
	}
	p := pass.Options{Channels: s.Classes, Classes: len(classes), Merge: o.ClassMap}
	if s.Activation == "sigmoid" {
		if len(o.Thresholds) > 1 {
			return p, fault.Usagef("model.threshold has %d values, and the model one sigmoid channel: give one", len(o.Thresholds))
		}
		p.Threshold = first(o.Thresholds)
		p.Head, p.Channels = pass.Sigmoid, 1
		if len(classes) != 2 {
			return p, fault.Usagef("the model has one sigmoid channel, which tells two classes apart; dataset.classes names %d: give two, and merge mask values with dataset.label_map", len(classes))
		}
		return p, nil
	}
	if o.ClassMap == nil && s.Classes != len(classes) {
		return p, fault.Usagef("the model has %d channels and dataset.classes names %d classes: name as many, or say which channel is which class with model.class_map", s.Classes, len(classes))
	}
	for channel, class := range o.ClassMap {
		if class < 0 || int(class) >= len(classes) {
			return p, fault.Usagef("model.class_map sends channel %d to class %d: the dataset has classes 0 to %d", channel, class, len(classes)-1)
		}
	}
	if err := p.Validate(); err != nil {
		return p, fault.Usagef("%w", err)
	}
	return p, nil
}

// first is the first value, 0 where there is none.
func first(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	return values[0]
}

// labelOptions holds a label map's classes, where the model's file says how many there are, against the dataset's.
func labelOptions(s model.Signature, classMap []int16, classes int) (pass.Options, error) {
	p := pass.Options{Channels: classes, Classes: classes, LabelsOnly: true}
	if classMap == nil && s.Classes > classes {
		return p, fault.Usagef("the model tells %d classes apart and dataset.classes names %d: name as many, or say which is which with model.class_map", s.Classes, classes)
	}
	for from, class := range classMap {
		if class < 0 || int(class) >= classes {
			return p, fault.Usagef("model.class_map sends class %d to class %d: the dataset has classes 0 to %d", from, class, classes-1)
		}
	}
	return p, nil
}

// Columns names the values of the records.
func (e *Evaluator) Columns() Columns {
	c := record.Columns{Losses: e.plan.Labels(), Means: e.metrics.Means(), PerClass: e.metrics.PerClass(), Classes: e.options.Source.Classes()}
	if e.options.Gradients {
		c.Gradients = gradientColumns(e.plan)
	}
	c.Parity = e.options.Reference != nil
	return c
}

// Measures are the compiled measures.
func (e *Evaluator) Measures() *metrics.Set { return e.metrics }

// Losses are the compiled losses.
func (e *Evaluator) Losses() *losses.Plan { return e.plan }

// Workers is the number of images in flight.
func (e *Evaluator) Workers() int { return e.options.Workers }

// Summary returns the aggregate of the records yielded so far, with intervals where they were asked for.
func (e *Evaluator) Summary() *Summary {
	s := e.total.summary()
	s.Parity = e.paritySummary(s)
	_ = e.total.intervals.fill(s)                 // New has checked the options
	_ = e.total.slices.fill(s, e.total.intervals) // Err says why
	return s
}

// Stages returns the time by stage of the images yielded so far.
func (e *Evaluator) Stages() map[string]record.Stage { return e.total.stages() }

// Oriented is the number of images yielded so far whose EXIF asks to turn them, whether they were turned or not.
func (e *Evaluator) Oriented() int { return e.total.oriented }

// Thumbnails returns those that [Gallery.Choose] chooses of, in input order.
func (e *Evaluator) Thumbnails() []Thumbnail { return e.gallery.thumbnails() }

// Err says whether the records yielded so far are what was asked for: nil, or an error that counts the images that could
// not be scored and names the first.
func (e *Evaluator) Err() error {
	if e.options.Shard.Count > 0 && e.total.counts.Images == 0 {
		return nil // more shards than images
	}
	return errors.Join(e.total.err(e.options.OnError), e.total.slices.failed())
}

// Run yields the records in input order. The error of a pair is one that ends the run: the dataset cannot be listed, or
// the context was cancelled; an image that cannot be scored is a record. A record is the caller's to keep.
func (e *Evaluator) Run(ctx context.Context) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		next, stop := iter.Pull2(e.items())
		defer stop()
		if !e.replay(next, yield) {
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		line, err := e.start(ctx, next)
		if err != nil {
			cancel()
			yield(nil, err)
			return
		}
		defer line.wait()
		defer cancel()
		for slot := range line.slots {
			out := <-slot
			if out.err == nil {
				out.err = e.consume(&out, true)
			}
			if out.err != nil {
				yield(nil, out.err)
				return
			}
			if !yield(out.record, nil) {
				return
			}
		}
		if ctx.Err() != nil {
			yield(nil, ctx.Err())
		}
	}
}

// items lists the part of the dataset that is evaluated.
func (e *Evaluator) items() iter.Seq2[dataset.Item, error] {
	return func(yield func(dataset.Item, error) bool) {
		for item, err := range e.options.Source.Items() {
			if (item.Name == "" || e.options.Shard.Has(item.Index)) && !yield(item, err) {
				return
			}
		}
	}
}

// consume adds the next outcome in input order. keep says that its row is handed on.
func (e *Evaluator) consume(out *outcome, keep bool) error {
	if out.picture != nil {
		e.gallery.keep(out.picture)
	}
	if keep && e.rows != nil {
		if err := e.rows.Append(out.row()); err != nil {
			return err
		}
	}
	e.total.add(out)
	e.addReference(out)
	return nil
}

// outcome is what a worker makes of an item.
type outcome struct {
	record   *Record
	state    losses.State
	measured []metrics.State
	sums     [2][32]byte // digests of the image's and the mask's file
	labels   uint64      // hash of the predicted labels
	oriented bool        // the image's EXIF asks to turn it
	picture  *sketch
	against  *rival // the reference's; nil without one
	err      error  // ends the run
}

// line is the running workers: items enter it in order, and slots come out in the same order.
type line struct {
	slots chan chan outcome
	done  chan struct{}
}

func (l *line) wait() {
	for range l.slots { // what is still in flight is dropped
	}
	<-l.done
}

type job struct {
	item dataset.Item
	err  error
	slot chan outcome
}

// ahead is how many results a worker may have waiting for their turn: enough for the others to go on while one is busy
// with a picture many times larger than theirs. A result is a row of figures, not a picture.
const ahead = 64

// start opens the workers and feeds them. At most ahead results a worker wait for their turn.
func (e *Evaluator) start(ctx context.Context, next func() (dataset.Item, error, bool)) (*line, error) {
	workers := make([]*worker, 0, e.options.Workers)
	for range e.options.Workers {
		w, err := newWorker(e)
		if err != nil {
			for _, w := range workers {
				err = errors.Join(err, w.close())
			}
			return nil, fmt.Errorf("starting a worker: %w", err)
		}
		workers = append(workers, w)
	}
	window := ahead * len(workers)
	l := &line{slots: make(chan chan outcome, window), done: make(chan struct{})}
	jobs := make(chan job)
	go newFeeder(ctx, jobs, l.slots, len(workers)).run(next)
	go func() {
		defer close(l.done)
		work(ctx, workers, jobs)
	}()
	return l, nil
}

// Evaluate runs a model over a dataset and returns the aggregate. The error says that the run did not come to its end, or
// counts the images that could not be scored and names the first; the summary is then of the others.
func Evaluate(ctx context.Context, o Options) (*Summary, error) {
	e, err := New(o)
	if err != nil {
		return nil, err
	}
	for _, err := range e.Run(ctx) {
		if err != nil {
			return nil, err
		}
	}
	return e.Summary(), e.Err()
}
