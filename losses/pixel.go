package losses

import (
	"math"

	"github.com/segmetry/segmetry/internal/kernel"
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// Curve is what makes one loss of the pixel family differ from another: a function of a pixel's −log p_t and
// q = 1−p_t, for a block of pixels at once. With value f, the gradient with respect to logit j is slope·(p_j − o_j),
// because df/dz_j = (df/dp_t)·p_t·(o_j − p_j); so a slope is −p_t·df/dp_t. Cross-entropy has slope 1.
type Curve interface {
	Values(dst, nll, q []float32)
	Slopes(dst, nll, q []float32)
}

// Pixel is the family of losses that are a weighted mean over the valid pixels of a [Curve].
type Pixel struct {
	Shape       Shape
	Curve       Curve
	Weights     []float64 // a class; nil: all 1
	Denominator Denominator
}

// Denominator is what the weighted sum over pixels is divided by.
type Denominator string

// The three denominators in use. DenominatorWeighted is torch's, the others are mmsegmentation's.
const (
	DenominatorWeighted Denominator = "weighted" // Σ of the weights of the valid pixels
	DenominatorValid    Denominator = "valid"    // the number of valid pixels
	DenominatorAll      Denominator = "all"      // the number of pixels, ignored ones too
)

// Terms is one sum, or where classes are weighted one a class of the truth.
func (l *Pixel) Terms() int {
	if l.Weights == nil {
		return 1
	}
	return l.Shape.Classes
}

// NeedsRegions is false.
func (l *Pixel) NeedsRegions() bool { return false }

// PerImage is false: a batch is one sum over its pixels.
func (l *Pixel) PerImage() bool { return false }

// Coefficients is one: 1/denominator.
func (l *Pixel) Coefficients() int { return 1 }

// Sum adds the curve's values, by class of the truth where classes are weighted.
func (l *Pixel) Sum(b *pass.Block, sums []float64) {
	values := b.Scratch[:b.N]
	l.Curve.Values(values, b.NLL, b.Q)
	if l.Weights == nil {
		sums[0] += float64(kernel.Sum(values))
		return
	}
	for i, t := range b.Labels {
		if t != raster.Ignored {
			sums[t] += float64(values[i])
		}
	}
}

// Value is Σ w_t·f / denominator.
func (l *Pixel) Value(s *Sums, own, coefficients []float64) Result {
	total := 0.0
	for c, sum := range own {
		total += l.weight(c) * sum
	}
	d := l.denominator(s)
	if coefficients != nil {
		coefficients[0] = inverse(d)
	}
	if s.Pixels == 0 || d == 0 {
		return Result{}
	}
	return Result{Value: total / d, Count: s.Pixels}
}

// Gradient adds scale·w_t·slope·(p − o)/denominator.
func (l *Pixel) Gradient(b *pass.Block, g *Step, dst []float32) {
	addResiduals(b, g.Residuals, l.factors(b, g), dst)
}

// stream writes the gradient straight to where it is to lie, planes stride apart.
func (l *Pixel) stream(b *pass.Block, g *Step, dst []float32, stride int) {
	factors := l.factors(b, g)
	for c := range b.Planes {
		kernel.StreamProducts(dst[c*stride:][:b.N], factors, g.Residuals[c*pass.BlockSize:])
	}
}

// factors are what each pixel's residuals are multiplied by, valid until the next use of the block's scratch.
func (l *Pixel) factors(b *pass.Block, g *Step) []float32 {
	slopes := b.Scratch[:b.N]
	l.Curve.Slopes(slopes, b.NLL, b.Q)
	scale := g.Scale * g.Coefficients[0] // residuals are 0 at ignored pixels
	if l.Weights == nil {
		for i := range slopes {
			slopes[i] *= float32(scale)
		}
	} else {
		for i, t := range b.Labels {
			slopes[i] = float32(scale * l.weight(int(max(t, 0))) * float64(slopes[i]))
		}
	}
	return slopes
}

func (l *Pixel) weight(class int) float64 {
	if l.Weights == nil {
		return 1
	}
	return l.Weights[class]
}

func (l *Pixel) denominator(s *Sums) float64 {
	switch l.Denominator {
	case DenominatorAll:
		return s.All
	case DenominatorValid:
		return s.Pixels
	default:
		d := 0.0
		for c, n := range s.Labels {
			d += l.weight(c) * n
		}
		return d
	}
}

// inverse is 1/x, and 0 for x = 0: nothing valid, no gradient.
func inverse(x float64) float64 {
	if x == 0 {
		return 0
	}
	return 1 / x
}

// undefined reports a value that no average may contain.
func undefined(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }
