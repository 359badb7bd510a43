package kernel

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkKernels times each kernel over one block of 21 planes, which stays in the second-level cache. Bytes are what
// the kernel reads and writes.
func BenchmarkKernels(b *testing.B) {
	const planes = 21
	r := rand.New(rand.NewPCG(1, 1))
	source, z, p, dst := make([]float32, planes*Block), make([]float32, planes*Block), make([]float32, planes*Block), make([]float32, planes*Block)
	for i := range source {
		source[i] = float32(r.NormFloat64() * 3)
	}
	var s Statistics
	var u, mean Pixels
	for i := range s.Truth {
		s.Truth[i] = int32(i * planes / Block)
	}
	sums := make([]Sums, planes)
	logit := int64(4 * planes * Block)
	run := func(name string, bytes int64, f func()) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(bytes)
			for b.Loop() {
				f()
			}
		})
	}
	run("argmax", 2*logit, func() { Argmax(&s.Top, &s.Best, z, source, Block, planes, Block) })
	run("exp", 2*logit, func() { Exp(p, &s.Rest, z, &s.Best, &s.Top, planes, Block) })
	run("normalizers", 3*4*Block, func() { Normalizers(&s.Logarithm, &s.Inverse, &s.Rest, Block) })
	run("normalize", 2*logit, func() { Normalize(p, &s.Inverse, &s.Truth, sums, planes, Block) })
	run("pixels", 11*4*Block, func() { PixelStatistics(&s, Block) })
	run("misses", logit, func() { Misses(&u, p, &s.Top, &s.Truth, planes, Block) })
	k := make([][4]float32, planes)
	run("region gradient", 4*logit, func() { // the probabilities twice, the gradient read and written
		RegionMeans(&u, &mean, p, &s.Truth, &s.Top, k, Block)
		for c := range planes {
			AddRegion(dst[c*Block:], p[c*Block:], &u, &mean, &s.Truth, c, k[c], 0, Block)
		}
	})
	run("lerp", 3*logit, func() { Lerp(dst, source, p, 0.3) })
	run("copy in cache", 2*logit, func() { copy(dst, source) })
	from, to := make([]float32, 16<<20), make([]float32, 16<<20)
	run("copy in memory", 2*4*16<<20, func() { copy(to, from) })
	run("stream to memory", 2*4*16<<20, func() { Stream(to, from) })
}
