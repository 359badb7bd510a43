package losses

import "fmt"

func init() {
	Register(Definition{
		Name: "asymmetric", Title: "Asymmetric similarity loss", Family: "region",
		Formula:  "tversky with weight_fn = β²/(1+β²), weight_fp = 1/(1+β²), β = 1.5",
		Gradient: "tversky's",
		Range:    "[0, 1]",
		Matches:  "the closed form: 1 − F_β of the soft counts",
		Paper:    "Hashemi et al., Asymmetric Loss Functions and Deep Densely Connected Networks for Highly Imbalanced Medical Image Segmentation, 2018",
		Options: func() any {
			return &AsymmetricOptions{Beta: 1.5, Smooth: 1e-5, IncludeBackground: true}
		},
		New: func(options any, s Shape) (Compound, error) {
			o := options.(*AsymmetricOptions)
			if !(o.Beta >= 0) || undefined(o.Beta) {
				return Compound{}, fmt.Errorf("beta: expected a number ≥ 0, found %g", o.Beta)
			}
			square := o.Beta * o.Beta
			overlap := &OverlapOptions{Smooth: o.Smooth, Batch: o.Batch, IncludeBackground: o.IncludeBackground, Absent: AbsentSmooth}
			return alone(newTversky(1/(1+square), square/(1+square), overlap, s, nil))
		},
	})
}

// AsymmetricOptions are the options of asymmetric.
type AsymmetricOptions struct {
	Beta              float64 `yaml:"beta" doc:"β ≥ 0: above 1 misses weigh more than false alarms"`
	Smooth            float64 `yaml:"smooth" doc:"added to numerator and denominator"`
	Batch             bool    `yaml:"batch" doc:"one region for the whole batch instead of one an image"`
	IncludeBackground bool    `yaml:"include_background" doc:"count class 0 too"`
}
