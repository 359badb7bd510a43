package dataset

import (
	"math"

	"github.com/segmetry/segmetry/internal/kernel"
	"github.com/segmetry/segmetry/internal/raster"
)

// pilKernels are Pillow's filters with their radius.
var pilKernels = map[string]struct {
	radius float64
	kernel func(x float64) float64
}{
	"box":      {0.5, pilBox},
	"bilinear": {1, pilBilinear},
	"hamming":  {1, pilHamming},
	"bicubic":  {2, pilBicubic},
	"lanczos":  {3, pilLanczos},
}

func init() {
	for name, k := range pilKernels {
		registerResizer("pil_"+name, func() Resizer { return &pilResizer{radius: k.radius, kernel: k.kernel} })
		registerResizer("pil13_"+name, func() Resizer { return &pilResizer{radius: k.radius, kernel: k.kernel, order13: true} })
	}
}

func pilBox(x float64) float64 {
	if x > -0.5 && x <= 0.5 {
		return 1
	}
	return 0
}

func pilBilinear(x float64) float64 { return max(0, 1-math.Abs(x)) }

func pilHamming(x float64) float64 {
	x = math.Abs(x)
	switch {
	case x == 0:
		return 1
	case x >= 1:
		return 0
	}
	x *= math.Pi
	return math.Sin(x) / x * (float64(float32(0.54)) + float64(float64(float32(0.46))*math.Cos(x)))
}

func pilBicubic(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	switch {
	case x < 1:
		return float64((float64((a+2)*x)-(a+3))*x*x) + 1
	case x < 2:
		return (float64((float64((x-5)*x)+8)*x) - 4) * a
	}
	return 0
}

func pilLanczos(x float64) float64 {
	if x < -3 || x >= 3 {
		return 0
	}
	return sinc(x) * sinc(x/3)
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	x *= math.Pi
	return math.Sin(x) / x
}

// pilResizer is Pillow's resize of bytes, to the bit: antialiased, coefficients of 22 bits, one pass an axis over the
// rounded bytes of the other. Pillow 13 runs the vertical pass first where the picture shrinks in height by far.
type pilResizer struct {
	radius  float64
	kernel  func(float64) float64
	order13 bool
	columns pilAxis
	rows    pilAxis
	between raster.Picture
}

// pilAxis holds an axis's coefficients.
type pilAxis struct {
	n, m   int
	filter kernel.Filter
	window pilWindow
}

// Resize filters both axes.
func (r *pilResizer) Resize(dst, src *raster.Picture) {
	r.columns.prepare(r, src.Width, dst.Width)
	r.rows.prepare(r, src.Height, dst.Height)
	switch {
	case src.Width == dst.Width:
		r.rows.vertical(dst, src)
	case src.Height == dst.Height:
		r.columns.horizontal(dst, src)
	case r.order13 && verticalFirst(dst, src):
		r.between.Resize(src.Width, dst.Height)
		r.rows.vertical(&r.between, src)
		r.columns.horizontal(dst, &r.between)
	default:
		r.between.Resize(dst.Width, src.Height)
		r.columns.horizontal(&r.between, src)
		r.rows.vertical(dst, &r.between)
	}
}

// verticalFirst is Pillow 13's rule. The differences are signed.
func verticalFirst(dst, src *raster.Picture) bool {
	return src.Height > dst.Height && src.Height-dst.Height > 2*(src.Width-dst.Width)
}

// pilWindow is the part of a source axis that a target is made of, with its weights.
type pilWindow struct {
	first   int
	weights []float64
}

// set computes the window of target i of m among n pixels. The weights add up to 1. The conversions to float64 keep products
// from being fused with sums (on arm64), which would put a pixel on a box's edge to its other side.
func (w *pilWindow) set(r *pilResizer, i, n, m int) {
	scale := float64(n) / float64(m)
	stretch := max(scale, 1)
	radius := float64(r.radius * stretch)
	center := float64((float64(i) + 0.5) * scale)
	w.first = max(int(center-radius+0.5), 0)
	end := min(int(center+radius+0.5), n)
	sum := 0.0
	w.weights = w.weights[:0]
	for j := w.first; j < end; j++ {
		k := r.kernel(float64((float64(j) - center + 0.5) * (1 / stretch)))
		w.weights = append(w.weights, k)
		sum += k
	}
	if sum == 0 {
		return
	}
	for k := range w.weights {
		w.weights[k] /= sum
	}
}

// prepare computes an axis's coefficients unless they are those of the last picture.
func (a *pilAxis) prepare(r *pilResizer, n, m int) {
	if a.n == n && a.m == m {
		return
	}
	a.n, a.m = n, m
	f := &a.filter
	f.Taps = 1
	for i := range m {
		a.window.set(r, i, n, m)
		f.Taps = max(f.Taps, len(a.window.weights))
	}
	f.Taps = kernel.Padded(f.Taps, n)
	f.First, f.Weights = f.First[:0], f.Weights[:0]
	for i := range m {
		a.window.set(r, i, n, m)
		first := min(a.window.first, n-f.Taps)
		before := a.window.first - first
		f.First = append(f.First, int32(first))
		for k := range f.Taps {
			w := 0.0
			if k -= before; k >= 0 && k < len(a.window.weights) {
				w = a.window.weights[k]
			}
			f.Weights = append(f.Weights, fixed22(w))
		}
	}
	f.Prepare(n)
}

// fixed22 is a weight in 22 bits, rounded half away from zero.
func fixed22(w float64) int32 {
	half := 0.5
	if w < 0 {
		half = -0.5
	}
	return int32(w*(1<<22) + half)
}

func (a *pilAxis) horizontal(dst, src *raster.Picture) {
	from, to := 3*src.Width, 3*dst.Width
	for y := range dst.Height {
		kernel.FilterRow(dst.Pix[y*to:][:to], src.Pix[y*from:][:from], &a.filter)
	}
}

func (a *pilAxis) vertical(dst, src *raster.Picture) {
	stride := 3 * src.Width
	for y := range dst.Height {
		kernel.FilterColumns(dst.Pix[y*stride:][:stride], src.Pix, stride, &a.filter, y)
	}
}
