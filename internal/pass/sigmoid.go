package pass

import (
	"math"

	"github.com/segmetry/segmetry/internal/kernel"
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

// sigmoidStatistics fills P, NLL, Q, QTop and Sums of a sigmoid block from Z. With s = ±1 for truth 1 or 0, −log p_t is
// softplus(−s·x) = max(−s·x, 0) + log1p(e^−|x|), and 1 − p_t is σ(−s·x).
func sigmoidStatistics(b *Block) {
	n, s := b.N, &b.Stats
	for i, x := range b.Z[:n] {
		s.Best[i], s.Top[i] = abs(x), -1
	}
	var zero [BlockSize]float32
	if !kernel.Exp(b.P, &s.Rest, zero[:], &s.Best, &s.Top, 1, n) { // e^−|x|
		for i, e := range b.P[:n] {
			if e == 0 {
				b.P[i] = exp(-s.Best[i])
				s.Rest[i] = b.P[i]
			}
		}
	}
	kernel.Normalizers(&s.Logarithm, &s.Inverse, &s.Rest, n)
	for i, x := range b.Z[:n] {
		sigmoidPixel(b, i, x)
		s.Inverse[i] = 1 // P is a probability by now
	}
	kernel.Normalize(b.P, &s.Inverse, &s.Truth, b.Sums, 1, n)
}

func sigmoidPixel(b *Block, i int, x float32) {
	small := b.Stats.Rest[i]
	over := b.Stats.Inverse[i]
	under := small * over
	p, q := over, under // σ(x), σ(−x)
	if x < 0 {
		p, q = under, over
	}
	b.P[i] = p
	miss := -x
	switch b.Labels[i] {
	case raster.Ignored:
		b.NLL[i], b.Q[i], b.QTop[i] = 0, 0, 0
		return
	case 0:
		miss, q = x, p
	}
	logarithm := b.Stats.Logarithm[i]
	if small-small != 0 {
		logarithm = small
	}
	b.NLL[i], b.Q[i], b.QTop[i] = max(miss, 0)+logarithm, q, under
}

func abs(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }
