package losses

import (
	"github.com/segmetry/segmetry/internal/kernel"
	"github.com/segmetry/segmetry/internal/pass"
)

// RegionFunction is what makes one loss of the region family differ from another: a function of the accumulators.
// Where slopes is not nil it receives the partial derivatives with respect to I, P, Q and I2 of each plane, in that
// order: slopes[4*c+slopeI] and so on.
type RegionFunction interface {
	Value(s *Sums, slopes []float64) float64
}

// The order of a plane's slopes.
const (
	slopeI = iota
	slopeP
	slopeQ
	slopeI2
	slopeCount
)

// Region is the family of losses that are a function of each class's accumulators. With A, B, D and E the
// derivatives with respect to I, P, Q and I2, the gradient with respect to the probabilities is
// g_c = m(A_c·o_c + B_c + 2·D_c·p_c + 2·E_c·o_c·p_c), and with respect to the logits p_c(g_c − Σ_k p_k·g_k), for a sigmoid head g·p(1−p).
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

// Coefficients are four slopes a plane.
func (l *Region) Coefficients() int { return slopeCount * l.Shape.Planes() }

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
func (l *Region) Gradient(b *pass.Block, g *Step, dst []float32) {
	k := l.slopes(g)
	if b.Head == Sigmoid {
		for i, p := range b.P[:b.N] {
			g.Scratch[i] = k[0][slopeP] + k[0][slopeQ]*p
			if b.Labels[i] == 1 {
				g.Scratch[i] += k[0][slopeI] + k[0][slopeI2]*p
			}
		}
		addFromProbabilities(b, g.Scratch, float32(g.Scale), dst)
		return
	}
	var reference, mean kernel.Pixels
	kernel.RegionMeans(&reference, &mean, b.P, &b.Stats.Truth, &b.Stats.Top, k, b.N)
	for c := range b.Planes {
		at := c * pass.BlockSize
		kernel.AddRegion(dst[at:], b.P[at:], &reference, &mean, &b.Stats.Truth, c, k[c], float32(g.Scale), b.N)
	}
}

// stream writes the gradient of a block of softmax probabilities straight to where it is to lie, planes stride apart.
func (l *Region) stream(b *pass.Block, g *Step, dst []float32, stride int) {
	k := l.slopes(g)
	var reference, mean kernel.Pixels
	kernel.RegionMeans(&reference, &mean, b.P, &b.Stats.Truth, &b.Stats.Top, k, b.N)
	for c := range b.Planes {
		kernel.StreamRegion(dst[c*stride:][:b.N], b.P[c*pass.BlockSize:], &reference, &mean, &b.Stats.Truth, c, k[c], float32(g.Scale))
	}
}

// slopes are the coefficients by plane as the kernels take them: the squares' derivatives hold a factor of two.
func (l *Region) slopes(g *Step) [][4]float32 {
	if g.slopes == nil {
		g.slopes = make([][4]float32, l.Shape.Planes())
		for c := range g.slopes {
			k := g.Coefficients[slopeCount*c:][:slopeCount]
			g.slopes[c] = [4]float32{float32(k[slopeI]), float32(k[slopeP]), float32(2 * k[slopeQ]), float32(2 * k[slopeI2])}
		}
	}
	return g.slopes
}
