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
	var err error
	o.Group, err = groupsOf(cfg, b.Group, source)
	return o, err
}

// groupsOf says by a column of dataset.metadata which images belong together. Every image needs a group.
func groupsOf(cfg *config.Config, column string, source dataset.Source) (func(image string) string, error) {
	groups, err := metadataColumn(cfg)(column)
	if err != nil {
		return nil, err
	}
	for item, err := range source.Items() {
		if err != nil {
			continue // the run says so
		}
		if key, ok := groups[item.Name]; !ok || key == "" {
			return nil, fault.Dataf("dataset.metadata: %s has no %s for image %q, and images are drawn in groups by it (score.bootstrap.group, --group of compare): add it, or leave the image out with dataset.filter", cfg.Dataset.Metadata, column, item.Name)
		}
	}
	return func(image string) string { return groups[image] }, nil
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
