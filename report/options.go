package report

import (
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/report/figure"
)

// Options is the `report:` section of a configuration.
type Options struct {
	Out       string `yaml:"out"`
	Gradients bool   `yaml:"gradients"` // figures of each loss's gradient, per image
	// Predictions stores every image's predicted labels, and how sure they are, in the run folder.
	Predictions bool `yaml:"predictions"`
	// How many of the worst and the best images, and of those near the median, are shown as thumbnails in report.html.
	Worst  int `yaml:"worst"`
	Best   int `yaml:"best"`
	Median int `yaml:"median"`
	// Exports are files for other tools: names of package export, or all.
	Exports []string `yaml:"exports,omitempty"`
	// Plots is how the export of that name draws.
	Plots Plots `yaml:"plots,omitempty"`
	// Palette is each class's colour, where the dataset has its own.
	Palette [][3]uint8 `yaml:"-"`
	// Gates is how many gates the configuration has.
	Gates int `yaml:"-"`
}

// Plots are the options of figures.
type Plots = figure.Options

// Gallery is how many thumbnails are shown.
func (o Options) Gallery() record.Gallery {
	return record.Gallery{Worst: o.Worst, Best: o.Best, Median: o.Median}
}
