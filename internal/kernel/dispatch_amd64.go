//go:build amd64 && !purego

package kernel

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// The instruction sets.
const (
	setGo = iota
	setAVX2
	setAVX512
)

// set is the instruction set in use.
var set = choose()

// choose takes the widest set that the processor has. AVX-512 must also agree with the twins on a block.
func choose() int {
	switch {
	case cpu.X86.HasAVX512F && agrees(setAVX512):
		return setAVX512
	case cpu.X86.HasAVX2:
		return setAVX2
	}
	return setGo
}

// Name is the instruction set in use: go, avx2 or avx512.
func Name() string { return [...]string{"go", "avx2", "avx512"}[set] }

// Argmax copies n pixels of planes, stride values apart in source, to z, and writes the plane of the largest of each
// pixel's values, the lowest of equal ones, and that value. It returns false where any value is NaN or infinite; then only
// the copy is to be used. Where z and source are one and the same the stride is [Block].
func Argmax(top *Indices, best *Pixels, z, source []float32, stride, planes, n int) bool {
	return argmax(set, top, best, z, source, stride, planes, n)
}

func argmax(set int, top *Indices, best *Pixels, z, source []float32, stride, planes, n int) bool {
	if n == 0 {
		return true
	}
	_, _ = z[planes*Block-1], source[(planes-1)*stride+n-1]
	if n&15 != 0 { // vectors would read beyond the pixels in use
		if &z[0] != &source[0] {
			for c := range planes {
				copy(z[c*Block:][:n], source[c*stride:])
			}
		}
		source, stride = z, Block
		pad(z, planes, n)
	}
	switch set {
	case setAVX512:
		return argmaxAVX512(&top[0], &best[0], &z[0], &source[0], 4*stride, planes, span(n)) == 0
	case setAVX2:
		return argmaxAVX2(&top[0], &best[0], &z[0], &source[0], 4*stride, planes, span(n)) == 0
	}
	return argmaxGo(top, best, z, source, stride, planes, n)
}

// pad clears the planes' values up to the next multiple of sixteen pixels.
func pad(z []float32, planes, n int) {
	if end := span(n) / 4; end > n {
		for c := range planes {
			clear(z[c*Block+n : c*Block+end])
		}
	}
}

// PixelStatistics derives NLL, Q and QTop from the rest.
func PixelStatistics(s *Statistics, n int) { pixels(set, s, n) }

func pixels(set int, s *Statistics, n int) {
	switch {
	case n == 0:
	case set == setAVX512:
		pixelsAVX512(&s.NLL[0], &s.Q[0], &s.QTop[0], &s.Best[0], &s.Logarithm[0], &s.Rest[0], &s.Inverse[0], &s.OwnLogit[0], &s.Own[0], &s.Top[0], &s.Truth[0], span(n))
	case set == setAVX2:
		pixelsAVX2(&s.NLL[0], &s.Q[0], &s.QTop[0], &s.Best[0], &s.Logarithm[0], &s.Rest[0], &s.Inverse[0], &s.OwnLogit[0], &s.Own[0], &s.Top[0], &s.Truth[0], span(n))
	default:
		pixelsGo(s, n)
	}
}

// Exp writes p = e^(z − best) and the sum of all but the top plane's. Exponents below [Flushed] give 0; then it returns
// false.
func Exp(p []float32, rest *Pixels, z []float32, best *Pixels, top *Indices, planes, n int) (complete bool) {
	return exp(set, p, rest, z, best, top, planes, n)
}

func exp(set int, p []float32, rest *Pixels, z []float32, best *Pixels, top *Indices, planes, n int) bool {
	if n == 0 {
		return true
	}
	_, _ = z[planes*Block-1], p[planes*Block-1]
	clear(rest[:])
	switch set {
	case setAVX512:
		return expAVX512(&p[0], &rest[0], &z[0], &best[0], &top[0], planes, span(n)) == 0
	case setAVX2:
		return expAVX2(&p[0], &rest[0], &z[0], &best[0], &top[0], planes, span(n)) == 0
	}
	return expGo(p, rest, z, best, top, planes, n)
}

