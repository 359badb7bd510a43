package losses

import (
	"fmt"
	"math"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

func init() {
	Register(Definition{
		Name: "exp_log", Title: "Exponential logarithmic loss", Family: "compound",
		Formula:  "w_dice·mean over images and classes of (−ln S)^γ + w_ce·mean over the valid pixels of w_t·(−log p_t)^γ, S the soft Dice overlap (s = 1e-5), w_c = √(Σ_k f_k/f_c) with f the class frequencies, w_dice = .8, w_ce = .2, γ = .3",
		Gradient: "soft_dice's, each class times γ·(−ln S)^(γ−1)/S, and w_t·γ·(−log p_t)^(γ−1)·(p − o)/n",
		Range:    "[0, ∞)",
		Matches:  "the paper's closed form",
		Paper:    "Wong et al., 3D Segmentation with Exponential Logarithmic Loss for Highly Unbalanced Object Sizes, 2018",
		Notes:    []string{"At S = 1 and at p_t = 1 the slope would be infinite; (−log p_t)^(γ−1)·(1−p_t) is formed as one product, which tends to 0, and S is held 1e-7 from 1."},
		Options: func() any {
			return &ExpLogOptions{Gamma: 0.3, WeightDice: 0.8, WeightCE: 0.2, Smooth: 1e-5}
		},
		New: func(options any, s Shape) (Compound, error) { return newExpLog(options.(*ExpLogOptions), s) },
	})
}

// ExpLogOptions are the options of exp_log.
type ExpLogOptions struct {
	Gamma        float64   `yaml:"gamma" doc:"exponent γ > 0 of both logarithms"`
	WeightDice   float64   `yaml:"weight_dice" doc:"weight ≥ 0 of the Dice part"`
	WeightCE     float64   `yaml:"weight_ce" doc:"weight ≥ 0 of the cross-entropy part"`
	Smooth       float64   `yaml:"smooth" doc:"added to numerator and denominator of the Dice overlap"`
	ClassWeights []float64 `yaml:"class_weights" doc:"w_c; absent: √(Σf/f_c) of what is evaluated"`
}

func newExpLog(o *ExpLogOptions, s Shape) (Compound, error) {
	switch {
	case !(o.Gamma > 0) || undefined(o.Gamma):
		return Compound{}, fmt.Errorf("gamma: expected a number > 0, found %g", o.Gamma)
	case !(o.WeightDice >= 0 && o.WeightCE >= 0) || undefined(o.WeightDice+o.WeightCE):
		return Compound{}, fmt.Errorf("weight_dice, weight_ce: expected numbers ≥ 0, found %g and %g", o.WeightDice, o.WeightCE)
	}
	if err := checkWeights(o.ClassWeights, s.Classes); err != nil {
		return Compound{}, err
	}
	overlap := &OverlapOptions{Smooth: o.Smooth, IncludeBackground: true, Absent: AbsentSmooth}
	dice, err := newShapedOverlap(overlap, s, 0.5, 0.5, logPower(o.Gamma))
	return sumOf(o.WeightDice, dice, o.WeightCE, &powerCE{s, o.Gamma, o.ClassWeights}), err
}

// logPower is (−ln S)^γ as a function of 1 − S.
func logPower(gamma float64) shaping {
	return func(v float64) (float64, float64) {
		v = max(v, 0)
		value := math.Pow(-math.Log1p(-v), gamma)
		v = max(v, 1e-7)
		return value, gamma * math.Pow(-math.Log1p(-v), gamma-1) / (1 - v)
	}
}

// powerCE is the mean of w_t·(−log p_t)^γ.
type powerCE struct {
	shape   Shape
	gamma   float64
	weights []float64
}

func (l *powerCE) Terms() int         { return l.shape.Classes }
func (l *powerCE) NeedsRegions() bool { return false }
func (l *powerCE) PerImage() bool     { return false }
func (l *powerCE) Coefficients() int  { return l.shape.Classes }

func (l *powerCE) Sum(b *pass.Block, sums []float64) {
	for i, t := range b.Labels {
		if t != raster.Ignored {
			sums[t] += math.Pow(float64(max(0, b.NLL[i])), l.gamma)
		}
	}
}

func (l *powerCE) weight(s *Sums, c int) float64 {
	if l.weights != nil {
		return l.weights[c]
	}
	return math.Sqrt(s.Pixels * inverse(s.Labels[c]))
}

func (l *powerCE) Value(s *Sums, own, coefficients []float64) Result {
	if s.Pixels == 0 {
		return Result{}
	}
	total := 0.0
	for c, sum := range own {
		total += l.weight(s, c) * sum
		if coefficients != nil {
			coefficients[c] = l.weight(s, c) / s.Pixels
		}
	}
	return Result{Value: total / s.Pixels, Count: s.Pixels}
}

// Gradient adds w_t·γ·nl^(γ−1)·(p − o)/n. Every residual is q times something no larger than 1, and nl^(γ−1)·q tends to
// 0 with nl: the product is formed first.
func (l *powerCE) Gradient(b *pass.Block, g *Step, dst []float32) {
	for i, t := range b.Labels {
		if t == raster.Ignored || b.NLL[i] == 0 {
			continue
		}
		nll := float64(b.NLL[i])
		factor := g.Scale * g.Coefficients[t] * l.gamma * math.Pow(nll, l.gamma) / nll
		for c := range b.Planes {
			k := c*pass.BlockSize + i
			dst[k] += float32(factor * float64(g.Residuals[k]))
		}
	}
}
