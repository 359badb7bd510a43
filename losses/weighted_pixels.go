package losses

import (
	"math"

	"github.com/segmetry/segmetry/internal/raster"
)

// weightedPixels is the family of cross-entropies with a weight a pixel that follows from the truth's geometry.
type weightedPixels struct {
	whole
	residualSlopes
	overWeights bool // divide by Σ weights instead of the number of valid pixels
	// weigh writes the weight of every pixel of an image; ignored pixels' are not read.
	weigh func(w *Workspace, k *Kept, dst []float32)
}

func (l *weightedPixels) Keeps() Keep { return Keep{NLL: true} }

func (l *weightedPixels) Finish(w *Workspace, images []*Kept, slopes [][]float32) (sum, count float64) {
	for n, k := range images {
		w.values = resize(w.values, k.pixels())
		weights := w.values
		l.weigh(w, k, weights)
		for i, t := range k.Labels {
			if t == raster.Ignored {
				continue
			}
			sum += float64(weights[i]) * float64(k.NLL[i])
			if l.overWeights {
				count += float64(weights[i])
			} else {
				count++
			}
			if slopes != nil {
				slopes[n][i] = weights[i]
			}
		}
		if k.nan {
			sum = math.NaN()
		}
	}
	return sum, count
}
