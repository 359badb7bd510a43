package pass

import (
	"math"

	"github.com/segmetry/segmetry/internal/kernel"
)

var inf = float32(math.Inf(1))

// sigmoidPredict predicts class 1 where the logit reaches the threshold's.
func sigmoidPredict(b *Block, threshold float32) {
	predicted := b.Predicted[:b.N]
	for i, x := range b.Z[:b.N] {
		var label int16
		if x >= threshold {
			label = 1
		}
		predicted[i] = label
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
	sigmoidPixels(b)
	kernel.Normalize(b.P, &s.Inverse, &s.Truth, b.Sums, 1, n)
}

// sigmoidPixels writes P, NLL, Q and QTop from e^−|x|, 1/(1+e^−|x|) and log1p(e^−|x|). Which of the two probabilities is
// which, and what is ignored, is chosen by masks: truth and prediction change from pixel to pixel too often to be
// foreseen by a branch.
func sigmoidPixels(b *Block) {
	n, s := b.N, &b.Stats
	p, nll, q, top, z, labels := b.P[:n], b.NLL[:n], b.Q[:n], b.QTop[:n], b.Z[:n], b.Labels[:n]
	for i, x := range z {
		small, over, logarithm := s.Rest[i], s.Inverse[i], s.Logarithm[i]
		under := small * over
		if small-small != 0 {
			logarithm = small
		}
		bits, t := math.Float32bits(x), uint32(int32(labels[i]))
		negative := uint32(int32(bits) >> 31) // all ones where x < 0
		own := negative ^ -(t & 1)            // all ones where the truth's probability is the smaller
		larger, smaller := math.Float32bits(over), math.Float32bits(under)
		valid := ^uint32(int32(t) >> 31) // 0 where ignored
		p[i] = math.Float32frombits(larger&^negative | smaller&negative)
		miss := bits ^ t<<31               // x for truth 0, −x for truth 1
		miss &^= uint32(int32(miss) >> 31) // max(miss, 0)
		nll[i] = math.Float32frombits(math.Float32bits(math.Float32frombits(miss)+logarithm) & valid)
		q[i] = math.Float32frombits((larger&^own | smaller&own) & valid)
		top[i] = math.Float32frombits(smaller & valid)
		s.Inverse[i] = 1 // P is a probability by now
	}
}

func abs(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }
