package losses

import (
	"github.com/segmetry/segmetry/internal/kernel"
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// residuals writes p_j − o_j for every pixel and logit of the block, 0 at ignored pixels. At j = t that is −(1−p_t),
// which keeps its digits. All losses that are functions of −log p_t are a factor a pixel times these.
func residuals(b *pass.Block, dst []float32) {
	if b.Head == Sigmoid {
		for i, t := range b.Labels {
			if dst[i] = b.Q[i]; t == 1 {
				dst[i] = -b.Q[i]
			}
		}
		return
	}
	copy(dst, b.P)
	for i, t := range b.Labels {
		if t != raster.Ignored {
			dst[int(t)*pass.BlockSize+i] = -b.Q[i]
		}
	}
}

// addResiduals adds factor_i·(p_j − o_j) for every pixel i and logit j of the block.
func addResiduals(b *pass.Block, residuals, factors, dst []float32) {
	for c := range b.Planes {
		kernel.AddProducts(dst[c*pass.BlockSize:][:b.N], factors, residuals[c*pass.BlockSize:])
	}
}

// addFromProbabilities adds the gradient with respect to the logits of a loss whose gradient with respect to the
// probabilities is g, planes like dst's: softmax p_c(g_c − Σ_k p_k·g_k), sigmoid g·p(1−p). P is 0 at ignored pixels.
func addFromProbabilities(b *pass.Block, g []float32, scale float32, dst []float32) {
	n := b.N
	if b.Head == Sigmoid {
		for i := range n {
			dst[i] += scale * g[i] * b.QTop[i] * (1 - b.QTop[i])
		}
		return
	}
	// Σ_k p_k·g_k is taken relative to g of the most likely class: where the model is sure, g_c − mean would cancel.
	var reference, mean kernel.Pixels
	for i, top := range b.Stats.Top[:b.N] {
		reference[i] = g[int(top)*pass.BlockSize+i]
	}
	for c := range b.Planes {
		kernel.AccumulateMean(&mean, b.P[c*pass.BlockSize:], g[c*pass.BlockSize:], &reference, n)
	}
	for c := range b.Planes {
		k := c * pass.BlockSize
		kernel.ApplySlopes(dst[k:], b.P[k:], g[k:], &reference, &mean, scale, n)
	}
}
