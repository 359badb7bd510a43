package pass

import "github.com/segmetry/segmetry/internal/raster"

// argmax writes each pixel's class of the largest logit; the lowest of equal ones, and the first NaN, as numpy and
// torch have it.
func argmax(dst []int16, z []float32, channels int) {
	n := len(dst)
	var best [BlockSize]float32
	copy(best[:n], z)
	clear(dst)
	for c := 1; c < channels; c++ {
		plane := z[c*BlockSize:][:n]
		for i, x := range plane {
			if top := best[i]; !(x <= top) && top == top {
				best[i], dst[i] = x, int16(c)
			}
		}
	}
}

func mapClasses(classes, table []int16) {
	for i, c := range classes {
		classes[i] = table[c]
	}
}

// softmaxStatistics fills P, Top, QTop, NLL and Q of a softmax block from Z.
//
// With e_k = exp(z_k − max) and rest = Σ e_k over all but the largest, the log-sum-exp is max + log1p(rest), and 1 − p
// of the largest is rest/(1+rest): both keep their digits where the model is sure, and 1−p computed from p would not.
func softmaxStatistics(b *Block) {
	n := b.N
	argmax(b.Top, b.Z, b.Planes)
	var largest, rest, inverse [BlockSize]float32
	for i, c := range b.Top {
		largest[i] = b.Z[int(c)*BlockSize+i]
	}
	for c := range b.Planes {
		z, p := b.Z[c*BlockSize:][:n], b.P[c*BlockSize:][:n]
		for i := range p {
			p[i] = exp(z[i] - largest[i])
		}
		for i, top := range b.Top {
			if int(top) != c {
				rest[i] += p[i]
			}
		}
	}
	for i := range n {
		inverse[i] = 1 / (1 + rest[i])
	}
	for c := range b.Planes {
		p := b.P[c*BlockSize:][:n]
		for i := range p {
			p[i] *= inverse[i]
		}
	}
	for i, t := range b.Labels {
		b.QTop[i] = rest[i] * inverse[i]
		if t == raster.Ignored {
			continue
		}
		b.NLL[i] = (largest[i] - b.Z[int(t)*BlockSize+i]) + log1p(rest[i])
		if t == b.Top[i] {
			b.Q[i] = b.QTop[i]
		} else {
			b.Q[i] = 1 - b.P[int(t)*BlockSize+i] // p_t ≤ ½ here: nothing cancels
		}
	}
}

// mergePlanes adds the probabilities of channels that are one class: its logit is their log-sum-exp. A class without
// channels gets −Inf, probability zero.
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
		if dst[i] = x; x != -inf {
			dst[i] += log1p(sum[i] - 1)
		}
	}
}
