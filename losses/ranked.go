package losses

import (
	"math"

	"github.com/segmetry/segmetry/internal/raster"
)

// kthLargest returns the k-th largest (k ≥ 1) of values that are all ≥ 0, without sorting them: three histograms over
// the bits of the numbers narrow it down, as the bits of floats ≥ 0 are in the floats' own order.
func kthLargest(values []float32, k int) float32 {
	prefix, mask := uint32(0), uint32(0)
	for _, level := range [3]struct{ shift, bits uint }{{21, 11}, {10, 11}, {0, 10}} {
		var counts [1 << 11]int
		size := uint32(1)<<level.bits - 1
		for _, x := range values {
			if b := math.Float32bits(x); b&mask == prefix {
				counts[b>>level.shift&size]++
			}
		}
		digit := size
		for ; counts[digit] < k; digit-- {
			k -= counts[digit]
		}
		prefix |= digit << level.shift
		mask |= size << level.shift
	}
	return math.Float32frombits(prefix)
}

// gather returns the −log p_t of the images' valid pixels.
func gather(w *Workspace, images []*Kept) []float32 {
	w.values = w.values[:0]
	for _, k := range images {
		for i, t := range k.Labels {
			if t != raster.Ignored {
				w.values = append(w.values, max(0, k.NLL[i]))
			}
		}
	}
	return w.values
}

// hardest is the family of cross-entropies over the hardest pixels: the mean of −log p_t over a selection.
type hardest struct {
	whole
	residualSlopes
	// choose returns which pixels of the valid pixels' losses are taken: all above the limit, and the first ties that
	// equal it.
	choose func(nll []float32) (limit float32, ties int)
}

func (l *hardest) Keeps() Keep { return Keep{NLL: true} }

func (l *hardest) Finish(w *Workspace, images []*Kept, slopes [][]float32) (sum, count float64) {
	nll := gather(w, images)
	if len(nll) == 0 {
		return 0, 0
	}
	if anyNaN(images) {
		return math.NaN(), 1
	}
	limit, ties := l.choose(nll)
	for n, k := range images {
		for i, t := range k.Labels {
			x := max(0, k.NLL[i])
			switch {
			case t == raster.Ignored || x < limit || x == limit && ties == 0:
				continue
			case x == limit:
				ties--
			}
			sum += float64(x)
			count++
			if slopes != nil {
				slopes[n][i] = 1
			}
		}
	}
	return sum, count
}
