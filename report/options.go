package report

// Options is the `report:` section of a configuration.
type Options struct {
	Out   string `yaml:"out"`
	Worst int    `yaml:"worst"` // images shown as thumbnails in report.html
}
