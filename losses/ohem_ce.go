package losses

import (
	"fmt"
	"math"
)

func init() {
	Register(Definition{
		Name: "ohem_ce", Title: "Cross-entropy with online hard example mining", Family: "ranked",
		Formula:  "mean of −log p_t over the valid pixels with p_t < max(threshold, the min_kept-th smallest p_t counted from 0); 0 where there is none",
		Gradient: "(p − o)/count on the selected pixels, 0 elsewhere",
		Range:    "[0, ∞)",
		Matches:  "mmsegmentation OhemCrossEntropy(thres=0.7, min_kept=100000)",
		Paper:    "Shrivastava et al., Training Region-based Object Detectors with Online Hard Example Mining, 2016",
		Notes:    []string{"min_kept counts pixels of the whole batch.", "A batch is ranked as one set of pixels; there is no pooled value of a dataset."},
		Options:  func() any { return &OHEMOptions{Threshold: 0.7, MinKept: 100000} },
		New:      func(options any, s Shape) (Compound, error) { return alone(newOHEM(options.(*OHEMOptions), s)) },
	})
}

// OHEMOptions are the options of ohem_ce.
type OHEMOptions struct {
	Threshold float64 `yaml:"threshold" doc:"probability below which a pixel is hard, in (0, 1]"`
	MinKept   int     `yaml:"min_kept" doc:"least number of pixels taken as hard"`
}

func newOHEM(o *OHEMOptions, s Shape) (Loss, error) {
	switch {
	case !(o.Threshold > 0 && o.Threshold <= 1):
		return nil, fmt.Errorf("threshold: expected a probability in (0, 1], found %g", o.Threshold)
	case o.MinKept < 0:
		return nil, fmt.Errorf("min_kept: expected a number ≥ 0, found %d", o.MinKept)
	}
	limit := float32(-math.Log(o.Threshold))
	return &hardest{whole: whole{shape: s}, choose: func(nll []float32) (float32, int) {
		// p_t < t is −log p_t > −log t, and the smallest p_t has the largest loss. The comparison is strict: no ties.
		return min(limit, kthLargest(nll, min(o.MinKept, len(nll)-1)+1)), 0
	}}, nil
}
