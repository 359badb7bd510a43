package report

// Options is the `report:` section of a configuration.
type Options struct {
	Out   string `yaml:"out"`
	Worst int    `yaml:"worst"` // images shown as thumbnails in report.html
	// Palette is each class's colour, where the dataset has its own.
	Palette [][3]uint8 `yaml:"-"`
}
