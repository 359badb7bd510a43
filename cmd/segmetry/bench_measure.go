package main

import (
	"context"
	"errors"
	"time"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/pipeline"
)

// timing is what one setting took, seconds a pass.
type timing struct {
	setting
	Cold      float64                 `json:"cold_s"`                // the evaluation's first pass, every buffer new
	Pure      []float64               `json:"pure_s"`                // ONNX Runtime alone on the model's file as it is
	Rewritten []float64               `json:"rewritten_s,omitempty"` // the same with operators rewritten, as the evaluation runs it
	Wall      []float64               `json:"wall_s"`                // the evaluation
	Ratio     []float64               `json:"ratio"`                 // wall_s / pure_s, round by round
	Stages    map[string]record.Stage `json:"stages"`                // of the last evaluation
	onCPU     bool
}

// lane is a setting that is being timed.
type lane struct {
	timing
	opened *opened
	alone  alone
}

// measure times settings in turns, round by round, so that what the machine does beside them is in all of them.
func (b *bench) measure(ctx context.Context, cfg *config.Config, list ...setting) (times []timing, images int, err error) {
	var lanes []*lane
	defer func() {
		for _, l := range lanes {
			err = errors.Join(err, l.alone.close())
			b.app.closeOpened(l.opened)
		}
	}()
	var inputs *pipeline.Pure // are held once
	for _, s := range list {
		l, err := b.prepare(ctx, cfg, s, inputs)
		if err != nil {
			return nil, 0, err
		}
		lanes, inputs = append(lanes, l), l.alone.asIs
	}
	for k := range b.rounds {
		for _, l := range lanes {
			if err := l.round(ctx, k); err != nil {
				return nil, 0, err
			}
		}
	}
	for _, l := range lanes {
		times, images = append(times, l.timing), l.alone.asIs.Images()
	}
	return times, images, nil
}

// prepare opens all for a setting, and goes over the images once each way. inputs are those of another setting; nil: none are
// prepared yet.
func (b *bench) prepare(ctx context.Context, with *config.Config, s setting, inputs *pipeline.Pure) (*lane, error) {
	cfg := *with
	s.apply(&cfg)
	o, err := b.app.open(ctx, &cfg)
	if err != nil {
		return nil, err
	}
	l := &lane{timing: timing{setting: s, onCPU: onCPU(o.session)}, opened: o}
	if l.alone, err = b.alone(ctx, &cfg, o, inputs); err == nil {
		limited := cfg.Dataset
		limited.Limit = l.alone.asIs.Images() // the same images
		o.options.Source, err = dataset.Open(limited)
	}
	var cold time.Duration
	if err == nil {
		cold, _, err = evaluateOnce(ctx, o.options)
	}
	if err == nil {
		_, _, err = l.alone.pass(ctx, false) // to warm up
	}
	if err != nil {
		err = errors.Join(err, l.alone.close())
		b.app.closeOpened(o)
		return nil, err
	}
	l.Cold = cold.Seconds()
	return l, nil
}

// onCPU says whether a model was opened on the CPU.
func onCPU(s model.Session) bool {
	attested, ok := s.(model.Attested)
	return ok && attested.KnownPlacement("").Nodes["CPUExecutionProvider"] > 0
}

// round is the kth time over the images each way.
func (l *lane) round(ctx context.Context, k int) error {
	asIs, rewritten, err := l.alone.pass(ctx, k%2 == 1)
	if err != nil {
		return err
	}
	wall, stages, err := evaluateOnce(ctx, l.opened.options)
	if err != nil {
		return err
	}
	l.Pure, l.Wall = append(l.Pure, asIs.Seconds()), append(l.Wall, wall.Seconds())
	if l.alone.rewritten != nil {
		l.Rewritten = append(l.Rewritten, rewritten.Seconds())
	}
	l.Ratio = append(l.Ratio, wall.Seconds()/asIs.Seconds())
	l.Stages = stages
	return nil
}

// evaluateOnce is one pass from files to figures.
func evaluateOnce(ctx context.Context, o pipeline.Options) (time.Duration, map[string]record.Stage, error) {
	e, err := pipeline.New(o)
	if err != nil {
		return 0, nil, err
	}
	begin := time.Now()
	for _, err := range e.Run(ctx) {
		if err != nil {
			return 0, nil, err
		}
	}
	e.Summary()
	return time.Since(begin), e.Stages(), e.Err()
}

// alone is ONNX Runtime on inputs that were prepared beforehand.
type alone struct {
	asIs      *pipeline.Pure // on the model's file
	rewritten *pipeline.Pure // on the evaluation's session; nil where that runs the file as it is
	file      model.Session  // of asIs, where that is not the evaluation's
}

// alone makes it; what it returns must be closed after an error, too.
func (b *bench) alone(ctx context.Context, cfg *config.Config, o *opened, inputs *pipeline.Pure) (a alone, err error) {
	if inputs != nil {
		a.asIs, err = inputs.On(o.options.Session, cfg.Run.Workers)
	} else {
		a.asIs, err = pipeline.NewPure(ctx, o.options, b.megabytes<<20)
	}
	if err != nil {
		return a, err
	}
	if r, ok := o.session.(model.Rewritten); !ok || r.Rewritten() == nil {
		return a, nil
	}
	a.rewritten, a.asIs = a.asIs, nil
	asIs := cfg.Model
	asIs.Rewrite = false
	if a.file, err = model.Open(ctx, o.library, asIs); err != nil {
		return a, err
	}
	applied, err := cfg.Inference.Apply(a.file)
	if err == nil {
		a.asIs, err = a.rewritten.On(applied, cfg.Run.Workers)
	}
	return a, err
}

// pass runs the model on every input, both ways where there are two, the rewritten model first or last.
func (a alone) pass(ctx context.Context, rewrittenFirst bool) (asIs, rewritten time.Duration, err error) {
	if a.rewritten == nil {
		asIs, err = a.asIs.Pass(ctx)
		return asIs, 0, err
	}
	if rewrittenFirst {
		rewritten, err = a.rewritten.Pass(ctx)
	}
	if err == nil {
		asIs, err = a.asIs.Pass(ctx)
	}
	if err == nil && !rewrittenFirst {
		rewritten, err = a.rewritten.Pass(ctx)
	}
	return asIs, rewritten, err
}

func (a alone) close() error {
	var errs []error
	for _, p := range []*pipeline.Pure{a.asIs, a.rewritten} {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	if a.file != nil {
		errs = append(errs, a.file.Close())
	}
	return errors.Join(errs...)
}
