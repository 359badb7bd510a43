package dataset

import (
	"bytes"
	"fmt"
	"image"
	"slices"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
)

// Values is a label image as it lies in its file: the values, before any of them is a class.
type Values struct {
	Width, Height int
	Value         []uint16
}

// RawMask reads a label image's values: palette indices or grey levels.
func RawMask(path string) (*Values, error) {
	var buf bytes.Buffer
	if _, err := readFile(path, &buf); err != nil {
		return nil, err
	}
	v := &Values{}
	return v, v.read(path, buf.Bytes(), nil)
}

func (v *Values) resize(width, height int) {
	v.Width, v.Height = width, height
	if cap(v.Value) < width*height {
		v.Value = make([]uint16, width*height)
	}
	v.Value = v.Value[:width*height]
}

// read decodes a label image. Colour images are read through the palette, which gives each class its colour.
func (v *Values) read(path string, content []byte, palette [][3]uint8) error {
	if isJPEG(content) {
		return fault.Dataf("%s is a JPEG: its compression changes label values; save masks as PNG", path)
	}
	img, _, err := decode(path, content)
	if err != nil {
		return err
	}
	b := img.Bounds()
	v.resize(b.Dx(), b.Dy())
	switch src := img.(type) {
	case *image.Paletted:
		for y := range v.Height {
			for x, p := range src.Pix[y*src.Stride:][:v.Width] {
				v.Value[y*v.Width+x] = uint16(p)
			}
		}
	case *image.Gray:
		for y := range v.Height {
			for x, p := range src.Pix[y*src.Stride:][:v.Width] {
				v.Value[y*v.Width+x] = uint16(p)
			}
		}
	case *image.Gray16:
		for y := range v.Height {
			row := src.Pix[y*src.Stride:]
			for x := range v.Width {
				v.Value[y*v.Width+x] = uint16(row[2*x])<<8 | uint16(row[2*x+1])
			}
		}
	default:
		return v.readColors(path, img, palette)
	}
	return nil
}

// readColors reads a colour image: exact palette colours, or grey stored as colour.
func (v *Values) readColors(path string, img image.Image, palette [][3]uint8) error {
	var p raster.Picture
	toPicture(&p, img)
	index := map[[3]uint8]uint16{}
	for class, c := range palette {
		index[c] = uint16(class)
	}
	for i := range v.Value {
		c := [3]uint8(p.Pix[3*i:])
		class, known := index[c]
		switch {
		case known:
			v.Value[i] = class
		case palette == nil && c[0] == c[1] && c[1] == c[2]:
			v.Value[i] = uint16(c[0])
		case palette == nil:
			return fault.Dataf("%s: colour (%d,%d,%d) at (%d,%d): a mask in colour needs dataset.palette, the colour of each class; labels that may overlap need a grey or indexed one", path, c[0], c[1], c[2], i%v.Width, i/v.Width)
		default:
			return fault.Dataf("%s: colour (%d,%d,%d) at (%d,%d) is not in dataset.palette", path, c[0], c[1], c[2], i%v.Width, i/v.Width)
		}
	}
	return nil
}

// LabelError says that a mask has a value that is neither a class nor ignored.
type LabelError struct {
	File  string
	Value int // the first such value
	Count int // pixels with such a value
	X, Y  int // the first such pixel
	// Expected says in words what masks may hold.
	Expected string
}

func (e *LabelError) Error() string {
	return fmt.Sprintf("%s: %d pixels have a label that is no class, the first %d at (%d,%d): expected %s, ignore it (dataset.ignore_index: %d) or map it (dataset.label_map)",
		e.File, e.Count, e.Value, e.X, e.Y, e.Expected, e.Value)
}

// invalidLabel marks mask values that are no class, in a label table.
const invalidLabel int16 = -2

// labelTable maps every mask value to its class.
func labelTable(o Options) *[65536]int16 {
	var table [65536]int16
	class := o.classOf()
	for value := range table {
		table[value] = o.labelOf(value, class)
	}
	return &table
}

// classOf returns what a mask value that is not ignored stands for: its class, or where labels may overlap the code of
// its set of labels.
func (o *Options) classOf() func(value int) int16 {
	if o.Overlap() {
		return o.overlapping()
	}
	return func(value int) int16 {
		if value >= len(o.Classes) {
			return invalidLabel
		}
		return int16(value)
	}
}

// labelOf is the label of a mask value: first the ignore index, then reduce_zero_label, then label_map, then class.
func (o *Options) labelOf(value int, class func(int) int16) int16 {
	if o.IgnoreIndex != nil && value == *o.IgnoreIndex {
		return raster.Ignored
	}
	if o.ReduceZeroLabel {
		if value == 0 {
			return raster.Ignored
		}
		value--
	}
	if to, named := o.LabelMap.values[value]; named {
		value = to
	} else if o.LabelMap.fallback != nil {
		value = *o.LabelMap.fallback
	}
	if value == ignoreTarget {
		return raster.Ignored
	}
	return class(value)
}

// toLabels looks every value up.
func toLabels[T uint8 | uint16](dst *raster.Labels, values []T, width, height int, table *[65536]int16, path string, expected func() string) error {
	dst.Resize(width, height)
	least := int16(0)
	out := dst.Class[:len(values)]
	for i, value := range values {
		class := table[value]
		out[i] = class
		least = min(least, class)
	}
	if least > invalidLabel {
		return nil
	}
	bad, first := 0, slices.Index(out, invalidLabel)
	for _, class := range out {
		if class == invalidLabel {
			bad++
		}
	}
	return &fault.Error{Kind: fault.Data, Err: &LabelError{File: path, Value: int(values[first]), Count: bad, X: first % width, Y: first / width, Expected: expected()}}
}
