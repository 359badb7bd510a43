package pass

import (
	"math"

	"github.com/segmetry/segmetry/internal/kernel"
)

// argmax writes each pixel's plane of the largest value; the lowest of equal ones, and the first NaN, as numpy and torch
// have it. It is for blocks that are not all finite; [kernel.Argmax] is faster.
func argmax(dst *kernel.Indices, z []float32, channels, n int) {
	var best [BlockSize]float32
	copy(best[:n], z)
	clear(dst[:n])
	for c := 1; c < channels; c++ {
		for i, x := range z[c*BlockSize:][:n] {
			if top := best[i]; !(x <= top) && top == top {
				best[i], dst[i] = x, int32(c)
			}
		}
	}
}

// softmaxStatistics fills P, QTop, NLL, Q and Sums of a softmax block from Z, its largest values and their planes.
//
// With e_k = exp(z_k − max) and rest = Σ e_k over all but the largest, the log-sum-exp is max + log1p(rest), and 1 − p
// of the largest is rest/(1+rest): both keep their digits where the model is sure, and 1−p computed from p would not.
func softmaxStatistics(b *Block, finite bool) {
	n, s := b.N, &b.Stats
	if finite {
		if !kernel.Exp(b.P, &s.Rest, b.Z, &s.Best, &s.Top, b.Planes, n) {
			rareExponentials(b)
		}
	} else {
		nonFiniteExponentials(b)
	}
	kernel.Normalizers(&s.Logarithm, &s.Inverse, &s.Rest, n)
	kernel.Normalize(b.P, &s.Inverse, &s.Truth, b.Sums, b.Planes, n)
	kernel.Own(&s.OwnLogit, &s.Own, b.Z, b.P, &s.Truth, b.Planes, n)
	kernel.PixelStatistics(s, n)
	if !finite {
		repairLosses(b)
	}
}

// repairLosses corrects the losses of pixels with non-finite logits, which the kernels do not see.
func repairLosses(b *Block) {
	s := &b.Stats
	for i, r := range s.Rest[:b.N] {
		if s.Truth[i] >= 0 && r-r != 0 {
			b.NLL[i], b.Q[i], b.QTop[i] = r, r, r
		}
	}
}

// vanished is below where e^x rounds to 0 in float32, −103.98.
const vanished = -104

// rareExponentials computes the exponentials that the kernel left out: those below float32's normal numbers.
func rareExponentials(b *Block) {
	for c := range b.Planes {
		z, p := b.LogitPlane(c), b.ProbabilityPlane(c)
		for i, e := range p {
			if e != 0 {
				continue
			}
			x := z[i] - b.Stats.Best[i]
			if x < vanished {
				continue
			}
			p[i] = float32(math.Exp(float64(x)))
			if int(b.Stats.Top[i]) != c {
				b.Stats.Rest[i] += p[i]
			}
		}
	}
}

// nonFiniteExponentials computes a block's exponentials where some logits are NaN or infinite; NaN spreads over its
// pixel.
func nonFiniteExponentials(b *Block) {
	clear(b.Stats.Rest[:])
	for i, top := range b.Stats.Top[:b.N] {
		b.Stats.Best[i] = b.Z[int(top)*BlockSize+i]
	}
	for c := range b.Planes {
		z, p := b.LogitPlane(c), b.ProbabilityPlane(c)
		for i := range p {
			p[i] = exp(z[i] - b.Stats.Best[i])
			if int(b.Stats.Top[i]) != c {
				b.Stats.Rest[i] += p[i]
			}
		}
	}
}
