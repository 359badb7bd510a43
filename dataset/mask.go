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
func RawMask(path string) (*Values, error) { return RawMaskOf(File(path)) }

// RawMaskOf reads a truth's values as [RawMask] does.
func RawMaskOf(ref Ref) (*Values, error) {
	var buf bytes.Buffer
	v := &Values{}
	if ref.drawing != nil {
		_, err := ref.drawing.draw(ref.Name, v, &buf, 0, 0)
		return v, err
	}
	if _, err := ref.read(&buf); err != nil {
		return nil, err
	}
	return v, v.read(ref.Name, buf.Bytes(), nil, false)
}

func (v *Values) resize(width, height int) {
	v.Width, v.Height = width, height
	if cap(v.Value) < width*height {
		v.Value = make([]uint16, width*height)
	}
	v.Value = v.Value[:width*height]
}

// read decodes a label image. Colour images are read through the palette, which gives each class its colour. The image is
// turned where turn is set and its own EXIF asks for it.
func (v *Values) read(path string, content []byte, colors maskColors, turn bool) error {
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
		v.readBytes(src.Pix, src.Stride, 1)
	case *image.Gray:
		unit := uint8(1)
		if bilevel(content) { // decoders make 255 of its ones
			unit = 255
		}
		v.readBytes(src.Pix, src.Stride, unit)
	case *image.Gray16:
		for y := range v.Height {
			row := src.Pix[y*src.Stride:]
			for x := range v.Width {
				v.Value[y*v.Width+x] = uint16(row[2*x])<<8 | uint16(row[2*x+1])
			}
		}
	default:
		err = v.readColors(path, img, colors)
	}
	if o := Orientation(content); err == nil && o != 1 && (turn || isTIFF(content)) {
		v.turn(o)
	}
	return err
}

// readBytes takes the values of bytes, in units.
func (v *Values) readBytes(pix []uint8, stride int, unit uint8) {
	for y := range v.Height {
		out := v.Value[y*v.Width:][:v.Width]
		for x, p := range pix[y*stride:][:v.Width] {
			out[x] = uint16(p / unit)
		}
	}
}

func (v *Values) turn(orientation int) {
	turned := make([]uint16, len(v.Value))
	turnPixels(turned, v.Value, 1, v.Width, v.Height, orientation)
	v.Value = turned
	v.Width, v.Height = turnedSize(v.Width, v.Height, orientation)
}

// bilevel says whether a grey PNG or TIFF has one bit a pixel.
func bilevel(content []byte) bool {
	const pngDepth = 24 // of the header chunk, which comes first
	if isTIFF(content) {
		return tiffTag(content, tagBitsPerSample, 1) == 1
	}
	return len(content) > pngDepth && string(content[1:4]) == "PNG" && content[pngDepth] == 1
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
	class, mapped := o.classOf(), o.LabelMap.resolved(o.Classes)
	for value := range table {
		table[value] = o.labelOf(value, mapped, class)
	}
	if len(o.IgnoreColors) > 0 {
		table[ignoredColor] = raster.Ignored
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

// labelOf is the label of a mask value: first the ignored values, then instance_divisor, reduce_zero_label and label_map,
// then class.
func (o *Options) labelOf(value int, mapped map[int]int, class func(int) int16) int16 {
	if o.IgnoreIndex != nil && value == *o.IgnoreIndex || slices.Contains(o.IgnoreValues, value) {
		return raster.Ignored
	}
	if o.InstanceDivisor > 0 && value >= o.InstanceDivisor {
		value /= o.InstanceDivisor
	}
	if o.ReduceZeroLabel {
		if value == 0 {
			return raster.Ignored
		}
		value--
	}
	if to, named := mapped[value]; named {
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
	out := dst.Class[:len(values)]
	if lookUp(out, values, table) > invalidLabel {
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

// lookUp writes each value's class and returns the least of them. Values come in runs, as objects do.
func lookUp[T uint8 | uint16](out []int16, values []T, table *[65536]int16) (least int16) {
	for i := 0; i < len(values); {
		value := values[i]
		class := table[value]
		least = min(least, class)
		for ; i+8 <= len(values); i += 8 {
			v, o := values[i:i+8:i+8], out[i:i+8:i+8]
			if v[0] != value || v[1] != value || v[2] != value || v[3] != value || v[4] != value || v[5] != value || v[6] != value || v[7] != value {
				break
			}
			o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7] = class, class, class, class, class, class, class, class
		}
		for ; i < len(values) && values[i] == value; i++ {
			out[i] = class
		}
	}
	return least
}
