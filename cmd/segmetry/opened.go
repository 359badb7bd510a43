package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/bucket"
	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/preflight"
)

// opened is what a configuration names, ready to be evaluated.
type opened struct {
	session   model.Session // without the modes of inference
	reference *reference    // nil without one
	library   model.Library
	loading   time.Duration // of the model
	options   pipeline.Options
	total     int                // items of the dataset, or of the shard
	listing   *preflight.Listing // without headers
	closed    bool
	model     record.Model // see modelOf
}

// modelOf is what the summary says of the model, whose file is read once for it.
func (o *opened) modelOf(options model.Options) record.Model {
	if o.model.Name == "" {
		o.model = modelOf(options, o.session.Signature())
	}
	return o.model
}

// network says of buckets that they are asked, before they are.
func (a *app) network(ctx context.Context) bucket.Network {
	return bucket.Network{Context: ctx, Announce: func(text string) { a.log.Info(text) }}
}

// open opens dataset, model and reference. The errors of a configuration come before the runtime library is looked for.
func (a *app) open(ctx context.Context, cfg *config.Config) (*opened, error) {
	specs, err := expandLosses(cfg.Score.Losses)
	if err != nil {
		return nil, err
	}
	source, err := dataset.Open(cfg.Dataset)
	if err != nil {
		return nil, err
	}
	if cfg.Dataset.Found != "" {
		a.log.Info(cfg.Dataset.Found)
	}
	o := &opened{}
	index, count, err := cfg.Run.Part()
	if err != nil {
		return nil, err
	}
	if err := o.list(ctx, source, pipeline.Shard{Index: index, Count: count}); err != nil {
		return nil, err
	}
	if o.library, err = a.library(ctx, cfg.Run.Runtime, cfg.Run.Offline, cfg.Model.Device); err != nil {
		return nil, err
	}
	begin := time.Now()
	if o.session, err = model.Open(ctx, o.library, cfg.Model); err != nil {
		return nil, err
	}
	o.loading = time.Since(begin)
	if noted, ok := o.session.(model.Noted); ok {
		for _, note := range noted.Notes() {
			a.log.Info(note)
		}
	}
	applied, err := cfg.Inference.Apply(o.session)
	if err == nil {
		o.reference, err = openReference(ctx, o.library, cfg)
	}
	if err == nil {
		o.options, err = evaluatorOptions(cfg, source, applied, o.reference, specs, specsOf(cfg.Score.Metrics))
	}
	if err != nil {
		return nil, errors.Join(err, o.close())
	}
	return o, nil
}

// list lists the dataset once, without opening a picture: for the progress, for what cannot be paired, and to stop at once at a
// dataset that is empty or cannot be listed.
func (o *opened) list(ctx context.Context, source dataset.Source, part pipeline.Shard) (err error) {
	if o.listing, err = preflight.List(ctx, source, -1); err != nil {
		return err
	}
	for i := range o.listing.Items {
		if part.Has(i) {
			o.total++
		}
	}
	return nil
}

// close frees the models, once.
func (o *opened) close() error {
	if o.closed {
		return nil
	}
	o.closed = true
	return errors.Join(o.session.Close(), o.reference.close())
}

// closeOpened closes, and notes what goes wrong: the figures are complete without it.
func (a *app) closeOpened(o *opened) {
	if err := o.close(); err != nil {
		a.log.Warn("closing the model: " + err.Error())
	}
}

// keepWithin lowers the workers to what a cap on memory allows; 0 is no cap. The largest picture is tried first.
func (a *app) keepWithin(ctx context.Context, o *opened, limit int64) error {
	if limit == 0 {
		return nil
	}
	listing, err := preflight.List(ctx, o.options.Source, 0)
	if err != nil {
		return err
	}
	m, err := preflight.MeasureMemory(ctx, o.options, listing, 1)
	if err != nil {
		return fmt.Errorf("measuring memory for run.memory: %w", err)
	}
	workers, err := m.Fit(limit)
	if err != nil {
		return err
	}
	if workers < m.Workers {
		a.log.Info(fmt.Sprintf("%d of %d workers, to keep within %d MiB: %s", workers, m.Workers, limit>>20, m))
	}
	o.options.Workers = workers
	debug.SetMemoryLimit(limit)
	return nil
}

// A run's first look at its dataset, before it begins.
const (
	firstItems = 32
	firstTime  = time.Second
)

// lookFirst warns of what cannot be paired, of what a few items have that they should not, and of disks that are too full. It
// decodes no picture and tries no other preprocessing; segmetry check looks more closely. oriented says that there was a warning of
// pictures with an EXIF orientation.
func (a *app) lookFirst(ctx context.Context, cfg *config.Config, o *opened, e *pipeline.Evaluator) (oriented bool, err error) {
	plan := preflight.Plan{Total: o.listing.Items, Sample: firstItems, Limit: firstTime}
	seen, found, err := preflight.Survey(ctx, o.options.Source, cfg.Dataset, cfg.Preprocess, plan)
	if err != nil {
		return false, err
	}
	found = append(slices.Clone(o.listing.Findings), found...)
	for _, s := range spaces(cfg, e, o.total, 0, seen) {
		found = append(found, s.Findings()...)
	}
	for _, f := range found {
		oriented = oriented || f.Check == "orientation"
		a.log.Warn(fmt.Sprintf("%s; expected %s; %s (segmetry check looks at more)", f, f.Expected, f.Do))
	}
	return oriented, nil
}

// spaces are what a run of so many items writes where. pixels are those of the mean picture, 0 where that is not known; without an
// evaluator it is not known what the run folder takes.
func spaces(cfg *config.Config, e *pipeline.Evaluator, items int, pixels int64, seen preflight.Seen) (list []preflight.Space) {
	if e != nil {
		out := preflight.Outputs{Folder: cfg.Report.Out, Items: items, Predictions: cfg.Report.Predictions, Pixels: pixels,
			Thumbnails: cfg.Report.Worst + cfg.Report.Best + cfg.Report.Median}
		out.CSV, out.Stored = e.RowBytes()
		list = append(list, out.Space())
	}
	if folder, limit := cfg.Dataset.CachePlace(); folder != "" {
		list = append(list, preflight.CacheSpace(folder, limit, seen))
	}
	return list
}
