package slicing

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/segmetry/segmetry/internal/fault"
)

// unknown names the slice of images without a value.
const unknown = "(no value)"

// rangeOptions say where slices of a number begin.
type rangeOptions struct {
	Quantiles int       `yaml:"quantiles" doc:"slices of as many images each, as far as equal values allow"`
	Bounds    []float64 `yaml:"bounds" doc:"where slices begin, ascending: one image belongs to the slice of the largest bound that is not above its value; in place of quantiles"`
}

const defaultQuantiles = 4

func (o *rangeOptions) check() error {
	switch {
	case len(o.Bounds) > 0 && o.Quantiles != 0:
		return fault.Usagef("quantiles and bounds are both given: expected one of them")
	case len(o.Bounds) >= MaxSlices:
		return fault.Usagef("%d bounds: expected at most %d", len(o.Bounds), MaxSlices-1)
	case o.Quantiles < 0 || o.Quantiles == 1 || o.Quantiles > MaxSlices:
		return fault.Usagef("quantiles: expected a number from 2 to %d, found %d", MaxSlices, o.Quantiles)
	}
	for i, b := range o.Bounds {
		if math.IsNaN(b) || math.IsInf(b, 0) || i > 0 && b <= o.Bounds[i-1] {
			return fault.Usagef("bounds: expected finite numbers in ascending order, found %v", o.Bounds)
		}
	}
	return nil
}

// ranges are slices by a number.
type ranges struct {
	value   func(i *Image) float64
	options rangeOptions
	per     float64 // quantiles are multiples of 1/per; 0: they are values as they are
	unit    string  // after a number, with its space
	values  []float64
}

func (o rangeOptions) splitter(per float64, unit string, value func(i *Image) float64) func() Splitter {
	if o.Quantiles == 0 && len(o.Bounds) == 0 {
		o.Quantiles = defaultQuantiles
	}
	return func() Splitter { return &ranges{value: value, options: o, per: per, unit: unit} }
}

// Add keeps the image's number.
func (r *ranges) Add(i *Image) error {
	r.values = append(r.values, r.value(i))
	return nil
}

// Slices are in ascending order; that of images without a value comes last.
func (r *ranges) Slices() []Slice {
	bounds := r.options.Bounds
	if bounds == nil {
		bounds = r.quantiles()
	}
	list := make([]Slice, len(bounds)+2)
	for i := range bounds {
		list[i].Name = r.name(bounds, i)
	}
	list[len(bounds)].Name, list[len(bounds)+1].Name = r.name(bounds, len(bounds)), unknown
	for i, x := range r.values {
		at := len(bounds) + 1
		if x == x {
			at, _ = slices.BinarySearch(bounds, math.Nextafter(x, math.Inf(1)))
		}
		list[at].Images = append(list[at].Images, int32(i))
	}
	return slices.DeleteFunc(list, func(s Slice) bool { return len(s.Images) == 0 })
}

// quantiles are the bounds of slices of equally many images: the values at ranks n·k/q, rounded. Where equal values make
// two of them the same there is one slice less.
func (r *ranges) quantiles() []float64 {
	sorted := slices.DeleteFunc(slices.Clone(r.values), math.IsNaN)
	slices.Sort(sorted)
	var bounds []float64
	for k := 1; k < r.options.Quantiles && len(sorted) > 0; k++ {
		b := sorted[len(sorted)*k/r.options.Quantiles]
		if r.per > 0 {
			b = math.Round(b*r.per) / r.per
		}
		if b > sorted[0] && (len(bounds) == 0 || b > bounds[len(bounds)-1]) {
			bounds = append(bounds, b)
		}
	}
	return bounds
}

func (r *ranges) name(bounds []float64, i int) string {
	number := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	switch {
	case len(bounds) == 0:
		return "all"
	case i == 0:
		return fmt.Sprintf("below %s%s", number(bounds[0]), r.unit)
	case i == len(bounds):
		return fmt.Sprintf("%s%s and more", number(bounds[i-1]), r.unit)
	}
	return fmt.Sprintf("%s to below %s%s", number(bounds[i-1]), number(bounds[i]), r.unit)
}
