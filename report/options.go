package report

// Options is the `report:` section of a configuration.
type Options struct {
	Out       string `yaml:"out"`
	Gradients bool   `yaml:"gradients"` // figures of each loss's gradient, per image
	// Predictions stores every image's predicted labels, and how sure they are, in the run folder.
	Predictions bool `yaml:"predictions"`
	Worst       int  `yaml:"worst"` // images shown as thumbnails in report.html
	// Exports are files for other tools: names of package export, or all.
	Exports []string `yaml:"exports,omitempty"`
	// Palette is each class's colour, where the dataset has its own.
	Palette [][3]uint8 `yaml:"-"`
}
