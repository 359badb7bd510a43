package pass

import (
	"math"
	"slices"

	"github.com/segmetry/segmetry/internal/kernel"
	"github.com/segmetry/segmetry/internal/raster"
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

func mapClasses(classes, table []int16) {
	for i, c := range classes {
		classes[i] = table[c]
	}
}

// softmaxStatistics fills P, Top, QTop, NLL, Q and Sums of a softmax block from Z, its largest values and their planes.
//
// With e_k = exp(z_k − max) and rest = Σ e_k over all but the largest, the log-sum-exp is max + log1p(rest), and 1 − p
// of the largest is rest/(1+rest): both keep their digits where the model is sure, and 1−p computed from p would not.
func softmaxStatistics(b *Block, finite bool) {
	n := b.N
	if finite {
		if !kernel.Exp(b.P, &b.rest, b.Z, &b.best, &b.top, b.Planes, n) {
			rareExponentials(b)
		}
	} else {
		nonFiniteExponentials(b)
	}
	kernel.Log1p(&b.logarithm, &b.rest, n)
	for i, r := range b.rest[:n] {
		b.inverse[i] = 1 / (1 + r)
		if r-r != 0 {
			b.logarithm[i] = r
		}
	}
	kernel.Normalize(b.P, &b.inverse, &b.Own, b.Sums, b.Planes, n)
	for i, t := range b.Labels {
		b.Top[i] = int16(b.top[i])
		if t == raster.Ignored {
			b.NLL[i], b.Q[i], b.QTop[i] = 0, 0, 0
			continue
		}
		k := int(t)*BlockSize + i
		q := b.rest[i] * b.inverse[i]
		b.QTop[i] = q
		z := b.Z[k]
		if b.NLL[i] = (b.best[i] - z) + b.logarithm[i]; z == noChannel {
			b.NLL[i] = inf
		}
		if t != b.Top[i] {
			q = 1 - b.P[k] // p_t ≤ ½ here: nothing cancels
		}
		b.Q[i] = q
	}
}

// rareExponentials computes the exponentials that the kernel left out: those below float32's normal numbers.
func rareExponentials(b *Block) {
	for c := range b.Planes {
		z, p := b.LogitPlane(c), b.ProbabilityPlane(c)
		for i, e := range p {
			if e != 0 {
				continue
			}
			p[i] = float32(math.Exp(float64(z[i] - b.best[i])))
			if int(b.top[i]) != c {
				b.rest[i] += p[i]
			}
		}
	}
}

// nonFiniteExponentials computes a block's exponentials where some logits are NaN or infinite; NaN spreads over its
// pixel.
func nonFiniteExponentials(b *Block) {
	clear(b.rest[:])
	for i, top := range b.top[:b.N] {
		b.best[i] = b.Z[int(top)*BlockSize+i]
	}
	for c := range b.Planes {
		z, p := b.LogitPlane(c), b.ProbabilityPlane(c)
		for i := range p {
			p[i] = exp(z[i] - b.best[i])
			if int(b.top[i]) != c {
				b.rest[i] += p[i]
			}
		}
	}
}

// noChannel is the logit of a class that no channel is mapped to: its probability is 0 and its loss infinite.
const noChannel = -math.MaxFloat32

// mergePlanes adds the probabilities of channels that are one class: its logit is their log-sum-exp. A class without
// channels gets noChannel.
func mergePlanes(b *Block, raw []float32, table []int16) {
	for c := range b.Planes {
		mergeClass(b.Z[c*BlockSize:][:b.N], raw, table, int16(c))
	}
}

func mergeClass(dst, raw []float32, table []int16, class int16) {
	var sum, largest [BlockSize]float32
	for i := range largest {
		largest[i] = -inf
	}
	for c, to := range table {
		if to != class {
			continue
		}
		for i, x := range raw[c*BlockSize:][:len(dst)] {
			largest[i] = max(largest[i], x) // NaN stays
		}
	}
	for c, to := range table {
		if to != class {
			continue
		}
		for i, x := range raw[c*BlockSize:][:len(dst)] {
			sum[i] += exp(x - largest[i])
		}
	}
	for i, x := range largest[:len(dst)] {
		switch {
		case x == -inf && !slices.Contains(table, class):
			dst[i] = noChannel
		case x == -inf:
			dst[i] = x
		default:
			dst[i] = x + log1p(sum[i]-1)
		}
	}
}
