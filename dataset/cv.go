package dataset

import (
	"math"

	"github.com/segmetry/segmetry/internal/kernel"
	"github.com/segmetry/segmetry/internal/raster"
)

func init() { registerResizer("cv_linear", func() Resizer { return &cvLinear{tap: cvTapAt} }) }

// cvLinear is OpenCV's INTER_LINEAR on bytes, to the bit: never antialiased, weights of 11 bits, the rounding of its
// two passes.
type cvLinear struct {
	tap          func(i, n, m int) cvTap // where target i of m reads among n pixels
	columns      kernel.LinearTaps
	rows         []cvTap
	from, to     [2]int // the sizes that the taps are for
	upper, lower cvLine
}

// cvTap is where a target reads: pixels a and b with weights of 11 bits.
type cvTap struct {
	a, b   int32
	wa, wb int16
}

// cvLine is a source row interpolated along its width, with four of its eleven fractional bits cut off.
type cvLine struct {
	row  int
	data []int16
}

// Resize interpolates bilinearly.
func (r *cvLinear) Resize(dst, src *raster.Picture) {
	if src.Width == 2*dst.Width && src.Height == 2*dst.Height {
		halve(dst, src)
		return
	}
	r.prepare(src, dst)
	r.upper.row, r.lower.row = -1, -1
	stride := 3 * dst.Width
	for y, t := range r.rows {
		if r.lower.row == int(t.a) {
			r.upper, r.lower = r.lower, r.upper
		}
		r.upper.fill(src, int(t.a), &r.columns)
		lower := &r.upper
		if t.b != t.a {
			lower = &r.lower
			lower.fill(src, int(t.b), &r.columns)
		}
		kernel.LinearColumns(dst.Pix[y*stride:][:stride], r.upper.data, lower.data, t.wa, t.wb)
	}
}

// halve gives the same as the general rule: every weight is a half.
func halve(dst, src *raster.Picture) {
	to, from := 3*dst.Width, 3*src.Width
	for y := range dst.Height {
		upper := src.Pix[2*y*from:]
		kernel.HalveRow(dst.Pix[y*to:][:to], upper[:from], upper[from:][:from])
	}
}

// prepare lists the taps unless they are those of the last picture.
func (r *cvLinear) prepare(src, dst *raster.Picture) {
	from, to := [2]int{src.Width, src.Height}, [2]int{dst.Width, dst.Height}
	if r.from == from && r.to == to {
		return
	}
	r.from, r.to = from, to
	r.rows = r.rows[:0]
	for i := range dst.Height {
		r.rows = append(r.rows, r.tap(i, src.Height, dst.Height))
	}
	c := &r.columns
	c.At, c.Weights = c.At[:0], c.Weights[:0]
	last := int32(src.Width - 1)
	for i := range dst.Width {
		t := r.tap(i, src.Width, dst.Width)
		if t.a == t.b || t.a == last { // along the width a tap beyond the border is one pixel with the whole weight
			t.wa, t.wb = 2048, 0
		}
		c.At, c.Weights = append(c.At, 3*t.a), append(c.Weights, t.wa, t.wb)
	}
	c.Prepare(3 * src.Width)
	for _, l := range []*cvLine{&r.upper, &r.lower} {
		if n := 3*dst.Width + kernel.LinearPadding; cap(l.data) < n {
			l.data = make([]int16, n)
		} else {
			l.data = l.data[:n]
		}
	}
}

func (l *cvLine) fill(src *raster.Picture, y int, columns *kernel.LinearTaps) {
	if l.row == y {
		return
	}
	l.row = y
	kernel.LinearRow(l.data, src.Pix[3*y*src.Width:][:3*src.Width], columns)
}

// cvTapAt is INTER_LINEAR's place of target i of m among n pixels.
func cvTapAt(i, n, m int) cvTap {
	scale := 1 / (float64(m) / float64(n))
	x := float32((float64(i)+0.5)*scale - 0.5)
	floor := float32(math.Floor(float64(x)))
	return newCVTap(int32(floor), x-floor, n)
}

// newCVTap clamps both taps to the border and rounds the weights of pixels j and j+1.
func newCVTap(j int32, f float32, n int) cvTap {
	last := int32(n - 1)
	return cvTap{
		a: max(0, min(j, last)), b: max(0, min(j+1, last)),
		wa: int16(math.RoundToEven(float64((1 - f) * 2048))), wb: int16(math.RoundToEven(float64(f * 2048))),
	}
}