// Merge writes the log-sum-exp of some planes of finite z, where what is below [Flushed] from the largest adds nothing.
func Merge(dst, z []float32, channels []int, n int) { merge(set, dst, z, channels, n) }

func merge(set int, dst, z []float32, channels []int, n int) {
	if n == 0 {
		return
	}
	_ = dst[Block-1]
	for _, c := range channels {
		_ = z[c*Block:][Block-1]
	}
	switch set {
	case setAVX512:
		mergeAVX512(&dst[0], &z[0], &channels[0], len(channels), span(n))
	case setAVX2:
		mergeAVX2(&dst[0], &z[0], &channels[0], len(channels), span(n))
	default:
		mergeGo(dst, z, channels, n)
	}
}

// Normalizers writes ln(1+x) and 1/(1+x) of finite values ≥ 0.
func Normalizers(logarithm, inverse, x *Pixels, n int) { normalizers(set, logarithm, inverse, x, n) }

func normalizers(set int, logarithm, inverse, x *Pixels, n int) {
	switch {
	case n == 0:
	case set == setAVX512:
		normalizersAVX512(&logarithm[0], &inverse[0], &x[0], span(n))
	case set == setAVX2:
		normalizersAVX2(&logarithm[0], &inverse[0], &x[0], span(n))
	default:
		normalizersGo(logarithm, inverse, x, n)
	}
}

// Normalize multiplies the planes by inverse, clears ignored pixels (labels below 0), and sums up each plane.
func Normalize(p []float32, inverse *Pixels, labels *Indices, sums []Sums, planes, n int) {
	normalize(set, p, inverse, labels, sums, planes, n)
}

func normalize(set int, p []float32, inverse *Pixels, labels *Indices, sums []Sums, planes, n int) {
	if n == 0 {
		clear(sums[:planes])
		return
	}
	_, _ = p[planes*Block-1], sums[planes-1]
	switch set {
	case setAVX512:
		normalizeAVX512(&p[0], &inverse[0], &labels[0], &sums[0].P, planes, span(n))
	case setAVX2:
		normalizeAVX2(&p[0], &inverse[0], &labels[0], &sums[0].P, planes, span(n))
	default:
		normalizeGo(p, inverse, labels, sums, planes, n)
	}
}

// whole is how many of n values the vector kernels can do without reading beyond them.
func whole(set, n int) int {
	switch set {
	case setAVX512:
		return n &^ 15
	case setAVX2:
		return n &^ 7
	}
	return 0
}

// Sum returns Σx, in sixteen lanes like the other sums.
func Sum(x []float32) float32 { return sum(set, x) }

func sum(set int, x []float32) float32 {
	if len(x)&15 == 0 && len(x) > 0 {
		switch set {
		case setAVX512:
			return sumAVX512(&x[0], 4*len(x))
		case setAVX2:
			return sumAVX2(&x[0], 4*len(x))
		}
	}
	return sumGo(x)
}

// Lerp writes (1−f)·a + f·b to memory that is neither's.
func Lerp(dst, a, b []float32, f float32) { lerp(set, dst, a, b, f) }

func lerp(set int, dst, a, b []float32, f float32) {
	n := len(dst)
	a, b = a[:n], b[:n]
	switch {
	case set == setAVX512 && n >= 16:
		lerpAVX512(&dst[0], &a[0], &b[0], 1-f, f, 4*n)
	case set == setAVX2 && n >= 8:
		lerpAVX2(&dst[0], &a[0], &b[0], 1-f, f, 4*n)
	default:
		lerpGo(dst, a, b, f)
	}
}

// Focal writes a·a·b to memory that is neither's.
func Focal(dst, a, b []float32) { focal(set, dst, a, b) }

func focal(set int, dst, a, b []float32) {
	n := len(dst)
	a, b = a[:n], b[:n]
	switch {
	case set == setAVX512 && n >= 16:
		focalAVX512(&dst[0], &a[0], &b[0], 4*n)
	case set == setAVX2 && n >= 8:
		focalAVX2(&dst[0], &a[0], &b[0], 4*n)
	default:
		focalGo(dst, a, b)
	}
}

