package figure

import (
	"errors"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

// Options is the `report.plots:` section of a configuration. The zero value is Default's.
type Options struct {
	Format string  `yaml:"format,omitempty"` // png | svg | pdf
	Width  float64 `yaml:"width,omitempty"`  // of a figure in inches, 2 to 12; a matrix of many classes takes more
	DPI    int     `yaml:"dpi,omitempty"`    // dots an inch of a PNG, 50 to 600
}

// Formats are the kinds of file that figures are written as.
var Formats = []string{"png", "svg", "pdf"}

// Default is a PNG in print quality as wide as a page's text.
func Default() Options { return Options{Format: "png", Width: 5.5, DPI: 300} }

func (o Options) withDefaults() Options {
	d := Default()
	if o.Format == "" {
		o.Format = d.Format
	}
	if o.Width == 0 {
		o.Width = d.Width
	}
	if o.DPI == 0 {
		o.DPI = d.DPI
	}
	return o
}

// Validate reports everything that is wrong, each error beginning with its key.
func (o Options) Validate() error {
	o = o.withDefaults()
	var problems []error
	if !slices.Contains(Formats, o.Format) {
		problems = append(problems, fault.Usagef("report.plots.format: expected one of %s, found %q", strings.Join(Formats, ", "), o.Format))
	}
	if !(o.Width >= 2 && o.Width <= 12) {
		problems = append(problems, fault.Usagef("report.plots.width: expected inches from 2 to 12, found %g", o.Width))
	}
	if o.DPI < 50 || o.DPI > 600 {
		problems = append(problems, fault.Usagef("report.plots.dpi: expected dots an inch from 50 to 600, found %d", o.DPI))
	}
	return errors.Join(problems...)
}
