package losses

import (
	"fmt"
	"math"
)

func init() {
	Register(Definition{
		Name: "generalized_dice", Title: "Generalised Dice loss", Family: "region",
		Formula:  "mean over images of 1 − (2·Σ_c w_c·I_c + s)/(Σ_c w_c·(P_c + Y_c) + s), w_c = 1/Y_c², s = 1e-5",
		Gradient: "with respect to p, S the fraction and D its denominator: −2w_c·o_c/D + w_c·S/D, over images; then to the logits",
		Range:    "[0, 1]",
		Matches:  "MONAI GeneralizedDiceLoss(softmax=True, to_onehot_y=True)",
		Paper:    "Sudre et al., Generalised Dice overlap as a deep learning loss function, 2017",
		Notes:    []string{"An absent class has infinite weight, which becomes the largest finite one of the image (or of the batch)."},
		Options:  func() any { return defaultGeneralized() },
		New: func(options any, s Shape) (Compound, error) {
			return alone(newGeneralized(options.(*GeneralizedDiceOptions), s))
		},
	})
}

// GeneralizedDiceOptions are the options of generalized_dice.
type GeneralizedDiceOptions struct {
	Weight            string  `yaml:"weight" doc:"square (1/Y²), simple (1/Y) or uniform (1)"`
	Smooth            float64 `yaml:"smooth" doc:"added to numerator and denominator"`
	Batch             bool    `yaml:"batch" doc:"one region for the whole batch instead of one an image"`
	IncludeBackground bool    `yaml:"include_background" doc:"count class 0 too"`
}

func defaultGeneralized() *GeneralizedDiceOptions {
	return &GeneralizedDiceOptions{Weight: "square", Smooth: 1e-5, IncludeBackground: true}
}

func newGeneralized(o *GeneralizedDiceOptions, s Shape) (Loss, error) {
	if err := checkSmooth(o.Smooth); err != nil {
		return nil, err
	}
	if err := checkBackground(o.IncludeBackground, s); err != nil {
		return nil, err
	}
	power, ok := map[string]float64{"square": 2, "simple": 1, "uniform": 0}[o.Weight]
	if !ok {
		return nil, fmt.Errorf("weight: expected square, simple or uniform, found %q", o.Weight)
	}
	return &Region{Shape: s, Function: &generalizedDice{*o, power}, Batch: o.Batch}, nil
}

type generalizedDice struct {
	options GeneralizedDiceOptions
	power   float64
}

func (l *generalizedDice) Value(s *Sums, slopes []float64) float64 {
	first := 0
	if !l.options.IncludeBackground {
		first = 1
	}
	largest := 0.0
	for _, y := range s.Y[first:] {
		if y > 0 {
			largest = max(largest, math.Pow(y, -l.power))
		}
	}
	weight := func(c int) float64 {
		if s.Y[c] > 0 || l.power == 0 {
			return math.Pow(s.Y[c], -l.power)
		}
		return largest
	}
	numerator, denominator := l.options.Smooth, l.options.Smooth
	for c := first; c < len(s.Y); c++ {
		numerator += 2 * weight(c) * s.I[c]
		denominator += weight(c) * (s.P[c] + s.Y[c])
	}
	if denominator == 0 {
		return 0
	}
	overlap := numerator / denominator
	if slopes != nil {
		for c := first; c < len(s.Y); c++ {
			slopes[slopeCount*c+slopeI] = -2 * weight(c) / denominator
			slopes[slopeCount*c+slopeP] = weight(c) * overlap / denominator
		}
	}
	return 1 - overlap
}
