package losses

import (
	"fmt"
	"math"
)

func init() {
	Register(Definition{
		Name: "unet_weighted_ce", Title: "U-Net's weighted cross-entropy", Family: "field",
		Formula:  "mean over the valid pixels of w·(−log p_t), w = w_t + w0·e^(−(d1+d2)²/(2σ²)), d1 and d2 the distances to the nearest and second-nearest instance, w0 = 10, σ = 5",
		Gradient: "w·(p − o)/n",
		Range:    "[0, ∞)",
		Matches:  "the paper's formula",
		Paper:    "Ronneberger et al., U-Net, 2015",
		Notes: []string{
			"Instances are the regions of touching pixels (sides and corners) of one class above 0. With fewer than two the weight is w_t alone.",
			"The exponential is left out where it is below 1e-12.",
		},
		Options: func() any { return &UNetOptions{W0: 10, Sigma: 5} },
		New:     func(options any, s Shape) (Compound, error) { return alone(newUNet(options.(*UNetOptions), s)) },
	})
}

// UNetOptions are the options of unet_weighted_ce.
type UNetOptions struct {
	W0           float64   `yaml:"w0" doc:"height ≥ 0 of the weight between two instances"`
	Sigma        float64   `yaml:"sigma" doc:"its width σ > 0 in pixels, at most 1000"`
	ClassWeights []float64 `yaml:"class_weights" doc:"w_c, the weight of each class's pixels; absent: 1"`
	Normalize    bool      `yaml:"normalize" doc:"divide by the sum of the weights instead of the number of pixels"`
}

func newUNet(o *UNetOptions, s Shape) (Loss, error) {
	switch {
	case !(o.W0 >= 0) || undefined(o.W0):
		return nil, fmt.Errorf("w0: expected a number ≥ 0, found %g", o.W0)
	case !(o.Sigma > 0 && o.Sigma <= 1000):
		return nil, fmt.Errorf("sigma: expected a number in (0, 1000], found %g", o.Sigma)
	}
	if err := checkWeights(o.ClassWeights, s.Classes); err != nil {
		return nil, err
	}
	options := *o
	return &weightedPixels{whole: whole{shape: s, additive: true}, overWeights: o.Normalize, weigh: options.weigh}, nil
}

// weigh writes the weight map.
func (o *UNetOptions) weigh(w *Workspace, k *Kept, dst []float32) {
	for i, t := range k.Labels {
		if dst[i] = 1; t >= 0 && o.ClassWeights != nil {
			dst[i] = float32(o.ClassWeights[t])
		}
	}
	r := &w.instances
	if o.W0 == 0 || r.find(k.Labels, k.Width, k.Height) < 2 {
		return
	}
	r.columns(k.Width, k.Height)
	// Beyond this sum of distances the exponential is below 1e-12; either distance alone bounds the search.
	reach := int(o.Sigma*math.Sqrt(2*27.64)) + 1
	for y := range k.Height {
		for x := range k.Width {
			if d1, d2, ok := r.nearest(x, y, k.Width, reach); ok {
				dst[y*k.Width+x] += float32(o.W0 * math.Exp(-(d1+d2)*(d1+d2)/(2*o.Sigma*o.Sigma)))
			}
		}
	}
}
