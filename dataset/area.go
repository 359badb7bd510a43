package dataset

import (
	"math"

	"github.com/segmetry/segmetry/internal/raster"
)

func init() {
	registerResizer("cv_area", func() Resizer { return &cvArea{grow: cvLinear{tap: cvAreaTap}} })
}

// cvArea is OpenCV's INTER_AREA on bytes, to the bit: means over the area that a target covers where both axes shrink,
// else a linear interpolation of its own.
type cvArea struct {
	grow          cvLinear
	columns, rows areaAxis
	line, sum     []float32
}

// areaAxis lists the shares of source pixels in targets, target by target.
type areaAxis struct {
	n, m int
	taps []areaTap
}

type areaTap struct {
	target, source int
	share          float32
}

// Resize takes means, or interpolates.
func (r *cvArea) Resize(dst, src *raster.Picture) {
	w, h := dst.Width, dst.Height
	switch {
	case w > src.Width || h > src.Height:
		r.grow.Resize(dst, src)
	case src.Width == 2*w && src.Height == 2*h:
		halve(dst, src)
	case src.Width%w == 0 && src.Height%h == 0:
		wholeAreas(dst, src)
	default:
		r.areas(dst, src)
	}
}

// wholeAreas takes means over whole pixels: one product with the reciprocal in float32.
func wholeAreas(dst, src *raster.Picture) {
	kx, ky := src.Width/dst.Width, src.Height/dst.Height
	share := float32(1 / float64(kx*ky))
	for y := range dst.Height {
		for x := range dst.Width {
			var sum [3]int
			for sy := y * ky; sy < (y+1)*ky; sy++ {
				row := src.Pix[3*(sy*src.Width+x*kx):][:3*kx]
				for k := 0; k < len(row); k += 3 {
					sum[0] += int(row[k])
					sum[1] += int(row[k+1])
					sum[2] += int(row[k+2])
				}
			}
			for c, s := range sum {
				dst.Pix[3*(y*dst.Width+x)+c] = evenByte(float32(s) * share)
			}
		}
	}
}

func evenByte(v float32) uint8 { return uint8(max(0, min(255, math.RoundToEven(float64(v))))) }

// areas takes means over parts of pixels, added up in float32 in OpenCV's order.
func (r *cvArea) areas(dst, src *raster.Picture) {
	r.columns.prepare(src.Width, dst.Width)
	r.rows.prepare(src.Height, dst.Height)
	n := 3 * dst.Width
	r.line, r.sum = resized(r.line, n), resized(r.sum, n)
	clear(r.sum)
	for k, t := range r.rows.taps {
		row := src.Pix[3*t.source*src.Width:][:3*src.Width]
		clear(r.line)
		for _, c := range r.columns.taps {
			to, from := r.line[3*c.target:][:3], row[3*c.source:][:3]
			to[0] += float32(float32(from[0]) * c.share)
			to[1] += float32(float32(from[1]) * c.share)
			to[2] += float32(float32(from[2]) * c.share)
		}
		for i, v := range r.line {
			r.sum[i] += float32(t.share * v)
		}
		if k+1 == len(r.rows.taps) || r.rows.taps[k+1].target != t.target {
			out := dst.Pix[t.target*n:][:n]
			for i, v := range r.sum {
				out[i] = evenByte(v)
			}
			clear(r.sum)
		}
	}
}

// prepare lists the shares unless they are those of the last picture.
func (a *areaAxis) prepare(n, m int) {
	if a.n == n && a.m == m {
		return
	}
	a.n, a.m, a.taps = n, m, a.taps[:0]
	scale := 1 / (float64(m) / float64(n))
	for i := range m {
		from := float64(i) * scale
		to := from + scale
		cell := min(scale, float64(n)-from)
		last := min(int(math.Floor(to)), n-1)
		first := min(int(math.Ceil(from)), last)
		if before := float64(first) - from; before > 1e-3 {
			a.taps = append(a.taps, areaTap{i, first - 1, float32(before / cell)})
		}
		for j := first; j < last; j++ {
			a.taps = append(a.taps, areaTap{i, j, float32(1 / cell)})
		}
		if after := to - float64(last); after > 1e-3 {
			a.taps = append(a.taps, areaTap{i, last, float32(min(after, 1, cell) / cell)})
		}
	}
}

// cvAreaTap is INTER_AREA's place of target i where an axis grows.
func cvAreaTap(i, n, m int) cvTap {
	ratio := float64(m) / float64(n)
	j := int32(math.Floor(float64(i) * (1 / ratio)))
	f := float32(float64(i+1) - float64(j+1)*ratio)
	if f <= 0 {
		f = 0
	} else {
		f -= float32(math.Floor(float64(f)))
	}
	return newCVTap(j, f, n)
}
