package dataset

import (
	"bytes"
	"image"
	"image/color"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
)

// PictureFacts are what a picture's file says of it.
type PictureFacts struct {
	Width, Height int // as the model would see it: turned where preprocess.orientation asks for that
	Orientation   int // see [Orientation]
	Bytes         int // of its file
}

// MaskFacts are what a truth holds, before any of it is held against a picture.
type MaskFacts struct {
	Width, Height int
	Values        []ValueCount // every value of the mask, in order; those of a palette's colours are its classes
	Palette       [][3]uint8   // of an indexed mask; nil for any other
	Bytes         int          // of its file; 0 for a drawing
}

// ValueCount is a mask value and how many pixels have it.
type ValueCount struct {
	Value  int
	Pixels int64
}

// Looker reads what files hold without preparing any of it for a model. It owns its buffers, and serves one goroutine at a
// time; what it returns is the caller's.
type Looker struct {
	options  Options
	turn     bool
	labels   *[65536]int16
	keys     maskColors
	file     bytes.Buffer
	pictures pictures
	picture  raster.Picture
	values   Values
	counts   [65536]int64
}

// NewLooker takes options that are valid.
func NewLooker(o Options, p Preprocess) (*Looker, error) {
	l := &Looker{options: o, turn: p.Orientation == OrientationApply, labels: labelTable(o), keys: o.maskColors()}
	return l, l.pictures.jpeg.choose(p.Decode)
}

// LabelOf is what a mask value stands for: a class (where labels may overlap, the code of a set of labels) or
// Ignored; known is false where it is neither.
func (l *Looker) LabelOf(value int) (class int16, known bool) {
	class = l.labels[value]
	return class, class != invalidLabel
}

// Expected says in words what masks may hold.
func (l *Looker) Expected() string { return l.options.expected() }

// Picture reads a picture: its header alone, or with decode all of it.
func (l *Looker) Picture(ref Ref, decode bool) (f PictureFacts, err error) {
	if _, err := ref.read(&l.file); err != nil {
		return f, err
	}
	content := l.file.Bytes()
	f.Bytes = len(content)
	if decode {
		f.Orientation, err = l.pictures.read(&l.picture, ref.Name, content, l.turn)
		f.Width, f.Height = l.picture.Width, l.picture.Height
		if len(l.picture.Pix) > 3*keptPixels {
			l.picture = raster.Picture{}
		}
		return f, err
	}
	c, err := headerOf(ref.Name, content)
	f.Width, f.Height, f.Orientation = c.Width, c.Height, Orientation(content)
	if l.turn || isTIFF(content) {
		f.Width, f.Height = turnedSize(f.Width, f.Height, f.Orientation)
	}
	return f, err
}

// headerOf reads the header of a picture that is in memory.
func headerOf(path string, content []byte) (c image.Config, err error) {
	defer recovered(path, &err)
	if c, _, err = image.DecodeConfig(bytes.NewReader(content)); err != nil {
		return c, fault.Dataf("%s: %s", path, explainDecode(err, content))
	}
	return c, checkSize(path, c.Width, c.Height)
}

// Mask reads a truth. One that is a drawing is drawn at the given size, its picture's.
func (l *Looker) Mask(ref Ref, width, height int) (*MaskFacts, error) {
	f := &MaskFacts{}
	if ref.drawing != nil {
		if _, err := ref.drawing.draw(ref.Name, &l.values, &l.file, width, height); err != nil {
			return nil, err
		}
		return f, l.count(f)
	}
	if _, err := ref.read(&l.file); err != nil {
		return nil, err
	}
	content := l.file.Bytes()
	f.Bytes = len(content)
	if c, err := headerOf(ref.Name, content); err == nil {
		f.Palette = colorsOf(c.ColorModel)
	}
	if h, pix, ok, err := l.pictures.png.values(ref.Name, content); err != nil {
		return nil, err
	} else if ok {
		f.Width, f.Height = h.Width, h.Height
		if l.turn {
			f.Width, f.Height = turnedSize(h.Width, h.Height, Orientation(content))
		}
		tally(f, &l.counts, pix)
		return f, nil
	}
	if err := l.values.read(ref.Name, content, l.keys, l.turn); err != nil {
		return nil, err
	}
	return f, l.count(f)
}

// count takes the values that were read.
func (l *Looker) count(f *MaskFacts) error {
	f.Width, f.Height = l.values.Width, l.values.Height
	tally(f, &l.counts, l.values.Value)
	if len(l.values.Value) > keptPixels {
		l.values = Values{}
	}
	return nil
}

// tally counts the pixels of each value.
func tally[T uint8 | uint16](f *MaskFacts, counts *[65536]int64, values []T) {
	clear(counts[:])
	for _, v := range values {
		counts[v]++
	}
	for v, n := range counts {
		if n > 0 {
			f.Values = append(f.Values, ValueCount{v, n})
		}
	}
}

// colorsOf are a palette's colours, nil where a picture has none.
func colorsOf(m color.Model) (colors [][3]uint8) {
	p, _ := m.(color.Palette)
	for _, c := range p {
		n, _ := color.NRGBAModel.Convert(c).(color.NRGBA)
		colors = append(colors, [3]uint8{n.R, n.G, n.B})
	}
	return colors
}
