package losses

import (
	"fmt"
	"math"
)

func init() {
	Register(Definition{
		Name: "focal_tversky", Title: "Focal Tversky loss", Family: "region",
		Formula:  "mean over images and classes of (1 − T)^γ, T the Tversky overlap with weight_fp = .3, weight_fn = .7, s = 1; γ = .75",
		Gradient: "tversky's, each class times γ·(1 − T)^(γ−1)",
		Range:    "[0, 1]",
		Matches:  "the closed form; SMP TverskyLoss(gamma) exponentiates the mean instead",
		Paper:    "Abraham and Khan, A Novel Focal Tversky Loss Function with Improved Attention U-Net, 2018",
		Notes:    []string{"At a perfect overlap the gradient's factor is infinite for γ < 1; it is taken at 1 − T = 1e-7 there."},
		Options: func() any {
			return &FocalTverskyOptions{WeightFP: 0.3, WeightFN: 0.7, Gamma: 0.75, Smooth: 1, IncludeBackground: true}
		},
		New: func(options any, s Shape) (Compound, error) {
			return alone(newFocalTversky(options.(*FocalTverskyOptions), s))
		},
	})
}

// FocalTverskyOptions are the options of focal_tversky.
type FocalTverskyOptions struct {
	WeightFP          float64 `yaml:"weight_fp" doc:"weight of the false positives, ≥ 0"`
	WeightFN          float64 `yaml:"weight_fn" doc:"weight of the false negatives, ≥ 0"`
	Gamma             float64 `yaml:"gamma" doc:"exponent γ > 0 of each class's 1 − T"`
	Smooth            float64 `yaml:"smooth" doc:"added to numerator and denominator of T"`
	Batch             bool    `yaml:"batch" doc:"one region for the whole batch instead of one an image"`
	IncludeBackground bool    `yaml:"include_background" doc:"count class 0 too"`
}

func newFocalTversky(o *FocalTverskyOptions, s Shape) (Loss, error) {
	if !(o.Gamma > 0) || undefined(o.Gamma) {
		return nil, fmt.Errorf("gamma: expected a number > 0, found %g", o.Gamma)
	}
	overlap := &OverlapOptions{Smooth: o.Smooth, Batch: o.Batch, IncludeBackground: o.IncludeBackground, Absent: AbsentSmooth}
	return newTversky(o.WeightFP, o.WeightFN, overlap, s, powered(o.Gamma))
}

// powered raises a class's loss to a power. Where the slope would be infinite it is taken a little off.
func powered(gamma float64) shaping {
	return func(v float64) (float64, float64) {
		v = max(v, 0) // rounding may leave a perfect overlap a hair above 1
		return math.Pow(v, gamma), gamma * math.Pow(max(v, 1e-7), gamma-1)
	}
}
