package dataset

import (
	"math"

	"github.com/segmetry/segmetry/internal/raster"
)

func init() { registerResizer("cv_linear", func() Resizer { return &cvLinear{} }) }

// cvLinear is OpenCV's INTER_LINEAR on bytes, to the bit: never antialiased, weights of 11 bits, the rounding of its
// two passes.
type cvLinear struct {
	columns, rows []cvTap
	upper, lower  cvLine
}

// cvTap is where a target reads: pixels a and b with weights of 11 bits.
type cvTap struct{ a, b, wa, wb int32 }

// cvLine is a source row interpolated along its width, not yet rounded.
type cvLine struct {
	row  int
	data []int32
}

// Resize interpolates bilinearly.
func (r *cvLinear) Resize(dst, src *raster.Picture) {
	r.columns = cvTaps(r.columns, src.Width, dst.Width, true)
	r.rows = cvTaps(r.rows, src.Height, dst.Height, false)
	for _, l := range []*cvLine{&r.upper, &r.lower} {
		l.row = -1
		if cap(l.data) < 3*dst.Width {
			l.data = make([]int32, 3*dst.Width)
		}
		l.data = l.data[:3*dst.Width]
	}
	for y, t := range r.rows {
		if r.lower.row == int(t.a) {
			r.upper, r.lower = r.lower, r.upper
		}
		r.upper.fill(src, int(t.a), r.columns)
		lower := &r.upper
		if t.b != t.a {
			lower = &r.lower
			lower.fill(src, int(t.b), r.columns)
		}
		out := dst.Pix[3*y*dst.Width:][:3*dst.Width]
		for i := range out {
			v := (t.wa*(r.upper.data[i]>>4))>>16 + (t.wb*(lower.data[i]>>4))>>16
			out[i] = uint8((v + 2) >> 2)
		}
	}
}

func (l *cvLine) fill(src *raster.Picture, y int, columns []cvTap) {
	if l.row == y {
		return
	}
	l.row = y
	row := src.Pix[3*y*src.Width:][:3*src.Width]
	for x, t := range columns {
		a, b := row[3*t.a:][:3], row[3*t.b:][:3]
		to := l.data[3*x:][:3]
		for c := range to {
			to[c] = t.wa*int32(a[c]) + t.wb*int32(b[c])
		}
	}
}

// cvTaps lists the taps of an axis. Along the width a tap beyond the border is one pixel with the whole weight; along
// the height both taps are clamped and both terms kept.
func cvTaps(dst []cvTap, n, m int, merge bool) []cvTap {
	if cap(dst) < m {
		dst = make([]cvTap, m)
	}
	dst = dst[:m]
	scale := 1 / (float64(m) / float64(n))
	last := int32(n - 1)
	for i := range dst {
		x := float32((float64(i)+0.5)*scale - 0.5)
		floor := float32(math.Floor(float64(x)))
		f, j := x-floor, int32(floor)
		t := cvTap{max(0, min(j, last)), max(0, min(j+1, last)), int32(math.RoundToEven(float64((1 - f) * 2048))), int32(math.RoundToEven(float64(f * 2048)))}
		if merge && (j < 0 || j >= last) {
			t.b, t.wa, t.wb = t.a, 2048, 0
		}
		dst[i] = t
	}
	return dst
}
