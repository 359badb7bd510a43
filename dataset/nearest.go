package dataset

import "github.com/segmetry/segmetry/internal/raster"

// nearestConventions are the ways in which libraries pick the nearest of n source pixels for each of m targets. They
// disagree on most pairs of sizes.
var nearestConventions = map[string]func(n, m int) []int{
	"pil_nearest":         accumulated,
	"pil13_nearest":       accumulated,
	"cv_nearest":          cvNearest,
	"cv_nearest_exact":    accumulated, // OpenCV 5
	"cv4_nearest_exact":   cv4NearestExact,
	"torch_nearest":       torchNearest,
	"torch_nearest_exact": torchNearestExact,
}

func init() {
	for name, index := range nearestConventions {
		registerResizer(name, func() Resizer { return &nearestResizer{index: index} })
	}
}

type nearestResizer struct {
	index         func(n, m int) []int
	from, to      [2]int // the sizes that the indices are for
	columns, rows []int
}

// Resize copies pixels.
func (r *nearestResizer) Resize(dst, src *raster.Picture) {
	if from, to := [2]int{src.Width, src.Height}, [2]int{dst.Width, dst.Height}; r.from != from || r.to != to {
		r.from, r.to = from, to
		r.columns, r.rows = r.index(src.Width, dst.Width), r.index(src.Height, dst.Height)
	}
	for y, sy := range r.rows {
		row, out := src.Pix[3*sy*src.Width:][:3*src.Width], dst.Pix[3*y*dst.Width:][:3*dst.Width]
		for x, sx := range r.columns {
			to, from := out[3*x:3*x+3:3*x+3], row[3*sx:3*sx+3:3*sx+3]
			to[0], to[1], to[2] = from[0], from[1], from[2]
		}
	}
}

func indices(n, m int, at func(i int) int) []int {
	list := make([]int, m)
	for i := range list {
		list[i] = max(0, min(at(i), n-1))
	}
	return list
}

// accumulated is Pillow's: the position grows by addition, and the accumulated rounding is part of the result.
func accumulated(n, m int) []int {
	step := float64(n) / float64(m)
	x := 0.5 * step
	return indices(n, m, func(int) int {
		i := int(x)
		x += step
		return i
	})
}

// cvNearest is OpenCV's INTER_NEAREST: the reciprocal of the quotient, in float64.
func cvNearest(n, m int) []int {
	scale := 1 / (float64(m) / float64(n))
	return indices(n, m, func(i int) int { return int(float64(i) * scale) })
}

// cv4NearestExact is OpenCV 4's INTER_NEAREST_EXACT, in 16-bit fixed point.
func cv4NearestExact(n, m int) []int {
	f := (65536*n + m/2) / m
	return indices(n, m, func(i int) int { return (f*i + f/2 - n%2) >> 16 })
}

// torchNearest is torch's nearest, in float32.
func torchNearest(n, m int) []int {
	scale := float32(n) / float32(m)
	return indices(n, m, func(i int) int { return int(float32(i) * scale) })
}

// torchNearestExact is torch's nearest-exact, in float32.
func torchNearestExact(n, m int) []int {
	scale := float32(n) / float32(m)
	return indices(n, m, func(i int) int { return int((float32(i) + 0.5) * scale) })
}
