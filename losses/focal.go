package losses

import (
	"fmt"
	"math"

	"github.com/segmetry/segmetry/internal/kernel"
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

func init() {
	Register(Definition{
		Name: "focal", Title: "Focal loss", Family: "pixel",
		Formula:  "mean over the valid pixels of α_t·(1−p_t)^γ·(−log p_t)",
		Gradient: "α_t·q^γ·(1 − γ·p_t·r)·(p_j − o_j)/n with q = 1−p_t, r = log p_t / q (−1 at q = 0)",
		Range:    "[0, ∞)",
		Matches:  "SMP softmax_focal_loss_with_logits (mean); torchvision.ops.sigmoid_focal_loss (mean; alpha: 0.25 is its default, ours is none); activation: sigmoid on several classes is SMP FocalLoss('multiclass'), the mean over classes of one against the rest",
		Paper:    "Lin et al., Focal Loss for Dense Object Detection, 2017",
		Notes: []string{
			"Valid for every γ ≥ 0, also at saturation, where torchvision's and SMP's gradients are NaN for γ < 1.",
			"MONAI's use_softmax=True and kornia's are this value divided by the number of classes.",
		},
		Document: "Its 1/400 and 1/4 leave α out, and the gradient is not like the weighted loss's: for γ = 2 it peaks at 1.129 (p_t ≈ .058) and exceeds cross-entropy's by up to 1.22 times at p_t ≈ .104.",
		Options:  func() any { return &FocalOptions{Gamma: 2} },
		New: func(options any, s Shape) (Compound, error) {
			return alone(newFocal(options.(*FocalOptions), s))
		},
	})
}

// FocalOptions are the options of focal.
type FocalOptions struct {
	Gamma        float64   `yaml:"gamma" doc:"exponent γ ≥ 0 of 1−p_t"`
	Alpha        *float64  `yaml:"alpha" doc:"weight of class 1 against 1−α for the rest, in [0, 1]; sigmoid only; absent: no weighting"`
	ClassWeights []float64 `yaml:"class_weights" doc:"weight of each class's pixels; the mean is over pixels, not weights"`
	Activation   string    `yaml:"activation" doc:"softmax or sigmoid; absent: the head's own; sigmoid on several classes takes one against the rest"`
}

func newFocal(o *FocalOptions, s Shape) (Loss, error) {
	if err := o.validate(s); err != nil {
		return nil, err
	}
	curve := focalCurve{o.Gamma}
	if s.Head == Softmax && o.Activation == "sigmoid" {
		return &focalRest{shape: s, curve: curve, alpha: o.Alpha}, nil
	}
	weights := o.ClassWeights
	if o.Alpha != nil {
		weights = []float64{1 - *o.Alpha, *o.Alpha}
	}
	return &Pixel{Shape: s, Curve: curve, Weights: weights, Denominator: DenominatorValid}, nil
}

func (o *FocalOptions) validate(s Shape) error {
	sigmoid := s.Head == Sigmoid || o.Activation == "sigmoid"
	switch {
	case o.Gamma < 0 || undefined(o.Gamma):
		return fmt.Errorf("gamma: expected a number ≥ 0, found %g", o.Gamma)
	case o.Activation != "" && o.Activation != "softmax" && o.Activation != "sigmoid":
		return fmt.Errorf("activation: expected softmax or sigmoid, found %q", o.Activation)
	case s.Head == Sigmoid && o.Activation == "softmax":
		return fmt.Errorf("activation: a one-channel head has no softmax")
	case o.Alpha != nil && !sigmoid:
		return fmt.Errorf("alpha: belongs to a sigmoid; give a softmax head class_weights instead")
	case o.Alpha != nil && !(*o.Alpha >= 0 && *o.Alpha <= 1):
		return fmt.Errorf("alpha: expected a number in [0, 1], found %g", *o.Alpha)
	case o.ClassWeights != nil && sigmoid:
		return fmt.Errorf("class_weights: belongs to a softmax head; a sigmoid is weighted by alpha")
	}
	return checkWeights(o.ClassWeights, s.Classes)
}

// focalCurve is q^γ·(−log p_t).
type focalCurve struct{ gamma float64 }

func (f focalCurve) Values(dst, nll, q []float32) {
	if f.gamma == 2 {
		kernel.Focal(dst, q, nll)
		return
	}
	for i := range dst {
		dst[i] = float32(math.Pow(float64(q[i]), f.gamma)) * nll[i]
	}
}

func (f focalCurve) Slopes(dst, nll, q []float32) {
	if f.gamma == 2 { // the quotient cancels
		nll, q = nll[:len(dst)], q[:len(dst)]
		for i := range dst {
			dst[i] = q[i] * (q[i] + 2*(1-q[i])*nll[i])
		}
		return
	}
	for i := range dst {
		dst[i] = float32(f.slope(float64(nll[i]), float64(q[i])))
	}
}

// slope is q^γ·(1 + γ·p_t·(−log p_t)/q); the quotient tends to 1 as q → 0.
func (f focalCurve) slope(nll, q float64) float64 {
	quotient := 1.0
	if q > 0 {
		quotient = nll / q
	}
	return math.Pow(q, f.gamma) * (1 + f.gamma*(1-q)*quotient)
}

// focalRest is the mean over classes of the sigmoid focal loss of each class against the rest.
type focalRest struct {
	shape Shape
	curve focalCurve
	alpha *float64
}

func (l *focalRest) Terms() int         { return 1 }
func (l *focalRest) NeedsRegions() bool { return false }
func (l *focalRest) PerImage() bool     { return false }
func (l *focalRest) Coefficients() int  { return 1 }

// binary returns −log p_t, q = 1−p_t and the weight of class c's own sigmoid at pixel i, in float64.
func (l *focalRest) binary(b *pass.Block, i, c int) (nll, q, weight, sign float64) {
	x, positive := float64(b.Z[c*pass.BlockSize+i]), int(b.Labels[i]) == c
	weight, sign = 1, 1
	if !positive {
		sign = -1
	}
	if l.alpha != nil {
		weight = *l.alpha
		if !positive {
			weight = 1 - *l.alpha
		}
	}
	small := math.Exp(-math.Abs(x))
	nll = max(-sign*x, 0) + math.Log1p(small)
	if q = 1 / (1 + small); sign*x > 0 {
		q *= small
	}
	return nll, q, weight, sign
}

func (l *focalRest) Sum(b *pass.Block, sums []float64) {
	for i, t := range b.Labels {
		if t == raster.Ignored {
			continue
		}
		for c := range b.Planes {
			nll, q, w, _ := l.binary(b, i, c)
			sums[0] += w * math.Pow(q, l.curve.gamma) * nll
		}
	}
}

func (l *focalRest) Value(s *Sums, own, coefficients []float64) Result {
	if coefficients != nil {
		coefficients[0] = inverse(s.Pixels * float64(l.shape.Classes))
	}
	if s.Pixels == 0 {
		return Result{}
	}
	return Result{Value: own[0] / (s.Pixels * float64(l.shape.Classes)), Count: s.Pixels}
}

func (l *focalRest) Gradient(b *pass.Block, g *Step, dst []float32) {
	for i, t := range b.Labels {
		if t == raster.Ignored {
			continue
		}
		for c := range b.Planes {
			nll, q, w, sign := l.binary(b, i, c)
			dst[c*pass.BlockSize+i] -= float32(g.Scale * g.Coefficients[0] * w * sign * q * l.curve.slope(nll, q))
		}
	}
}