// AddProducts adds a·b to dst.
func AddProducts(dst, a, b []float32) { addProducts(set, dst, a, b) }

func addProducts(set int, dst, a, b []float32) {
	n := whole(set, len(dst))
	a, b = a[:len(dst)], b[:len(dst)]
	if n > 0 && set == setAVX512 {
		addProductsAVX512(&dst[0], &a[0], &b[0], 4*n)
	} else if n > 0 {
		addProductsAVX2(&dst[0], &a[0], &b[0], 4*n)
	}
	addProductsGo(dst[n:], a[n:], b[n:])
}

// RegionMeans prepares the gradient of a region loss. Its slope with respect to plane c's probability is k[1] + k[2]·p, plus
// k[0] + k[3]·p where the label is c, with k = coefficients[c]. reference is the slope of each pixel's top plane, mean is
// Σ p·(slope − reference) over all planes: where the model is sure, slope − Σ p·slope would cancel.
func RegionMeans(reference, mean *Pixels, p []float32, labels, top *Indices, coefficients [][4]float32, n int) {
	regionReference(reference, p, labels, top, coefficients, n)
	regionMeans(set, mean, p, reference, labels, coefficients, n)
}

func regionMeans(set int, mean *Pixels, p []float32, reference *Pixels, labels *Indices, coefficients [][4]float32, n int) {
	planes := len(coefficients)
	_ = p[planes*Block-1]
	switch {
	case n == 0:
	case set == setAVX512:
		regionMeansAVX512(&mean[0], &p[0], &reference[0], &labels[0], &coefficients[0][0], planes, span(n))
	case set == setAVX2:
		regionMeansAVX2(&mean[0], &p[0], &reference[0], &labels[0], &coefficients[0][0], planes, span(n))
	default:
		regionMeansGo(mean, p, reference, labels, coefficients, n)
	}
}

// AddRegion adds scale·p·((slope − reference) − mean) of one plane, the class, to dst, a plane of a block.
func AddRegion(dst, p []float32, reference, mean *Pixels, labels *Indices, class int, k [4]float32, scale float32, n int) {
	addRegion(set, dst, p, reference, mean, labels, class, k, scale, n)
}

func addRegion(set int, dst, p []float32, reference, mean *Pixels, labels *Indices, class int, k [4]float32, scale float32, n int) {
	_, _ = dst[Block-1], p[Block-1]
	switch {
	case n == 0:
	case set == setAVX512:
		addRegionAVX512(&dst[0], &p[0], &reference[0], &mean[0], &labels[0], int32(class), k[0], k[1], k[2], k[3], scale, span(n))
	case set == setAVX2:
		addRegionAVX2(&dst[0], &p[0], &reference[0], &mean[0], &labels[0], int32(class), k[0], k[1], k[2], k[3], scale, span(n))
	default:
		addRegionGo(dst, p, reference, mean, labels, class, k, scale, n)
	}
}

// StreamRegion writes what [AddRegion] adds to the whole of dst, past the caches where [Streams]. Call Fence before another
// goroutine reads it.
func StreamRegion(dst, p []float32, reference, mean *Pixels, labels *Indices, class int, k [4]float32, scale float32) {
	streamRegion(set, dst, p, reference, mean, labels, class, k, scale)
}

func streamRegion(set int, dst, p []float32, reference, mean *Pixels, labels *Indices, class int, k [4]float32, scale float32) {
	_ = p[len(dst)-1]
	switch {
	case set == setAVX512 && streams(dst):
		streamRegionAVX512(&dst[0], &p[0], &reference[0], &mean[0], &labels[0], int32(class), k[0], k[1], k[2], k[3], scale, 4*len(dst))
	case set == setAVX2 && streams(dst):
		streamRegionAVX2(&dst[0], &p[0], &reference[0], &mean[0], &labels[0], int32(class), k[0], k[1], k[2], k[3], scale, 4*len(dst))
	default:
		streamRegionGo(dst, p, reference, mean, labels, class, k, scale)
	}
}

