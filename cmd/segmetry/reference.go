package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/pipeline"
)

// reference is the opened model that labels are held against.
type reference struct {
	options model.Options
	session model.Session // the model itself
	applied model.Session // in windows and views, as the configuration says
	loading time.Duration
}

// openReference opens model.reference; nil without one.
func openReference(ctx context.Context, lib model.Library, cfg *config.Config) (*reference, error) {
	if cfg.Model.Reference == "" {
		return nil, nil
	}
	r := &reference{}
	var err error
	if r.options, err = cfg.Model.ReferenceOptions(); err != nil {
		return nil, fmt.Errorf("model.reference: %w", err)
	}
	started := time.Now()
	if r.session, err = model.Open(ctx, lib, r.options); err != nil {
		return nil, fmt.Errorf("model.reference: %w", err)
	}
	r.loading = time.Since(started)
	if r.applied, err = cfg.Inference.Apply(r.session); err != nil {
		return nil, fmt.Errorf("model.reference: %w", errors.Join(err, r.session.Close()))
	}
	return r, nil
}

// option is the reference as the evaluator takes it; nil without one.
func (r *reference) option(cfg *config.Config) (*pipeline.Reference, error) {
	if r == nil {
		return nil, nil
	}
	o := &pipeline.Reference{Session: r.applied}
	if !cfg.Model.ClassMap.IsZero() {
		table, err := cfg.Model.ClassMap.Table(r.session.Signature().Classes)
		if err != nil {
			return nil, fmt.Errorf("model.reference: %w", err)
		}
		o.ClassMap = table
	}
	return o, nil
}

func (r *reference) close() error {
	if r == nil {
		return nil
	}
	return r.session.Close()
}

// describe says in the summary what was compared.
func (r *reference) describe(s *record.Summary) {
	if r == nil || s.Parity == nil {
		return
	}
	s.Parity.Model, s.Parity.Device = s.Model, r.options.Device
	s.Parity.Reference = modelOf(r.options, r.session.Signature())
}

// manifest is what may differ between two equal runs.
func (r *reference) manifest(e *pipeline.Evaluator, interrupted bool) *record.Reference {
	if r == nil {
		return nil
	}
	p := placementOf(r.session, interrupted)
	p.Node = nil // the model's own are enough
	return &record.Reference{SessionS: r.loading.Seconds(), Inference: e.ReferenceTime(), Placement: p}
}

// modelOf is what the summary says of a model.
func modelOf(o model.Options, sig model.Signature) record.Model {
	return record.Model{Name: filepath.Base(o.Path), SHA256: fileDigest(o.Path), Kind: sig.Kind, Activation: sig.Activation, Channels: sig.Classes}
}
