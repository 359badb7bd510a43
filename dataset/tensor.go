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

// scaling is what turns bytes into a tensor's values: a line a channel. Its values are computed faster than looked up,
// where the line gives every one of the table's values to the bit.
type scaling struct {
	lookup[float32]
	line    kernel.Affine // by channel of the tensor
	ordered kernel.Affine // by channel of the picture
	at      [3][]float32
	order   [3]int // a channel of the tensor → channel of the picture
}

// prepareScaling fills the tables from the configured mean and std.
func (l *Loader) prepareScaling() {
	s, p := &l.scale, &l.preprocess
	copy(s.order[:], l.order)
	s.table, s.border = make([][256]float32, l.input.Channels), make([]float32, l.input.Channels)
	scale, post := p.factors(l.input)
	exact := true
	for c := range s.table {
		mean, std := perChannel(p.Mean, c, 0), perChannel(p.Std, c, 1)
		s.line.Factor[c], s.line.Offset[c] = post*scale/std, -post*mean/std
		for x := range s.table[c] {
			s.table[c][x] = float32(post * (scale*float64(x) - mean) / std)
			exact = exact && s.line.At(c, uint8(x)) == s.table[c][x]
		}
	}
	if p.Normalize == NormalizeImage {
		exact = true // each picture has tables of its own, made from its line
	}
	if exact && len(s.table) == 3 {
		s.spread = s.spreadLine
	}
	l.finishScaling()
}

// finishScaling derives what hangs on the tables and the line.
func (l *Loader) finishScaling() {
	s := &l.scale
	for c := range s.table {
		zero, one := float64(s.table[c][0]), float64(s.table[c][255])
		s.border[c] = float32(zero + l.padByte(c)*(one-zero)/255)
		s.ordered.Factor[s.order[c]], s.ordered.Offset[s.order[c]] = s.line.Factor[c], s.line.Offset[c]
	}
}

func (s *scaling) spreadLine(planes *[3][]float32, row []uint8) {
	for c, from := range s.order {
		s.at[from] = planes[c]
	}
	kernel.Spread(&s.at, row, &s.ordered)
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

// padByte is a channel's value of constant padding, before scaling.
func (l *Loader) padByte(c int) float64 {
	value := l.preprocess.Pad.Value
	return perChannel(value, min(c, max(0, len(value)-1)), 0)
}

// content is the picture at the content's size, in the colours that the model wants.
func (l *Loader) content(pic *raster.Picture, g Geometry) *raster.Picture {
	if l.resizes(g) {
		l.resized.Resize(g.ContentWidth, g.ContentHeight)
		l.resize.Resize(&l.resized, pic)
		pic = &l.resized
	}
	return l.colors(pic)
}

// resizes says whether the content has another size than the picture.
func (l *Loader) resizes(g Geometry) bool {
	return g.ContentWidth != g.PictureWidth || g.ContentHeight != g.PictureHeight
}

// colors turns a picture grey for a model of one channel: the first byte of each pixel is then its grey.
func (l *Loader) colors(pic *raster.Picture) *raster.Picture {
	if l.input.Channels != 1 {
		return pic
	}
	l.gray.Resize(pic.Width, pic.Height)
	for i := range pic.Width * pic.Height {
		r, g, b := uint32(pic.Pix[3*i]), uint32(pic.Pix[3*i+1]), uint32(pic.Pix[3*i+2])
		l.gray.Pix[3*i] = uint8((19595*r + 38470*g + 7471*b + 32768) >> 16) // PIL's convert("L")
	}
	return &l.gray
}

// Tensor fills dst, Channels×Height×Width, with the picture as the model is to see it.
func (l *Loader) Tensor(pic *Picture, g Geometry, dst []float32) error {
	if len(dst) != l.input.Channels*g.Height*g.Width {
		return fmt.Errorf("a tensor of %d values: expected %d×%d×%d", len(dst), l.input.Channels, g.Height, g.Width)
	}
	v := l.view(pic, g)
	v.Fill(0, 0, g.Height, g.Width, dst)
	return nil
}

// Bytes fills dst, Channels×Height×Width, with the picture before scaling.
func (l *Loader) Bytes(pic *Picture, g Geometry, dst []uint8) error {
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
