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

// areaAxis lists the shares of source pixels in targets, target by target: those of target i end before ends[i].
type areaAxis struct {
	n, m int
	taps []areaTap
	ends []int
}

type areaTap struct {
	source int
	share  float32
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
	k := 0
	for y, end := range r.rows.ends {
		clear(r.sum)
		for _, t := range r.rows.taps[k:end] {
			r.columns.means(r.line, src.Pix[3*t.source*src.Width:][:3*src.Width])
			for i, v := range r.line {
				r.sum[i] += float32(t.share * v)
			}
		}
		k = end
		out := dst.Pix[y*n:][:n]
		for i, v := range r.sum {
			out[i] = evenByte(v)
		}
	}
}

// means takes a row's means.
func (a *areaAxis) means(dst []float32, row []uint8) {
	k := 0
	for x, end := range a.ends {
		var red, green, blue float32
		for _, t := range a.taps[k:end] {
			from := row[3*t.source:][:3]
			red += float32(float32(from[0]) * t.share)
			green += float32(float32(from[1]) * t.share)
			blue += float32(float32(from[2]) * t.share)
		}
		k = end
		to := dst[3*x:][:3]
		to[0], to[1], to[2] = red, green, blue
	}
}

// prepare lists the shares unless they are those of the last picture.
func (a *areaAxis) prepare(n, m int) {
	if a.n == n && a.m == m {
		return
	}
	a.n, a.m, a.taps, a.ends = n, m, a.taps[:0], a.ends[:0]
	scale := 1 / (float64(m) / float64(n))
	for i := range m {
		from := float64(i) * scale
		to := from + scale
		cell := min(scale, float64(n)-from)
		last := min(int(math.Floor(to)), n-1)
		first := min(int(math.Ceil(from)), last)
		if before := float64(first) - from; before > 1e-3 {
			a.taps = append(a.taps, areaTap{first - 1, float32(before / cell)})
		}
		for j := first; j < last; j++ {
			a.taps = append(a.taps, areaTap{j, float32(1 / cell)})
		}
		if after := to - float64(last); after > 1e-3 {
			a.taps = append(a.taps, areaTap{last, float32(min(after, 1, cell) / cell)})
		}
		a.ends = append(a.ends, len(a.taps))
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
