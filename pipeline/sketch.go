package pipeline

import (
	"image"
	"image/color"

	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
)

// sketch is a thumbnail as it was drawn, before it is encoded. Its memory is used again when it leaves the gallery.
type sketch struct {
	record.Thumbnail
	sampling   sampling
	lists      int // of the gallery that it is in
	picture    image.RGBA
	truth      layer
	predicted  layer
	wrong      layer
	loss       layer
	confidence layer
	sums       []int32 // of a row of the picture's pixels
	slots      []uint8 // of each class: the place of its colour in a layer's palette; 0: none yet
}

// layer lies over the picture.
type layer struct {
	shown    image.Image // nil: not drawn
	paletted image.Paletted
	mixed    image.NRGBA // for pixels whose colours are mixed of several labels'
}

// The first colours of every palette.
const (
	unseen = iota // the picture shows
	stripe
	firstColor
)

var (
	unseenColor  = color.NRGBA{}
	ignoredColor = color.NRGBA{128, 128, 128, 255}
	// wrongColors are those of right and of wrong pixels: bright yellow on what is darkened, for eyes that see no hues.
	wrongColors = color.Palette{unseenColor, ignoredColor, color.NRGBA{0, 0, 0, 150}, color.NRGBA{240, 228, 66, 255}}
	heatColors  = newHeat()
)

// begin makes it the sketch of a picture whose label has the given size, without layers.
func (s *sketch) begin(picture *raster.Picture, width, height int) {
	s.sampling.reset(width, height)
	s.Width, s.Height = s.sampling.width, s.sampling.height
	for _, l := range s.layers() {
		l.shown = nil
	}
	s.shrink(picture)
}

func (s *sketch) layers() [5]*layer {
	return [5]*layer{&s.truth, &s.predicted, &s.wrong, &s.loss, &s.confidence}
}

// plane makes the layer one of indices into colours.
func (l *layer) plane(width, height int, colors color.Palette) []uint8 {
	l.paletted = image.Paletted{Pix: resized(l.paletted.Pix, width*height), Stride: width, Rect: image.Rect(0, 0, width, height), Palette: colors}
	l.shown = &l.paletted
	return l.paletted.Pix
}

// blend makes the layer one of colours, all unseen.
func (l *layer) blend(width, height int) []uint8 {
	l.mixed = image.NRGBA{Pix: resized(l.mixed.Pix, 4*width*height), Stride: 4 * width, Rect: image.Rect(0, 0, width, height)}
	l.shown = &l.mixed
	clear(l.mixed.Pix)
	return l.mixed.Pix
}

// resized is a slice of n values, in the old one's memory where it is large enough.
func resized[T any](old []T, n int) []T {
	if cap(old) < n {
		return make([]T, n)
	}
	return old[:n]
}

// ignoredAt is the colour of an ignored pixel: stripes.
func ignoredAt(x, y int) uint8 {
	if (x+y)%8 < 4 {
		return stripe
	}
	return unseen
}

// maxSteps bounds how many of the picture's columns and rows are averaged for one of the thumbnail's: more look alike.
const maxSteps = 4

// shrink draws the picture: each pixel is the mean of those that it stands for.
func (s *sketch) shrink(p *raster.Picture) {
	w, h := s.Width, s.Height
	s.picture = image.RGBA{Pix: resized(s.picture.Pix, 4*w*h), Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
	s.sums = resized(s.sums, 3*w)
	for y := range h {
		clear(s.sums)
		rows := int32(0)
		from, to := span(y, h, p.Height)
		for row := from; row < to; row += 1 + (to-from-1)/maxSteps {
			s.addRow(p.Pix[3*row*p.Width:][:3*p.Width], p.Width)
			rows++
		}
		out := s.picture.Pix[4*y*w:][:4*w]
		for x := range w {
			from, to := span(x, w, p.Width)
			n := rows * int32(1+(to-from-1)/(1+(to-from-1)/maxSteps))
			sum := s.sums[3*x:][:3]
			out[4*x], out[4*x+1], out[4*x+2], out[4*x+3] = uint8((sum[0]+n/2)/n), uint8((sum[1]+n/2)/n), uint8((sum[2]+n/2)/n), 255
		}
	}
}

// addRow adds a row of the picture to the sums.
func (s *sketch) addRow(row []uint8, width int) {
	for x := range s.Width {
		from, to := span(x, s.Width, width)
		step := 1 + (to-from-1)/maxSteps
		sum := s.sums[3*x:][:3]
		for ; from < to; from += step {
			pixel := row[3*from:][:3]
			sum[0] += int32(pixel[0])
			sum[1] += int32(pixel[1])
			sum[2] += int32(pixel[2])
		}
	}
}

// span is what the i-th of n equal parts of size pixels covers: at least one.
func span(i, n, size int) (from, to int) {
	from = i * size / n
	return from, max(from+1, (i+1)*size/n)
}

// classes draws truth, prediction and where they differ.
func (s *sketch) classes(truth, predicted *raster.Labels, colors [][3]uint8) {
	w, h := s.Width, s.Height
	t, p := s.classLayer(&s.truth, truth, colors), s.classLayer(&s.predicted, predicted, colors)
	wrong := s.wrong.plane(w, h, wrongColors)
	s.sampling.each(func(i, at int) {
		switch truth.Class[at] {
		case raster.Ignored:
			t[i] = ignoredAt(i%w, i/w)
			wrong[i] = t[i]
		case predicted.Class[at]:
			wrong[i] = firstColor
		default:
			wrong[i] = firstColor + 1
		}
		if predicted.Class[at] == raster.Ignored {
			p[i] = ignoredAt(i%w, i/w)
		}
	})
}

// classLayer draws a label map, without what it ignores. A palette has room for the first 254 classes of the picture; those
// after them share the last colour.
func (s *sketch) classLayer(l *layer, labels *raster.Labels, colors [][3]uint8) []uint8 {
	s.slots = resized(s.slots, len(colors))
	clear(s.slots)
	used := append(l.paletted.Palette[:0:0], unseenColor, ignoredColor)
	out := l.plane(s.Width, s.Height, nil)
	s.sampling.each(func(i, at int) {
		class := labels.Class[at]
		if class == raster.Ignored {
			return
		}
		slot := s.slots[class]
		if slot == 0 {
			if len(used) < 256 {
				c := colors[class]
				used = append(used, color.NRGBA{c[0], c[1], c[2], 255})
			}
			slot = uint8(len(used) - 1)
			s.slots[class] = slot
		}
		out[i] = slot
	})
	l.paletted.Palette = used
	return out
}

// scores draws the maps of loss and confidence.
func (s *sketch) scores(m *scoreMaps) {
	w := s.Width
	loss, confidence := s.loss.plane(w, s.Height, heatColors), s.confidence.plane(w, s.Height, heatColors)
	truth := s.wrong.paletted.Pix
	for i := range loss {
		if truth[i] < firstColor {
			loss[i], confidence[i] = truth[i], truth[i]
			continue
		}
		loss[i] = heat(m.loss[i] / maxShownLoss)
		confidence[i] = heat(m.doubt[i] / 0.5)
	}
}
