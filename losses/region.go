package losses

import (
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// RegionFunction is what makes one loss of the region family differ from another: a function of the accumulators.
// Where slopes is not nil it receives the partial derivatives with respect to I, P and Q of each plane, in that order:
// slopes[3*c], slopes[3*c+1], slopes[3*c+2].
type RegionFunction interface {
	Value(s *Sums, slopes []float64) float64
}

// Region is the family of losses that are a function of each class's accumulators. With A, B and D the derivatives
// with respect to I, P and Q, the gradient with respect to the probabilities is g_c = m(A_c·o_c + B_c + 2·D_c·p_c),
// and with respect to the logits p_c(g_c − Σ_k p_k·g_k), for a sigmoid head g·p(1−p).
type Region struct {
	Shape    Shape
	Function RegionFunction
	Batch    bool // one set of accumulators for a whole batch; otherwise one an image, and the mean of the images
}

// Terms is 0: the shared accumulators are enough.
func (l *Region) Terms() int { return 0 }

// NeedsRegions is true.
func (l *Region) NeedsRegions() bool { return true }

// PerImage says whether a batch is the mean of its images.
func (l *Region) PerImage() bool { return !l.Batch }

// Coefficients are three slopes a plane.
func (l *Region) Coefficients() int { return 3 * l.Shape.Planes() }

// Sum does nothing.
func (l *Region) Sum(*pass.Block, []float64) {}

// Value is the function of the accumulators.
func (l *Region) Value(s *Sums, _, coefficients []float64) Result {
	clear(coefficients)
	v := l.Function.Value(s, coefficients)
	if s.Pixels == 0 {
		clear(coefficients)
		return Result{}
	}
	return Result{Value: v, Count: s.Pixels}
}

// Gradient turns the slopes into gradients with respect to the logits.
func (l *Region) Gradient(b *pass.Block, slopes []float64, scale float64, dst []float32) {
	if b.Head == Sigmoid {
		sigmoidRegionGradient(b, slopes, scale, dst)
		return
	}
	for i, t := range b.Labels {
		if t != raster.Ignored {
			softmaxRegionGradient(b, i, int(t), slopes, scale, dst)
		}
	}
}

func softmaxRegionGradient(b *pass.Block, i, t int, slopes []float64, scale float64, dst []float32) {
	slope := func(c int, p float64) float64 {
		g := slopes[3*c+1] + 2*slopes[3*c+2]*p
		if c == t {
			g += slopes[3*c]
		}
		return g
	}
	// Σ_k p_k·g_k is taken relative to g of the most likely class: where the model is sure, g_c − mean would cancel.
	top := int(b.Top[i])
	reference := slope(top, float64(b.P[top*pass.BlockSize+i]))
	mean := 0.0
	for c := range b.Planes {
		if c != top {
			p := float64(b.P[c*pass.BlockSize+i])
			mean += p * (slope(c, p) - reference)
		}
	}
	for c := range b.Planes {
		p := float64(b.P[c*pass.BlockSize+i])
		dst[c*pass.BlockSize+i] += float32(scale * p * (slope(c, p) - reference - mean))
	}
}

func sigmoidRegionGradient(b *pass.Block, slopes []float64, scale float64, dst []float32) {
	for i, t := range b.Labels {
		if t == raster.Ignored {
			continue
		}
		p := float64(b.P[i])
		g := slopes[1] + 2*slopes[2]*p
		q := float64(b.Q[i]) // 1 − p_t: the other factor of p(1−p) is what the truth makes it
		other := 1 - q
		if t == 1 {
			g += slopes[0]
			other = p
		}
		dst[i] += float32(scale * g * q * other)
	}
}
