package pipeline

import (
	"image"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
)

// labelSketch gathers, while the labels of an image are walked over, the predictions at the pixels that its thumbnail
// shows: logits that are made while they are read cannot be walked over again.
type labelSketch struct {
	labels        int
	width, height int     // of the label
	thumbnail     [2]int  // width and height
	at            []int   // the raster index of each of the thumbnail's pixels; it grows
	from, to      int     // the thumbnail's pixels in the block at hand
	predicted     []uint8 // labels planes of the thumbnail's pixels
}

// reset begins an image whose label has the given size.
func (s *labelSketch) reset(width, height int) {
	s.from, s.to = 0, 0
	if s.width == width && s.height == height {
		return
	}
	s.width, s.height, s.at = width, height, s.at[:0]
	t := newThumbnail(width, height)
	s.thumbnail = [2]int{t.Width, t.Height}
	for i := range t.Width * t.Height {
		s.at = append(s.at, sampled(&raster.Labels{Width: width, Height: height}, i%t.Width, i/t.Width, t.Width, t.Height))
	}
	if n := s.labels * len(s.at); cap(s.predicted) < n {
		s.predicted = make([]uint8, n)
	}
}

// VisitLabel keeps what the thumbnail shows of a block.
func (s *labelSketch) VisitLabel(label int, b *pass.Block) {
	if label == 0 {
		s.from = s.to
		for s.to < len(s.at) && s.at[s.to] < b.Start+b.N {
			s.to++
		}
	}
	plane := s.predicted[label*len(s.at):][:len(s.at)]
	for i := s.from; i < s.to; i++ {
		plane[i] = uint8(b.Predicted[s.at[i]-b.Start])
	}
}

// draw lays truth and prediction over the picture: a pixel is mixed with the mean of its labels' colours.
func (s *labelSketch) draw(picture *raster.Picture, truth pass.Truth, colors [][3]uint8) *sketch {
	small := shrink(picture, s.thumbnail[0], s.thumbnail[1])
	right, predicted := newBlend(len(s.at)), newBlend(len(s.at))
	one := []int16{0}
	for c, color := range colors {
		for i, at := range s.at {
			truth.Label(one, at, c)
			right.add(i, one[0], color)
			predicted.add(i, int16(s.predicted[c*len(s.at)+i]), color)
		}
	}
	t := record.Thumbnail{Width: s.thumbnail[0], Height: s.thumbnail[1]}
	return &sketch{t, []*image.RGBA{small, right.over(small), predicted.over(small)}}
}

// blend sums up the colours of each pixel's labels.
type blend struct {
	sum   [][3]int
	count []int // labels; −1: one of them is ignored
}

func newBlend(pixels int) *blend { return &blend{make([][3]int, pixels), make([]int, pixels)} }

// add adds a label's colour to a pixel that has it.
func (b *blend) add(i int, label int16, color [3]uint8) {
	switch {
	case label == raster.Ignored || b.count[i] < 0:
		b.count[i] = -1
	case label == 1:
		b.count[i]++
		for k, v := range color {
			b.sum[i][k] += int(v)
		}
	}
}

// over lays the colours over a picture.
func (b *blend) over(base *image.RGBA) *image.RGBA {
	out := image.NewRGBA(base.Rect)
	copy(out.Pix, base.Pix)
	width := base.Rect.Dx()
	for i, n := range b.count {
		switch {
		case n < 0:
			stripe(out.Pix[4*i:], i%width, i/width)
		case n > 0:
			mix(out.Pix[4*i:], [3]uint8{uint8(b.sum[i][0] / n), uint8(b.sum[i][1] / n), uint8(b.sum[i][2] / n)})
		}
	}
	return out
}
