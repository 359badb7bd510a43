package losses

import "fmt"

func init() {
	Register(Definition{
		Name: "tversky", Title: "Tversky loss", Family: "region",
		Formula:  "mean over images and classes of 1 − T, T = (I + s)/(I + a·(P−I) + b·(Y−I) + s), a = weight_fp = ½, b = weight_fn = ½, s = 1e-5",
		Gradient: "with respect to p, D the denominator of T: −[o·(1 − (1−a−b)·T) − a·T]/D, over images × classes; then to the logits",
		Range:    "[0, 1]",
		Matches:  "MONAI TverskyLoss(softmax=True, to_onehot_y=True, alpha=weight_fp, beta=weight_fn); absent: zero with batch: true is SMP TverskyLoss('multiclass')",
		Paper:    "Salehi et al., Tversky loss function for image segmentation using 3D fully convolutional deep networks, 2017",
		Notes:    []string{"The options are named for what they weight, because libraries disagree on which of alpha and beta is which."},
		Options: func() any {
			o := TverskyOptions{WeightFP: 0.5, WeightFN: 0.5, OverlapOptions: *defaultOverlap()}
			return &o
		},
		New: func(options any, s Shape) (Compound, error) {
			o := options.(*TverskyOptions)
			return alone(newTversky(o.WeightFP, o.WeightFN, &o.OverlapOptions, s, nil))
		},
	})
}

// TverskyOptions are the options of tversky.
type TverskyOptions struct {
	WeightFP       float64 `yaml:"weight_fp" doc:"weight of the false positives, ≥ 0"`
	WeightFN       float64 `yaml:"weight_fn" doc:"weight of the false negatives, ≥ 0"`
	OverlapOptions `yaml:",inline"`
}

// newTversky makes the mean over images and classes of shape(1 − T). Unlike Dice's, T's smoothing stands whole beside I.
func newTversky(fp, fn float64, o *OverlapOptions, s Shape, shape shaping) (Loss, error) {
	if fp < 0 || fn < 0 || undefined(fp) || undefined(fn) {
		return nil, fmt.Errorf("weight_fp, weight_fn: expected numbers ≥ 0, found %g and %g", fp, fn)
	}
	doubled := *o
	doubled.Smooth *= 2
	return newShapedOverlap(&doubled, s, fp, fn, shape)
}
