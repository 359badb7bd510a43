package pass

import (
	"math"

	"github.com/segmetry/segmetry/internal/raster"
)

var inf = float32(math.Inf(1))

// sigmoidPredict predicts class 1 where the logit reaches the threshold's.
func sigmoidPredict(b *Block, threshold float32) {
	for i, x := range b.Z[:b.N] {
		b.Predicted[i] = 0
		if x >= threshold {
			b.Predicted[i] = 1
		}
	}
}

// sigmoidStatistics fills P, NLL and Q of a sigmoid block from Z. With s = ±1 for truth 1 or 0, −log p_t is
// softplus(−s·x) = max(−s·x, 0) + log1p(e^−|x|), and 1 − p_t is σ(−s·x).
func sigmoidStatistics(b *Block) {
	for i, x := range b.Z[:b.N] {
		small := exp(-abs(x)) // e^−|x|
		over := 1 / (1 + small)
		under := small * over
		p, q := over, under // σ(x), σ(−x)
		if x < 0 {
			p, q = under, over
		}
		b.P[i], b.QTop[i] = p, under
		t := b.Labels[i]
		if t == raster.Ignored {
			continue
		}
		miss := -x
		b.Q[i] = q
		if t == 0 {
			miss, b.Q[i] = x, p
		}
		b.NLL[i] = max(miss, 0) + log1p(small)
	}
}

func abs(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }
