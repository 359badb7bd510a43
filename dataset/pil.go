package dataset

import (
	"math"

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
	return math.Sin(x) / x * (float64(float32(0.54)) + float64(float32(0.46))*math.Cos(x))
}

func pilBicubic(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	switch {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
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
	weights []float64
}

// pilAxis holds an axis's coefficients.
type pilAxis struct {
	n, m   int
	first  []int
	count  []int
	values []int32 // size a target
	size   int
}

// Resize filters both axes.
func (r *pilResizer) Resize(dst, src *raster.Picture) {
	r.prepare(&r.columns, src.Width, dst.Width)
	r.prepare(&r.rows, src.Height, dst.Height)
	vertical := r.order13 && src.Height > dst.Height && src.Height-dst.Height > 2*(src.Width-dst.Width)
	switch {
	case src.Width == dst.Width:
		r.rows.vertical(dst, src)
	case src.Height == dst.Height:
		r.columns.horizontal(dst, src)
	case vertical:
		r.between.Resize(src.Width, dst.Height)
		r.rows.vertical(&r.between, src)
		r.columns.horizontal(dst, &r.between)
	default:
		r.between.Resize(dst.Width, src.Height)
		r.columns.horizontal(&r.between, src)
		r.rows.vertical(dst, &r.between)
	}
}

// prepare computes an axis's coefficients unless they are those of the last picture.
func (r *pilResizer) prepare(a *pilAxis, n, m int) {
	if a.n == n && a.m == m {
		return
	}
	scale := float64(n) / float64(m)
	stretch := max(scale, 1)
	radius := r.radius * stretch
	*a = pilAxis{n: n, m: m, first: make([]int, m), count: make([]int, m), size: int(math.Ceil(radius))*2 + 1}
	a.values = make([]int32, m*a.size)
	for i := range m {
		center := (float64(i) + 0.5) * scale
		first := max(int(center-radius+0.5), 0)
		end := min(int(center+radius+0.5), n)
		sum := 0.0
		r.weights = r.weights[:0]
		for j := first; j < end; j++ {
			w := r.kernel((float64(j) - center + 0.5) * (1 / stretch))
			r.weights = append(r.weights, w)
			sum += w
		}
		for k, w := range r.weights {
			if sum != 0 {
				w /= sum
			}
			half := 0.5
			if w < 0 {
				half = -0.5
			}
			a.values[i*a.size+k] = int32(w*(1<<22) + half)
		}
		a.first[i], a.count[i] = first, len(r.weights)
	}
}

func clip22(sum int32) uint8 { return uint8(max(0, min(255, sum>>22))) }

func (a *pilAxis) horizontal(dst, src *raster.Picture) {
	for y := range dst.Height {
		row, out := src.Pix[3*y*src.Width:][:3*src.Width], dst.Pix[3*y*dst.Width:][:3*dst.Width]
		for x := range dst.Width {
			from := row[3*a.first[x]:]
			var r, g, b int32 = 1 << 21, 1 << 21, 1 << 21
			for k, w := range a.values[x*a.size:][:a.count[x]] {
				r += w * int32(from[3*k])
				g += w * int32(from[3*k+1])
				b += w * int32(from[3*k+2])
			}
			out[3*x], out[3*x+1], out[3*x+2] = clip22(r), clip22(g), clip22(b)
		}
	}
}

func (a *pilAxis) vertical(dst, src *raster.Picture) {
	stride := 3 * src.Width
	for y := range dst.Height {
		out := dst.Pix[y*stride:][:stride]
		weights := a.values[y*a.size:][:a.count[y]]
		for i := range out {
			sum := int32(1 << 21)
			for k, w := range weights {
				sum += w * int32(src.Pix[(a.first[y]+k)*stride+i])
			}
			out[i] = clip22(sum)
		}
	}
}
