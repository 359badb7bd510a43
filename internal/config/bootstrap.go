package config

import (
	"errors"
	"fmt"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/stats"
)

// Bootstrap is the `score.bootstrap:` section: a confidence interval of every aggregate figure.
type Bootstrap struct {
	Resamples  int     `yaml:"resamples"` // 0: no intervals
	Seed       uint64  `yaml:"seed"`
	Confidence float64 `yaml:"confidence"`
	Method     string  `yaml:"method"`          // bca | percentile
	Group      string  `yaml:"group,omitempty"` // column of dataset.metadata: images of one value are drawn together
}

// DefaultBootstrap is what an empty section means.
func DefaultBootstrap() Bootstrap {
	return Bootstrap{Resamples: 2000, Seed: 1, Confidence: 0.95, Method: stats.BCa}
}

// Options are those of the resampling.
func (b Bootstrap) Options() stats.Options {
	return stats.Options{Resamples: b.Resamples, Seed: b.Seed, Confidence: b.Confidence, Method: b.Method}
}

// Validate reports everything that is wrong, each error beginning with its key.
func (b Bootstrap) Validate() error {
	var problems []error
	err := b.Options().Validate()
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			problems = append(problems, fault.Usagef("score.bootstrap.%w", e))
		}
	}
	return errors.Join(problems...)
}

// validateGroup reports a group without the file that says it.
func (c *Config) validateGroup() error {
	if c.Score.Bootstrap.Group != "" && c.Dataset.Metadata == "" {
		return fmt.Errorf("score.bootstrap.group: %s", NoMetadata(c.Score.Bootstrap.Group))
	}
	return nil
}

// NoMetadata says what is missing where a column is asked for without the file that it is of.
func NoMetadata(column string) string {
	return fmt.Sprintf("%q is a column of dataset.metadata, which is not set: name a CSV file whose column image has the images' names", column)
}
