package pipeline

import (
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// labelSketch gathers, while the labels of an image are walked over, what its thumbnail shows: logits that are made while
// they are read cannot be walked over again.
type labelSketch struct {
	scoreMaps
	labels    int
	scores    bool    // there are probabilities
	from      [2]int  // x and y of the thumbnail's first pixel in the block at hand
	predicted []uint8 // labels planes of the thumbnail's pixels
	valid     []int32 // labels of each of the thumbnail's pixels that are not ignored
	right     blend
	guessed   blend
}

// reset begins an image whose label has the given size.
func (s *labelSketch) reset(width, height int) {
	s.begin(width, height)
	s.predicted, s.valid = resized(s.predicted, s.labels*s.pixels()), resized(s.valid, s.pixels())
}

// VisitLabel keeps what the thumbnail shows of a block.
func (s *labelSketch) VisitLabel(label int, b *pass.Block) {
	if label == 0 {
		s.from = [2]int{s.x, s.y}
	}
	s.x, s.y = s.from[0], s.from[1]
	for {
		first, offset, columns := s.next(b.Start + b.N)
		if len(columns) == 0 {
			return
		}
		plane := s.predicted[label*s.pixels()+first:]
		for i, x := range columns {
			plane[i] = uint8(b.Predicted[offset+x-b.Start])
		}
		if s.scores {
			s.score(label, first, columns, offset-b.Start, b)
		}
	}
}

// score adds a label's loss and doubt to those of the labels before it.
func (s *labelSketch) score(label, first int, columns []int, offset int, b *pass.Block) {
	loss, doubt, valid := s.loss[first:], s.doubt[first:], s.valid[first:]
	for i, x := range columns {
		if label == 0 {
			loss[i], doubt[i], valid[i] = 0, 0, 0
		}
		if at := offset + x; b.Labels[at] != raster.Ignored {
			valid[i]++
			loss[i] += (b.NLL[at] - loss[i]) / float32(valid[i])
			doubt[i] = max(doubt[i], b.QTop[at])
		}
	}
}

// draw draws truth, prediction and where a label is wrong: a pixel has the mean of its labels' colours.
func (s *labelSketch) draw(to *sketch, picture *raster.Picture, truth pass.Truth, colors [][3]uint8) {
	to.begin(picture, s.labelWidth, s.labelHeight)
	s.right.begin(s.pixels())
	s.guessed.begin(s.pixels())
	wrong := to.wrong.plane(to.Width, to.Height, wrongColors)
	one := []int16{0}
	s.each(func(i, at int) {
		wrong[i] = firstColor
		for c, color := range colors {
			truth.Label(one, at, c)
			guess := int16(s.predicted[c*s.pixels()+i])
			s.right.add(i, one[0], color)
			s.guessed.add(i, guess, color)
			if one[0] != raster.Ignored && one[0] != guess {
				wrong[i] = firstColor + 1
			}
		}
		if s.right.count[i] < 0 {
			wrong[i] = ignoredAt(i%to.Width, i/to.Width)
		}
	})
	s.right.paint(&to.truth, to.Width, to.Height)
	s.guessed.paint(&to.predicted, to.Width, to.Height)
	if s.scores {
		to.scores(&s.scoreMaps)
	}
}

// blend sums up the colours of each pixel's labels.
type blend struct {
	sum   [][3]int
	count []int // labels; −1: one of them is ignored
}

func (b *blend) begin(pixels int) {
	b.sum, b.count = resized(b.sum, pixels), resized(b.count, pixels)
	clear(b.sum)
	clear(b.count)
}

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

// paint makes a layer of the colours' means. Pixels without a label are not to be seen.
func (b *blend) paint(l *layer, width, height int) {
	out := l.blend(width, height)
	for i, n := range b.count {
		pixel := out[4*i:][:4]
		switch {
		case n < 0 && ignoredAt(i%width, i/width) == stripe:
			copy(pixel, []uint8{ignoredColor.R, ignoredColor.G, ignoredColor.B, ignoredColor.A})
		case n > 0:
			for k := range 3 {
				pixel[k] = uint8(b.sum[i][k] / n)
			}
			pixel[3] = 255
		}
	}
}
