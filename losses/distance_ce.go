package losses

import (
	"math"

	"github.com/segmetry/segmetry/internal/raster"
)

func init() {
	Register(Definition{
		Name: "distance_ce", Title: "Distance-penalised cross-entropy", Family: "field",
		Formula:  "mean over the valid pixels of (1+φ)·(−log p_t), φ = (D − d)/D with d the distance to the nearest pixel of the other side, foreground (every class but 0) or background, and D its largest on this side: towards 1 at the boundary, 0 farthest from it",
		Gradient: "(1+φ)(p − o)/n",
		Range:    "[0, ∞)",
		Matches:  "the closed form; SegLossOdyssey's DistPenaltyCE computes the weights and then leaves them out",
		Paper:    "Caliva et al., Distance Map Loss Penalty Term for Semantic Segmentation, 2019",
		Notes:    []string{"Without foreground, or without background, φ = 0. Ignored pixels are neither: they bound nothing and get no weight."},
		Options:  func() any { return &struct{}{} },
		New: func(_ any, s Shape) (Compound, error) {
			return alone(&weightedPixels{whole: whole{shape: s, additive: true}, weigh: distancePenalty}, nil)
		},
	})
}

// distancePenalty writes 1+φ.
func distancePenalty(w *Workspace, k *Kept, dst []float32) {
	fill(dst, 1)
	for side := range 2 {
		w.mask, w.distances = resize(w.mask, k.pixels()), resize(w.distances, k.pixels())
		for i, t := range k.Labels {
			w.mask[i] = 0
			if t == raster.Ignored || (t > 0) == (side == 1) {
				w.mask[i] = 1
			}
		}
		if !w.transform.Squared(w.distances, w.mask, k.Width, k.Height) {
			continue
		}
		addPenalty(dst, w.distances, k.Labels, side == 1)
	}
}

// addPenalty adds φ to the pixels of one side.
func addPenalty(dst []float32, squared []int32, labels []int16, foreground bool) {
	least, most := math.Inf(1), 0.0
	for i, t := range labels {
		if t != raster.Ignored && (t > 0) == foreground {
			d := math.Sqrt(float64(squared[i]))
			least, most = min(least, d), max(most, d)
		}
	}
	if most <= least {
		return
	}
	for i, t := range labels {
		if t != raster.Ignored && (t > 0) == foreground {
			dst[i] += float32((most - math.Sqrt(float64(squared[i]))) / most)
		}
	}
}
