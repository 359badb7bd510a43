package dataset

import (
	"fmt"

	"github.com/segmetry/segmetry/internal/kernel"
	"github.com/segmetry/segmetry/internal/raster"
)

// lookup says what becomes of a byte on each channel of the output.
type lookup[T uint8 | float32] struct {
	table  [][256]T
	border []T // of constant padding
	// spread does three channels of a row of pixels at once; nil where nothing is faster than the table.
	spread func(planes *[3][]T, row []uint8)
	planes [3][]T // of the row at hand: kept here so that no row takes memory
}

// tables gives each channel's 256 tensor values: post_scale·(scale·x − mean)/std in float64.
func (p *Preprocess) tables(in Input) [][256]float32 {
	scale, post := p.factors(in)
	tables := make([][256]float32, in.Channels)
	for c := range tables {
		mean, std := perChannel(p.Mean, c, 0), perChannel(p.Std, c, 1)
		for x := range tables[c] {
			tables[c][x] = float32(post * (scale*float64(x) - mean) / std)
		}
	}
	return tables
}

// scaling is the lookup of the model's tensor. Its values lie on a line a channel, which is computed faster than looked up;
// the line is used where it gives every one of the table's values to the bit.
func (l *Loader) scaling() lookup[float32] {
	p := &l.preprocess
	s := lookup[float32]{table: p.tables(l.input)}
	for c := range s.table {
		zero, one := float64(s.table[c][0]), float64(s.table[c][255])
		s.border = append(s.border, float32(zero+l.padByte(c)*(one-zero)/255))
	}
	if len(s.table) != 3 {
		return s
	}
	line := p.line(l.input)
	for c := range s.table {
		for x, want := range s.table[c] {
			if line.At(c, uint8(x)) != want {
				return s
			}
		}
	}
	var ordered kernel.Affine // by channel of the picture
	for c, from := range l.order {
		ordered.Factor[from], ordered.Offset[from] = line.Factor[c], line.Offset[c]
	}
	order := [3]int(l.order)
	var at [3][]float32
	s.spread = func(planes *[3][]float32, row []uint8) {
		for c, from := range order {
			at[from] = planes[c]
		}
		kernel.Spread(&at, row, &ordered)
	}
	return s
}

// factors are scale and post_scale with their defaults.
func (p *Preprocess) factors(in Input) (scale, post float64) {
	scale, post = 1.0/255, 1
	if in.Integer {
		scale = 1
	}
	if p.Scale != nil {
		scale = p.Scale.Value
	}
	if p.PostScale != 0 {
		post = p.PostScale
	}
	return scale, post
}

// line is post_scale·(scale·x − mean)/std with the products taken in advance.
func (p *Preprocess) line(in Input) (a kernel.Affine) {
	scale, post := p.factors(in)
	for c := range 3 {
		mean, std := perChannel(p.Mean, c, 0), perChannel(p.Std, c, 1)
		a.Factor[c], a.Offset[c] = post*scale/std, -post*mean/std
	}
	return a
}

// padByte is a channel's value of constant padding, before scaling.
func (l *Loader) padByte(c int) float64 {
	value := l.preprocess.Pad.Value
	return perChannel(value, min(c, max(0, len(value)-1)), 0)
}

// content is the picture at the content's size, in the colours that the model wants.
func (l *Loader) content(pic *raster.Picture, g Geometry) *raster.Picture {
	if g.ContentWidth != pic.Width || g.ContentHeight != pic.Height {
		l.resized.Resize(g.ContentWidth, g.ContentHeight)
		l.resize.Resize(&l.resized, pic)
		pic = &l.resized
	}
	if l.input.Channels == 1 {
		l.gray.Resize(pic.Width, pic.Height)
		for i := range pic.Width * pic.Height {
			r, g, b := uint32(pic.Pix[3*i]), uint32(pic.Pix[3*i+1]), uint32(pic.Pix[3*i+2])
			l.gray.Pix[3*i] = uint8((19595*r + 38470*g + 7471*b + 32768) >> 16) // PIL's convert("L")
		}
		pic = &l.gray
	}
	return pic
}

// Tensor fills dst, Channels×Height×Width, with the picture as the model is to see it.
func (l *Loader) Tensor(pic *raster.Picture, g Geometry, dst []float32) error {
	if len(dst) != l.input.Channels*g.Height*g.Width {
		return fmt.Errorf("a tensor of %d values: expected %d×%d×%d", len(dst), l.input.Channels, g.Height, g.Width)
	}
	v := View{loader: l, content: l.content(pic, g), geometry: g}
	v.Fill(0, 0, g.Height, g.Width, dst)
	return nil
}

// Bytes fills dst, Channels×Height×Width, with the picture before scaling.
func (l *Loader) Bytes(pic *raster.Picture, g Geometry, dst []uint8) error {
	if len(dst) != l.input.Channels*g.Height*g.Width {
		return fmt.Errorf("a picture of %d values: expected %d×%d×%d", len(dst), l.input.Channels, g.Height, g.Width)
	}
	same := lookup[uint8]{table: make([][256]uint8, l.input.Channels)}
	for c := range same.table {
		for x := range same.table[c] {
			same.table[c][x] = uint8(x)
		}
		same.border = append(same.border, uint8(max(0, min(255, l.padByte(c)))))
	}
	v := View{loader: l, content: l.content(pic, g), geometry: g}
	window(&v, 0, 0, g.Height, g.Width, dst, &same)
	return nil
}
