package dataset

import (
	"math"

	"github.com/segmetry/segmetry/internal/raster"
)

// planesContent is the content as planes of tensor values: torch resizes floats, and their fractions must not be rounded
// to bytes before they are scaled.
func (l *Loader) planesContent(pic *raster.Picture, g Geometry) []float32 {
	pic = l.colors(pic)
	n := g.ContentWidth * g.ContentHeight
	l.source, l.values32 = resized(l.source, pic.Width*pic.Height), resized(l.values32, l.input.Channels*n)
	for c := range l.input.Channels {
		for i := range l.source {
			l.source[i] = float32(pic.Pix[3*i+l.order[c]])
		}
		l.floats.ResizePlane(l.values32[c*n:][:n], g.ContentWidth, g.ContentHeight, l.source, pic.Width, pic.Height)
	}
	if l.preprocess.Normalize == NormalizeImage {
		l.standardize(func(c int) (mean, deviation float64) { return moments(l.values32[c*n:][:n]) })
	}
	for c := range l.input.Channels {
		factor, offset := l.scale.line.Factor[c], l.scale.line.Offset[c]
		for i, v := range l.values32[c*n:][:n] {
			l.values32[c*n+i] = float32(factor*float64(v) + offset)
		}
	}
	return l.values32
}

// moments are the mean and the population's standard deviation.
func moments(values []float32) (mean, deviation float64) {
	for _, v := range values {
		mean += float64(v)
	}
	mean /= float64(len(values))
	for _, v := range values {
		deviation += (float64(v) - mean) * (float64(v) - mean)
	}
	return mean, math.Sqrt(deviation / float64(len(values)))
}

// fillPlanes is [View.Fill] where the content is planes.
func (v *View) fillPlanes(top, left, height, width int, dst []float32) {
	g, mode := v.geometry, v.loader.preprocess.Pad.Mode
	n := g.ContentHeight * g.ContentWidth
	first, end := v.columns(left, width)
	for y := range height {
		sy, inside := padSource(top+y-g.Top, g.ContentHeight, mode)
		for c := range v.loader.input.Channels {
			out := dst[(c*height+y)*width:][:width]
			row := v.planes[c*n+sy*g.ContentWidth:][:g.ContentWidth]
			if mode == PadConstant {
				fill(out, v.loader.scale.border[c])
			} else {
				for x := range out[:first] {
					sx, _ := padSource(left+x-g.Left, g.ContentWidth, mode)
					out[x] = row[sx]
				}
				for x := end; x < width; x++ {
					sx, _ := padSource(left+x-g.Left, g.ContentWidth, mode)
					out[x] = row[sx]
				}
			}
			if first < end && (inside || mode != PadConstant) {
				copy(out[first:end], row[left+first-g.Left:])
			}
		}
	}
}
