package kernel

import "math/rand/v2"

// Job is one kernel at work on a block, with the bytes that it reads and writes.
type Job struct {
	Name, Doc string
	Bytes     int64
	Run       func()
}

// Jobs returns every kernel on one block of 21 planes, which stays in the second-level cache, and copies of memory to hold
// them against. The order is that in which they feed one another.
func Jobs() []Job {
	const planes = 21
	r := rand.New(rand.NewPCG(1, 1))
	source, z, p, dst := make([]float32, planes*Block), make([]float32, planes*Block), make([]float32, planes*Block), make([]float32, planes*Block)
	for i := range source {
		source[i] = float32(r.NormFloat64() * 3)
	}
	var s Statistics
	var u, mean, lost Pixels
	for i := range s.Truth {
		s.Truth[i] = int32(i * planes / Block)
	}
	var ones Pixels
	for i := range ones {
		ones[i] = 1 // normalising again and again must not make the probabilities smaller
	}
	sums := make([]Sums, planes)
	k := make([][4]float32, planes)
	const logit = 4 * planes * Block
	from, to := make([]float32, 16<<20), make([]float32, 16<<20)
	return []Job{
		{"argmax", "largest logit and its plane, and a copy of the block", 2 * logit, func() { Argmax(&s.Top, &s.Best, z, source, Block, planes, Block) }},
		{"exp", "exponentials and their sum", 2 * logit, func() { Exp(p, &s.Rest, z, &s.Best, &s.Top, planes, Block) }},
		{"normalizers", "logarithm and reciprocal a pixel", 3 * 4 * Block, func() { Normalizers(&s.Logarithm, &s.Inverse, &s.Rest, Block) }},
		{"normalize", "probabilities and four sums a plane", 2 * logit, func() { Normalize(p, &ones, &s.Truth, sums, planes, Block) }},
		{"pixels", "−log p_t and 1−p_t a pixel", 11 * 4 * Block, func() { PixelStatistics(&s, Block) }},
		{"misses", "Π (1−p) for bce", logit, func() { clear(u[:]); Misses(&u, p, &s.Top, &s.Truth, planes, Block) }},
		{"miss losses", "its logarithm a pixel", 5 * 4 * Block, func() { MissLosses(&lost, &u, &s.Rest, &s.Top, &s.Truth, Block) }},
		{"region gradient", "gradient of a region loss, added up", 4 * logit, func() {
			RegionMeans(&lost, &mean, p, &s.Truth, &s.Top, k, Block)
			for c := range planes {
				AddRegion(dst[c*Block:], p[c*Block:], &lost, &mean, &s.Truth, c, k[c], 0, Block)
			}
		}},
		{"lerp", "vertical interpolation", 3 * logit, func() { Lerp(dst, source, p, 0.3) }},
		{"copy in cache", "the measure", 2 * logit, func() { copy(dst, source) }},
		{"copy in memory", "64 MiB to 64 MiB", 2 * 4 * 16 << 20, func() { copy(to, from) }},
		{"stream to memory", "the same past the caches", 2 * 4 * 16 << 20, func() { Stream(to, from) }},
	}
}
