package losses

import "math"

func init() {
	Register(Definition{
		Name: "log_cosh_dice", Title: "Log-cosh Dice loss", Family: "compound",
		Formula:  "log cosh L = L + log1p(e^(−2L)) − ln 2, L = soft_dice",
		Gradient: "soft_dice's times tanh L",
		Range:    "[0, 0.4338]",
		Matches:  "log(cosh(MONAI DiceLoss(softmax=True, to_onehot_y=True)))",
		Paper:    "Jadon, A survey of loss functions for semantic segmentation, 2020",
		Options:  func() any { return defaultOverlap() },
		New: func(options any, s Shape) (Compound, error) {
			c, err := alone(newOverlap(options.(*OverlapOptions), s, 0.5, 0.5))
			c.Outer = func(l float64) (float64, float64) {
				return l + math.Log1p(math.Exp(-2*l)) - math.Ln2, math.Tanh(l)
			}
			return c, err
		},
	})
}
