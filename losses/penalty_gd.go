package losses

import "fmt"

func init() {
	Register(Definition{
		Name: "penalty_gd", Title: "Generalised Dice with penalty", Family: "compound",
		Formula:  "G/(1 + k(1−G)), G = generalized_dice, k = 2.5",
		Gradient: "generalized_dice's times (1+k)/(1+k(1−G))²",
		Range:    "[0, 1]",
		Matches:  "the closed form of MONAI GeneralizedDiceLoss(softmax=True)",
		Paper:    "Yang et al., Major Vessel Segmentation on X-ray Coronary Angiography, 2019",
		Options:  func() any { return &PenaltyOptions{K: 2.5, GeneralizedDiceOptions: *defaultGeneralized()} },
		New: func(options any, s Shape) (Compound, error) {
			o := options.(*PenaltyOptions)
			if !(o.K >= 0) || undefined(o.K) {
				return Compound{}, fmt.Errorf("k: expected a number ≥ 0, found %g", o.K)
			}
			c, err := alone(newGeneralized(&o.GeneralizedDiceOptions, s))
			c.Outer = func(g float64) (float64, float64) {
				d := 1 + o.K*(1-g)
				return g / d, (1 + o.K) / (d * d)
			}
			return c, err
		},
	})
}

// PenaltyOptions are the options of penalty_gd.
type PenaltyOptions struct {
	K                      float64 `yaml:"k" doc:"strength k ≥ 0 of the penalty"`
	GeneralizedDiceOptions `yaml:",inline"`
}
