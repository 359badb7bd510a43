package main

import (
	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/pipeline/slicing"
)

// slicesOf is what score.slices asks for.
func slicesOf(cfg *config.Config, source dataset.Source) ([]slicing.Slicing, error) {
	if len(cfg.Score.Slices) == 0 {
		return nil, nil
	}
	specs := make([]slicing.Spec, len(cfg.Score.Slices))
	for i, e := range cfg.Score.Slices {
		specs[i] = slicing.Spec{Name: e.Name, Label: e.Label, Decode: e.Decode}
	}
	return slicing.Compile(specs, slicing.Data{Classes: source.Classes(), Column: metadataColumn(cfg), Names: func(yield func(string) bool) {
		for item, err := range source.Items() {
			if err == nil && !yield(item.Name) { // the run says so
				return
			}
		}
	}})
}

// metadataColumn reads columns of dataset.metadata.
func metadataColumn(cfg *config.Config) func(name string) (map[string]string, error) {
	return func(name string) (map[string]string, error) {
		if cfg.Dataset.Metadata == "" {
			return nil, fault.Usagef("%w", errNoMetadata{name})
		}
		return cfg.Dataset.MetadataColumn(name)
	}
}

// errNoMetadata is the error of a column that is asked for where dataset.metadata is not set.
type errNoMetadata struct{ column string }

func (e errNoMetadata) Error() string { return config.NoMetadata(e.column) }

// sliceEntries reads what --slices was given: kinds, or a YAML file.
func sliceEntries(text string) ([]config.Entry, error) {
	list, err := listOrFile("slices", text)
	if err != nil {
		return nil, err
	}
	var entries []config.Entry
	if err := yaml.Unmarshal([]byte(list), &entries); err != nil {
		return nil, fault.Usagef("--slices %s: %w", text, err)
	}
	return entries, nil
}
