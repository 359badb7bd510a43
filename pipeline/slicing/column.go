package slicing

import (
	"cmp"
	"math"
	"strconv"

	"github.com/segmetry/segmetry/internal/fault"
)

// columnOptions say which column of the metadata makes slices.
type columnOptions struct {
	Column       string `yaml:"column" doc:"its name; images without a value make a slice of their own"`
	rangeOptions `yaml:",inline"`
}

func init() {
	Register(Definition{
		Name: "column", Doc: "By a column of dataset.metadata: a slice a value; a column of numbers also by quantiles or bounds.",
		Options: func() any { return &columnOptions{} },
		Short:   func(options any, text string) { options.(*columnOptions).Column = text },
		New:     func(options any, d Data) (Slicing, error) { return newColumn(options.(*columnOptions), d) },
	})
}

func newColumn(o *columnOptions, d Data) (Slicing, error) {
	if o.Column == "" {
		return Slicing{}, fault.Usagef("expected the name of a column, as in {name: column, column: scene} or column:scene")
	}
	if err := o.check(); err != nil {
		return Slicing{}, err
	}
	values, err := d.Column(o.Column)
	if err != nil {
		return Slicing{}, err
	}
	if err := overlap(o.Column, values, d); err != nil {
		return Slicing{}, err
	}
	if o.Quantiles == 0 && len(o.Bounds) == 0 {
		value := func(name string) string { return cmp.Or(values[name], unknown) }
		what := "column " + o.Column + " of dataset.metadata"
		return Slicing{o.Column, func() Splitter { return newGroups(what, func(i *Image) string { return value(i.Name) }) }}, check(d, what, value)
	}
	numbers := make(map[string]float64, len(values))
	for name, text := range values {
		if text == "" {
			continue
		}
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return Slicing{}, fault.Dataf("column %s of dataset.metadata has %q for image %q: quantiles and bounds need numbers", o.Column, text, name)
		}
		numbers[name] = x
	}
	return Slicing{o.Column, o.splitter(0, "", func(i *Image) float64 {
		if x, ok := numbers[i.Name]; ok {
			return x
		}
		return math.NaN()
	})}, nil
}

// overlap refuses metadata that have no image of the dataset: names are written in another way.
func overlap(column string, values map[string]string, d Data) error {
	if d.Names == nil {
		return nil
	}
	first := ""
	for name := range d.Names {
		if values[name] != "" {
			return nil
		}
		first = cmp.Or(first, name)
	}
	if first == "" {
		return nil
	}
	return fault.Dataf("dataset.metadata has no %s for any image of the dataset, whose first is %q: its column image must have the names as images.csv has them", column, first)
}
