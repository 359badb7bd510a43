package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestWeigh: a tile has the weighted sums, to the bit as they come about one after another, for any number of rows.
func TestWeigh(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, units := range []int{0, 1, 2, 7, 300} {
		rows, weights := make([]float64, units*WeighColumns), make([]float64, units*WeighDraws)
		for i := range rows {
			rows[i] = r.NormFloat64() * math.Exp(10*r.NormFloat64())
		}
		for i := range weights {
			weights[i] = float64(r.IntN(4))
		}
		var got, twin, want WeighTile
		for i := range got {
			got[i] = float64(i)
		}
		twin, want = got, got
		Weigh(&got, rows, weights)
		weighGo(&twin, rows, weights)
		for d := range WeighDraws {
			for c := range WeighColumns {
				for u := range units {
					if w := weights[u*WeighDraws+d]; w != 0 {
						want[d*WeighColumns+c] += float64(w * rows[u*WeighColumns+c]) // not fused
					}
				}
			}
		}
		if got != want || twin != want {
			t.Errorf("%d rows:\n%v\n%v, want\n%v", units, got, twin, want)
		}
	}
}
