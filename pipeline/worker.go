package pipeline

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// worker carries one image at a time through all stages. It owns every buffer that an image needs.
type worker struct {
	evaluator *Evaluator
	loader    *dataset.Loader
	runner    model.Runner
	scanner   *pass.Scanner
	meter     *losses.Meter
	profiler  *losses.Profiler // nil unless gradients are asked for
	measures  *metrics.Meter
	labels    *labelScorer // where labels may overlap, in the place of scanner, meter, profiler and measures; otherwise nil
	predicted predictions
	hash      labelHash
	results   []losses.Result
	visitors  []pass.Visitor
	duel      *duel      // with the reference; nil without one
	margins   *margins   // of the prediction, to be stored; nil unless asked for
	maps      *scoreMaps // for the thumbnail; nil where none is kept, or there are no probabilities
	warm      bool       // it has run the model
	late      lateRows
}

func newWorker(e *Evaluator) (*worker, error) {
	if e.options.Preprocess.Crop != nil {
		return nil, fault.Usagef("preprocess.crop cuts off pixels that have labels, which cannot be scored then: set it to null, and bring pictures to the model's size with preprocess.fit or inference.mode: slide (crop is for segmetry preprocess)")
	}
	s := e.options.Session.Signature()
	loader, err := dataset.NewLoader(e.options.Dataset, e.options.Preprocess, dataset.Input{
		Channels: s.Channels, Height: s.Height, Width: s.Width, Integer: s.IntegerInput})
	if err != nil {
		return nil, err
	}
	runner, err := e.options.Session.NewRunner()
	if err != nil {
		return nil, err
	}
	w := &worker{evaluator: e, loader: loader, runner: runner}
	if err := w.prepareScoring(); err != nil {
		return nil, errors.Join(err, w.close())
	}
	if w.duel, err = newDuel(w); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// prepareScoring makes what scores an image.
func (w *worker) prepareScoring() (err error) {
	e := w.evaluator
	w.results = make([]losses.Result, len(e.plan.Labels()))
	if e.overlap != nil {
		w.labels, err = newLabelScorer(e.overlap, e.metrics, e.options.Gradients, e.gallery.size > 0)
		if err == nil {
			w.labels.visitors = append(w.labels.visitors, &w.hash)
		}
		return err
	}
	if w.scanner, err = pass.NewScanner(e.scan); err != nil {
		return err
	}
	w.meter, w.measures = e.plan.NewMeter(), e.metrics.NewMeter()
	w.visitors = []pass.Visitor{w.measures, w.meter, &w.hash}
	if e.options.Gradients {
		w.profiler = e.plan.NewProfiler()
	}
	if e.gallery.size > 0 || e.metrics.NeedsMaps() {
		w.visitors = append(w.visitors, &w.predicted)
	}
	if e.gallery.size > 0 && !e.scan.LabelsOnly && !w.gives(model.KindLabels) {
		w.maps = &scoreMaps{}
		w.visitors = append(w.visitors, w.maps)
	}
	w.keepPredictions()
	return nil
}

func (w *worker) close() error { return errors.Join(w.runner.Close(), w.duel.close()) }

// work runs the workers until the jobs end, and closes them.
func work(ctx context.Context, workers []*worker, jobs <-chan job) {
	var group sync.WaitGroup
	for _, w := range workers {
		group.Go(func() {
			for j := range jobs {
				j.slot <- w.do(ctx, j)
			}
			_ = w.close() // the run's results are complete without it
		})
	}
	group.Wait()
}

// do carries one item through the stages. An image that cannot be scored becomes a record with the reason; only a
// cancelled context and a dataset that cannot be listed further end the run.
func (w *worker) do(ctx context.Context, j job) (out outcome) {
	if ctx.Err() != nil {
		return outcome{err: ctx.Err()}
	}
	if j.err != nil && j.item.Name == "" {
		return outcome{err: j.err}
	}
	r := &Record{Index: j.item.Index, Image: j.item.Name, Status: record.OK}
	defer func() {
		if p := recover(); p != nil { // a decoder's or our own mistake must not take the other images along
			out = w.failure(r, fmt.Errorf("internal error: %v\n%s", p, debug.Stack()))
		}
	}()
	err := j.err
	if err == nil {
		out.record = r
		err = w.evaluate(ctx, j.item, &out)
	}
	switch {
	case err == nil:
		return out
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return outcome{err: err}
	default:
		failed := w.failure(r, err)
		failed.oriented = out.oriented
		return failed
	}
}

// failure turns an error into the image's row.
func (w *worker) failure(r *Record, err error) outcome {
	failed := &Record{Index: r.Index, Image: r.Image, Status: w.evaluator.failedStatus(), Error: err.Error(), Width: r.Width, Height: r.Height, Stages: r.Stages}
	failed.Runtime = fault.KindOf(err) == fault.Runtime
	return outcome{record: failed}
}

// clock measures one stage after another.
type clock struct {
	last time.Time
	r    *Record
}

func (c *clock) lap(stage int) {
	now := time.Now()
	c.r.Stages[stage] += now.Sub(c.last)
	c.last = now
}

func (w *worker) evaluate(ctx context.Context, item dataset.Item, out *outcome) error {
	r := out.record
	c := clock{time.Now(), r}
	picture, err := w.loader.ImageOf(item.Image)
	if err != nil {
		return err
	}
	out.oriented = w.loader.Orientation() != 1
	labels, err := w.loader.MaskOf(item.Mask, picture.Width, picture.Height)
	if err != nil {
		return err
	}
	r.Width, r.Height, r.Brightness = labels.Width, labels.Height, brightness(picture)
	out.sums[0], out.sums[1] = w.loader.Sums()
	c.lap(record.Decode)
	if err := w.duel.run(ctx, item.Name, picture, &c); err != nil {
		return err
	}
	g, err := w.prepare(picture)
	if err != nil {
		return err
	}
	c.lap(record.Preprocess)
	r.Input, r.WarmUp, w.warm = [2]int{g.Height, g.Width}, !w.warm, true
	p, err := w.infer(ctx)
	if err != nil {
		return fmt.Errorf("running the model on %s: %w", item.Name, err)
	}
	c.lap(record.Inference)
	score := w.score
	if w.duel != nil {
		score = w.duel.score
	}
	if err := score(p, g, labels, out); err != nil {
		return fmt.Errorf("scoring %s: %w", item.Name, err)
	}
	out.labels = w.hash.sum()
	w.offer(picture, labels, out)
	if out.err = w.store(item.Name, labels); out.err != nil {
		return nil
	}
	c.lap(record.Scoring)
	r.Stages[record.Scoring] -= w.late.spent
	r.Stages[record.Inference] += w.late.spent
	return nil
}

// prepare fills the model's input.
func (w *worker) prepare(picture *raster.Picture) (dataset.Geometry, error) {
	g, err := w.loader.Geometry(picture.Width, picture.Height)
	if err != nil {
		return g, err
	}
	channels := w.evaluator.options.Session.Signature().Channels
	shape := []int64{1, int64(channels), int64(g.Height), int64(g.Width)}
	if s, ok := w.runner.(model.Sized); ok {
		s.Original(picture.Height, picture.Width)
	}
	if t, ok := w.runner.(model.Tiler); ok {
		return g, t.Tiles(shape, w.loader.View(picture, g).Fill)
	}
	input, err := w.runner.Input(shape)
	if err != nil {
		return g, err
	}
	return g, w.loader.Tensor(picture, g, input)
}

// score brings a prediction to the label's size and scores it.
func (w *worker) score(p model.Prediction, g dataset.Geometry, labels *raster.Labels, out *outcome) error {
	w.hash.reset(labels.Width, labels.Height)
	if w.labels != nil {
		w.labels.truth.Labels = labels
		return w.scoreOverlap(scoresOf(p), window(p, g), &w.labels.truth, nil, out)
	}
	w.predicted.reset(labels)
	if p.Kind == model.KindLabels {
		return w.scoreLabels(p, window(p, g), labels, out)
	}
	w.measures.Reset(nil)
	return w.scoreScores(scoresOf(p), window(p, g), labels, out)
}

// scoresOf are the scores of a prediction.
func scoresOf(p model.Prediction) pass.Scores {
	return pass.Scores{Data: p.Logits, Rows: p.Rows, Channels: p.Channels, Height: p.Height, Width: p.Width}
}

// scoreScores walks over the logits once and fills the record. The measures have been reset.
func (w *worker) scoreScores(scores pass.Scores, window pass.Window, labels *raster.Labels, out *outcome) error {
	w.meter.Reset(labels.Width, labels.Height)
	if w.maps != nil {
		w.maps.begin(labels.Width, labels.Height)
	}
	bad, err := w.scanner.Scan(scores, window, labels, w.visitors...)
	if err != nil {
		return fault.Wrap(fault.Runtime, err)
	}
	w.fill(bad, labels, out)
	return w.profile(scores, window, labels, out.record)
}

// fill fills the record with what the walk over the logits found; bad is the number of pixels that are not finite.
func (w *worker) fill(bad int64, labels *raster.Labels, out *outcome) {
	w.finishMeasures(labels, out)
	out.state = append(losses.State(nil), w.meter.State()...)
	w.meter.Evaluate(w.results)
	w.fillLosses(out.record, bad, "NaN wins the argmax")
}

// fillLosses writes the results into the record, and how many pixels have logits that are not finite and what these predict.
func (w *worker) fillLosses(r *Record, bad int64, predicts string) {
	r.NaNPixels = bad
	if bad > 0 {
		r.Error = fmt.Sprintf("%d of %d valid pixels have NaN or infinite logits: the losses are undefined, and %s", bad, r.ValidPixels, predicts)
	}
	r.Losses = lossesOf(w.results)
}

// profile fills the record's figures of the gradients; they are undefined where a loss is.
func (w *worker) profile(scores pass.Scores, window pass.Window, labels *raster.Labels, r *Record) error {
	if w.profiler == nil {
		return nil
	}
	profiles, err := w.profiler.Profile(w.meter, w.scanner, scores, window, labels)
	if err != nil {
		return fault.Runtimef("%w", err)
	}
	fillGradients(r, profiles)
	return nil
}

// gradientColumns names the figures that profile fills in.
func gradientColumns(plan *losses.Plan) []string {
	var names []string
	for _, label := range plan.Labels() {
		for _, figure := range losses.ProfileNames {
			names = append(names, "gradient."+label+"."+figure)
		}
	}
	return names
}

// finishMeasures writes the image's measures into its record, once everything was visited.
func (w *worker) finishMeasures(truth *raster.Labels, out *outcome) {
	r, m := out.record, w.measures
	out.measured = m.Finish(truth, &w.predicted.labels)
	r.ValidPixels, r.Confusion = m.Confusion.Pixels(), append([]int64(nil), m.Confusion.Counts...)
	r.Means, r.PerClass = w.evaluator.metrics.Values(out.measured)
}

// window is the part of the scores that shows the picture: the content of the input tensor, at the scores' size.
func window(p model.Prediction, g dataset.Geometry) pass.Window {
	y, x := float64(p.Height)/float64(g.Height), float64(p.Width)/float64(g.Width)
	return pass.Window{Top: float64(g.Top) * y, Left: float64(g.Left) * x, Height: float64(g.ContentHeight) * y, Width: float64(g.ContentWidth) * x}
}

// predictions gathers the predicted labels of an image, for its thumbnail.
type predictions struct{ labels raster.Labels }

func (p *predictions) reset(like *raster.Labels) { p.labels.Resize(like.Width, like.Height) }

// Visit keeps a block's predictions.
func (p *predictions) Visit(b *pass.Block) { copy(p.labels.Class[b.Start:], b.Predicted) }
