package losses

import "fmt"

func init() {
	Register(Definition{
		Name: "sensitivity_specificity", Title: "Sensitivity–specificity loss", Family: "region",
		Formula:  "mean over images and classes of r·Σ o(1−p)²/(Y+ε) + (1−r)·Σ (1−o)p²/(M−Y+ε), r = .05, ε = 1e-5",
		Gradient: "with respect to p: −2r·o(1−p)/(Y+ε) + 2(1−r)(1−o)p/(M−Y+ε), over images × classes; then to the logits",
		Range:    "[0, 1]",
		Matches:  "the paper's closed form",
		Paper:    "Brosch et al., Deep Convolutional Encoder Networks for Multiple Sclerosis Lesion Segmentation, 2015",
		Notes:    []string{"Σ o(1−p)² = Y − 2I + I2 and Σ (1−o)p² = Q − I2."},
		Options:  func() any { return &SensitivityOptions{R: 0.05, Eps: 1e-5} },
		New: func(options any, s Shape) (Compound, error) {
			return alone(newSensitivity(options.(*SensitivityOptions), s))
		},
	})
}

// SensitivityOptions are the options of sensitivity_specificity.
type SensitivityOptions struct {
	R     float64 `yaml:"r" doc:"weight r in [0, 1] of the sensitivity, 1−r of the specificity"`
	Eps   float64 `yaml:"eps" doc:"added to the denominators"`
	Batch bool    `yaml:"batch" doc:"one region for the whole batch instead of one an image"`
}

func newSensitivity(o *SensitivityOptions, s Shape) (Loss, error) {
	switch {
	case !(o.R >= 0 && o.R <= 1):
		return nil, fmt.Errorf("r: expected a number in [0, 1], found %g", o.R)
	case !(o.Eps > 0) || undefined(o.Eps):
		return nil, fmt.Errorf("eps: expected a number > 0, found %g", o.Eps)
	}
	return &Region{Shape: s, Function: sensitivity{o.R, o.Eps}, Batch: o.Batch}, nil
}

type sensitivity struct{ r, eps float64 }

func (l sensitivity) Value(s *Sums, slopes []float64) float64 {
	total, n := 0.0, float64(len(s.Y))
	for c, y := range s.Y {
		hit, miss := l.r/(y+l.eps)/n, (1-l.r)/(s.Pixels-y+l.eps)/n
		total += hit*max(0, y-2*s.I[c]+s.I2[c]) + miss*max(0, s.Q[c]-s.I2[c])
		if slopes != nil {
			slopes[slopeCount*c+slopeI] = -2 * hit
			slopes[slopeCount*c+slopeI2] = hit - miss
			slopes[slopeCount*c+slopeQ] = miss
		}
	}
	return total
}