// Streams says whether n values at dst and at each multiple of stride from it can be written past the caches.
func Streams(dst []float32, stride, n int) bool {
	return stride&15 == 0 && set != setGo && streams(dst[:n])
}

// streams asks for whole lines of 64 bytes.
func streams(dst []float32) bool {
	return len(dst)&15 == 0 && uintptr(unsafe.Pointer(&dst[0]))&63 == 0
}

// StreamProducts writes a·b to dst, past the caches where [Streams]. Call Fence before another goroutine reads it.
func StreamProducts(dst, a, b []float32) { streamProducts(set, dst, a, b) }

func streamProducts(set int, dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	switch {
	case set == setAVX512 && streams(dst):
		streamProductsAVX512(&dst[0], &a[0], &b[0], 4*len(dst))
	case set == setAVX2 && streams(dst):
		streamProductsAVX2(&dst[0], &a[0], &b[0], 4*len(dst))
	default:
		for i := range dst {
			dst[i] = a[i] * b[i]
		}
	}
}

// AccumulateMean adds p·(g − reference) of one plane to mean.
func AccumulateMean(mean *Pixels, p, g []float32, reference *Pixels, n int) {
	accumulateMean(set, mean, p, g, reference, n)
}

func accumulateMean(set int, mean *Pixels, p, g []float32, reference *Pixels, n int) {
	_, _ = p[Block-1], g[Block-1]
	switch {
	case n == 0:
	case set == setAVX512:
		accumulateMeanAVX512(&mean[0], &p[0], &g[0], &reference[0], span(n))
	case set == setAVX2:
		accumulateMeanAVX2(&mean[0], &p[0], &g[0], &reference[0], span(n))
	default:
		accumulateMeanGo(mean, p, g, reference, n)
	}
}

// ApplySlopes adds scale·p·((g − reference) − mean) of one plane to dst.
func ApplySlopes(dst, p, g []float32, reference, mean *Pixels, scale float32, n int) {
	applySlopes(set, dst, p, g, reference, mean, scale, n)
}

func applySlopes(set int, dst, p, g []float32, reference, mean *Pixels, scale float32, n int) {
	_, _, _ = dst[Block-1], p[Block-1], g[Block-1]
	switch {
	case n == 0:
	case set == setAVX512:
		applySlopesAVX512(&dst[0], &p[0], &g[0], &reference[0], &mean[0], scale, span(n))
	case set == setAVX2:
		applySlopesAVX2(&dst[0], &p[0], &g[0], &reference[0], &mean[0], scale, span(n))
	default:
		applySlopesGo(dst, p, g, reference, mean, scale, n)
	}
}

// AddSquares adds each value's square, which is exact, to its sum.
func AddSquares(sums []float64, x []float32) { addSquares(set, sums, x) }

func addSquares(set int, sums []float64, x []float32) {
	n := 0
	if groups := len(x) / 8; set != setGo && groups > 0 {
		n = 8 * groups
		_ = sums[n-1]
		addSquaresAVX2(&sums[0], &x[0], groups)
	}
	addSquaresGo(sums[n:], x[n:])
}

// Stream copies source to dst past the caches where their places allow it: dst is memory that is not read again soon. Call
// Fence before another goroutine reads it.
func Stream(dst, source []float32) { stream(set, dst, source) }

func stream(set int, dst, source []float32) {
	n := min(len(dst), len(source)) &^ 15
	switch {
	case n == 0 || uintptr(unsafe.Pointer(&dst[0]))&63 != 0:
		n = 0
	case set == setAVX512:
		streamAVX512(&dst[0], &source[0], 4*n)
	case set == setAVX2:
		streamAVX2(&dst[0], &source[0], 4*n)
	default:
		n = 0
	}
	copy(dst[n:], source[n:])
}

// Fence ends a series of calls of Stream.
func Fence() { fence() }
