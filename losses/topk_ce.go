package losses

import "fmt"

func init() {
	Register(Definition{
		Name: "topk_ce", Title: "Cross-entropy of the hardest pixels (TopK)", Family: "ranked",
		Formula:  "mean of the K largest −log p_t, K = max(1, ⌊k·n⌋) of the n valid pixels, k = 0.1; equal ones by pixel index",
		Gradient: "(p − o)/K on the selected pixels, 0 elsewhere",
		Range:    "[0, ∞)",
		Matches:  "torch.topk of CrossEntropyLoss(reduction='none'); nnU-Net TopKLoss(k=10)",
		Paper:    "Wu et al., Bridging Category-level and Instance-level Semantic Image Segmentation, 2016",
		Notes:    []string{"A batch is ranked as one set of pixels; there is no pooled value of a dataset."},
		Options:  func() any { return &TopKOptions{K: 0.1} },
		New:      func(options any, s Shape) (Compound, error) { return alone(newTopK(options.(*TopKOptions), s)) },
	})
}

// TopKOptions are the options of topk_ce.
type TopKOptions struct {
	K float64 `yaml:"k" doc:"share of the pixels that count, in (0, 1]"`
}

func newTopK(o *TopKOptions, s Shape) (Loss, error) {
	if !(o.K > 0 && o.K <= 1) {
		return nil, fmt.Errorf("k: expected a share of the pixels in (0, 1], found %g", o.K)
	}
	return &hardest{whole: whole{shape: s}, choose: func(nll []float32) (float32, int) {
		return topShare(nll, o.K)
	}}, nil
}

// topShare chooses the given share of the losses.
func topShare(nll []float32, share float64) (limit float32, ties int) {
	// The product may fall just below the integer it stands for: 0.29·100 is 28.999…
	n := max(1, int(share*float64(len(nll))*(1+1e-12)))
	limit = kthLargest(nll, n)
	for _, x := range nll {
		if x > limit {
			n--
		}
	}
	return limit, n
}
