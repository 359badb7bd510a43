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
}

// measure times a setting: the evaluation and ONNX Runtime alone, in turns.
func (b *bench) measure(ctx context.Context, with *config.Config, s setting) (t timing, images int, err error) {
	t.setting = s
	cfg := *with
	s.apply(&cfg)
	o, err := b.app.open(ctx, &cfg)
	if err != nil {
		return t, 0, err
	}
	defer b.app.closeOpened(o)
	alone, err := b.alone(ctx, &cfg, o)
	if err != nil {
		return t, 0, err
	}
	defer func() { err = errors.Join(err, alone.close()) }()
	limited := cfg.Dataset
	limited.Limit = alone.asIs.Images() // the same images
	if o.options.Source, err = dataset.Open(limited); err != nil {
		return t, 0, err
	}
	cold, _, err := evaluateOnce(ctx, o.options)
	if err == nil {
		_, _, err = alone.pass(ctx) // to warm up
	}
	if err != nil {
		return t, 0, err
	}
	t.Cold = cold.Seconds()
	for range b.rounds {
		asIs, rewritten, err := alone.pass(ctx)
		if err != nil {
			return t, 0, err
		}
		wall, stages, err := evaluateOnce(ctx, o.options)
		if err != nil {
			return t, 0, err
		}
		t.Pure, t.Wall = append(t.Pure, asIs.Seconds()), append(t.Wall, wall.Seconds())
		if alone.rewritten != nil {
			t.Rewritten = append(t.Rewritten, rewritten.Seconds())
		}
		t.Ratio = append(t.Ratio, wall.Seconds()/asIs.Seconds())
		t.Stages = stages
	}
	return t, alone.asIs.Images(), nil
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

func (b *bench) alone(ctx context.Context, cfg *config.Config, o *opened) (a alone, err error) {
	if a.asIs, err = pipeline.NewPure(ctx, o.options, b.megabytes<<20); err != nil {
		return a, err
	}
	if r, ok := o.session.(model.Rewritten); !ok || r.Rewritten() == nil {
		return a, nil
	}
	a.rewritten, a.asIs = a.asIs, nil
	asIs := cfg.Model
	asIs.Rewrite = false
	if a.file, err = model.Open(ctx, o.library, asIs); err != nil {
		return a, errors.Join(err, a.close())
	}
	applied, err := cfg.Inference.Apply(a.file)
	if err == nil {
		a.asIs, err = a.rewritten.On(applied, cfg.Run.Workers)
	}
	if err != nil {
		return a, errors.Join(err, a.close())
	}
	return a, nil
}

// pass runs the model on every input, both ways where there are two.
func (a alone) pass(ctx context.Context) (asIs, rewritten time.Duration, err error) {
	if asIs, err = a.asIs.Pass(ctx); err == nil && a.rewritten != nil {
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
