package dataset

import (
	"math"

	"github.com/segmetry/segmetry/internal/raster"
)

// PlaneResizer resizes one plane of floats by one library's arithmetic. It owns its tables and rows, which it reuses.
type PlaneResizer interface {
	// ResizePlane fills dst, height×width, from src, rows×columns. Values are neither rounded nor cut.
	ResizePlane(dst []float32, width, height int, src []float32, columns, rows int)
}

var planeResizers = map[string]func() PlaneResizer{}

// registerPlanes adds an interpolation that keeps fractions: tensors get them, bytes their rounding.
func registerPlanes(name string, make func() PlaneResizer) {
	planeResizers[name] = make
	registerResizer(name, func() Resizer { return &roundedPlanes{planes: make()} })
}

// separable filters both axes, the width first, with weights and sums in float64.
type separable struct {
	// taps appends the source pixels of target i of m among n, with their weights.
	taps          func(a *floatAxis, i, n, m int)
	columns, rows floatAxis
	between       []float32
	sums          []float64
}

// floatAxis lists each target's taps: those from ends[i−1] to ends[i].
type floatAxis struct {
	n, m    int
	ends    []int
	at      []int
	weights []float64
	window  pilWindow
}

func (a *floatAxis) add(at int, weight float64) {
	a.at, a.weights = append(a.at, at), append(a.weights, weight)
}

// prepare lists an axis's taps unless they are those of the last picture.
func (s *separable) prepare(a *floatAxis, n, m int) {
	if a.n == n && a.m == m {
		return
	}
	a.n, a.m, a.ends, a.at, a.weights = n, m, a.ends[:0], a.at[:0], a.weights[:0]
	for i := range m {
		s.taps(a, i, n, m)
		a.ends = append(a.ends, len(a.at))
	}
}

// ResizePlane filters the width, then the height; an axis that keeps its size is left as it is.
func (s *separable) ResizePlane(dst []float32, width, height int, src []float32, columns, rows int) {
	s.prepare(&s.columns, columns, width)
	s.prepare(&s.rows, rows, height)
	if columns != width {
		to := dst
		if rows != height {
			s.between = resized(s.between, width*rows)
			to = s.between
		}
		for y := range rows {
			s.columns.horizontal(to[y*width:][:width], src[y*columns:][:columns])
		}
		src = to
	}
	if rows != height {
		s.sums = resized(s.sums, width)
		s.rows.vertical(dst, src, s.sums)
	}
}

func (a *floatAxis) horizontal(dst, src []float32) {
	k := 0
	for i, end := range a.ends {
		sum := 0.0
		for ; k+4 <= end; k += 4 {
			w, at := a.weights[k:k+4:k+4], a.at[k:k+4:k+4]
			sum += (w[0]*float64(src[at[0]]) + w[1]*float64(src[at[1]])) + (w[2]*float64(src[at[2]]) + w[3]*float64(src[at[3]]))
		}
		for ; k < end; k++ {
			sum += a.weights[k] * float64(src[a.at[k]])
		}
		dst[i] = float32(sum)
	}
}

func (a *floatAxis) vertical(dst, src []float32, sums []float64) {
	width, k := len(sums), 0
	for y, end := range a.ends {
		clear(sums)
		for ; k+2 <= end; k += 2 {
			v, w := a.weights[k], a.weights[k+1]
			next := src[a.at[k+1]*width:][:width]
			for i, x := range src[a.at[k]*width:][:width] {
				sums[i] += v*float64(x) + w*float64(next[i])
			}
		}
		for ; k < end; k++ {
			w := a.weights[k]
			for i, v := range src[a.at[k]*width:][:width] {
				sums[i] += w * float64(v)
			}
		}
		for i, v := range sums {
			dst[y*width+i] = float32(v)
		}
	}
}

func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// roundedPlanes resizes bytes as floats and rounds once, half to even.
type roundedPlanes struct {
	planes   PlaneResizer
	from, to []float32
}

// Resize filters one channel after another.
func (r *roundedPlanes) Resize(dst, src *raster.Picture) {
	r.from, r.to = resized(r.from, src.Width*src.Height), resized(r.to, dst.Width*dst.Height)
	for c := range 3 {
		for i := range r.from {
			r.from[i] = float32(src.Pix[3*i+c])
		}
		r.planes.ResizePlane(r.to, dst.Width, dst.Height, r.from, src.Width, src.Height)
		for i, v := range r.to {
			dst.Pix[3*i+c] = uint8(max(0, min(255, math.RoundToEven(float64(v)))))
		}
	}
}
