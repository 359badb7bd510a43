package main

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/pipeline"
)

// bootstrapOf is what score.bootstrap asks for; nil for no intervals. Every image needs a group where there are groups.
func bootstrapOf(cfg *config.Config, source dataset.Source) (*pipeline.Bootstrap, error) {
	b := cfg.Score.Bootstrap
	if b.Resamples == 0 {
		return nil, nil
	}
	o := &pipeline.Bootstrap{Options: b.Options(), Column: b.Group}
	if b.Group == "" {
		return o, nil
	}
	groups, err := cfg.Dataset.MetadataColumn(b.Group)
	if err != nil {
		return nil, err
	}
	for item, err := range source.Items() {
		if err != nil {
			continue // the run says so
		}
		if key, ok := groups[item.Name]; !ok || key == "" {
			return nil, fault.Dataf("dataset.metadata: %s has no %s for image %q, which score.bootstrap.group needs: add it, or leave the image out with dataset.filter", cfg.Dataset.Metadata, b.Group, item.Name)
		}
	}
	o.Group = func(image string) string { return groups[image] }
	return o, nil
}

// bootstrap is what --bootstrap asks for: nothing, or the keys of score.bootstrap.
func (f *scoreFlags) parseBootstrap() (*pipeline.Bootstrap, error) {
	if f.bootstrap == "" {
		return nil, nil
	}
	b := config.DefaultBootstrap()
	d := yaml.NewDecoder(strings.NewReader(f.bootstrap))
	d.KnownFields(true)
	if err := d.Decode(&b); err != nil {
		return nil, fault.Usagef("--bootstrap %q: expected options such as {resamples: 2000, seed: 1, confidence: 0.95, method: bca}: %w", f.bootstrap, err)
	}
	if err := b.Validate(); err != nil {
		return nil, fault.Usagef("--bootstrap %q: %w", f.bootstrap, err)
	}
	if b.Group != "" {
		return nil, fault.Usagef("--bootstrap %q: groups are for segmetry run, whose dataset.metadata says them", f.bootstrap)
	}
	if b.Resamples == 0 {
		return nil, nil
	}
	return &pipeline.Bootstrap{Options: b.Options()}, nil
}
