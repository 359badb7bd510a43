//go:build !amd64 || purego

package kernel

// Name is the instruction set in use.
func Name() string { return "go" }

// Argmax copies n pixels of planes, stride values apart in source, to z, and writes the plane of the largest of each
// pixel's values, the lowest of equal ones, and that value. It returns false where any value is NaN or infinite; then only
// the copy is to be used. Where z and source are one and the same the stride is [Block].
func Argmax(top *Indices, best *Pixels, z, source []float32, stride, planes, n int) bool {
	return argmaxGo(top, best, z, source, stride, planes, n)
}

// PixelStatistics derives NLL, Q and QTop from the rest.
func PixelStatistics(s *Statistics, n int) { pixelsGo(s, n) }

// Misses adds to u, as 1 − Π (1−p) over the planes that are neither a pixel's likeliest nor its own.
func Misses(u *Pixels, p []float32, top, own *Indices, planes, n int) {
	missesGo(u, p, top, own, planes, n)
}

// MissLosses writes −Σ ln(1−p) over the planes that a pixel is not: ln(1+x) with x = (u + r)/(1 − u), u being Misses's and r
// the odds 1/rest of the likeliest plane where that is not its own; 0 at ignored pixels. It returns false where any x is NaN
// or beyond float32's range; then those pixels' values are not to be used.
func MissLosses(dst, u, rest *Pixels, top, own *Indices, n int) (finite bool) {
	return missLossesGo(dst, u, rest, top, own, n)
}

// Exp writes p = e^(z − best) and the sum of all but the top plane's. Exponents below [Flushed] give 0; then it returns
// false.
func Exp(p []float32, rest *Pixels, z []float32, best *Pixels, top *Indices, planes, n int) (complete bool) {
	return expGo(p, rest, z, best, top, planes, n)
}

// Merge writes the log-sum-exp of some planes of finite z, where what is below [Flushed] from the largest adds nothing.
func Merge(dst, z []float32, channels []int, n int) { mergeGo(dst, z, channels, n) }

// Normalizers writes ln(1+x) and 1/(1+x) of finite values ≥ 0.
func Normalizers(logarithm, inverse, x *Pixels, n int) { normalizersGo(logarithm, inverse, x, n) }

// Normalize multiplies the planes by inverse, clears ignored pixels (labels below 0), and sums up each plane.
func Normalize(p []float32, inverse *Pixels, labels *Indices, sums []Sums, planes, n int) {
	normalizeGo(p, inverse, labels, sums, planes, n)
}

// Sum returns Σx, in sixteen lanes like the other sums.
func Sum(x []float32) float32 { return sumGo(x) }

// Lerp writes (1−f)·a + f·b to memory that is neither's.
func Lerp(dst, a, b []float32, f float32) { lerpGo(dst, a, b, f) }

// Focal writes a·a·b to memory that is neither's.
func Focal(dst, a, b []float32) { focalGo(dst, a, b) }

// AddProducts adds a·b to dst.
func AddProducts(dst, a, b []float32) { addProductsGo(dst, a, b) }

// RegionMeans prepares the gradient of a region loss. Its slope with respect to plane c's probability is k[1] + k[2]·p, plus
// k[0] + k[3]·p where the label is c, with k = coefficients[c]. reference is the slope of each pixel's top plane, mean is
// Σ p·(slope − reference) over all planes: where the model is sure, slope − Σ p·slope would cancel.
func RegionMeans(reference, mean *Pixels, p []float32, labels, top *Indices, coefficients [][4]float32, n int) {
	regionReference(reference, p, labels, top, coefficients, n)
	regionMeansGo(mean, p, reference, labels, coefficients, n)
}

// AddRegion adds scale·p·((slope − reference) − mean) of one plane, the class, to dst, a plane of a block.
func AddRegion(dst, p []float32, reference, mean *Pixels, labels *Indices, class int, k [4]float32, scale float32, n int) {
	addRegionGo(dst, p, reference, mean, labels, class, k, scale, n)
}

// Streams says whether n values at dst and at each multiple of stride from it can be written past the caches.
func Streams(dst []float32, stride, n int) bool { return false }

// StreamRegion writes what [AddRegion] adds to the whole of dst.
func StreamRegion(dst, p []float32, reference, mean *Pixels, labels *Indices, class int, k [4]float32, scale float32) {
	streamRegionGo(dst, p, reference, mean, labels, class, k, scale)
}

// StreamProducts writes a·b to dst.
func StreamProducts(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

// AccumulateMean adds p·(g − reference) of one plane to mean.
func AccumulateMean(mean *Pixels, p, g []float32, reference *Pixels, n int) {
	accumulateMeanGo(mean, p, g, reference, n)
}

// ApplySlopes adds scale·p·((g − reference) − mean) of one plane to dst.
func ApplySlopes(dst, p, g []float32, reference, mean *Pixels, scale float32, n int) {
	applySlopesGo(dst, p, g, reference, mean, scale, n)
}

// AddSquares adds each value's square, which is exact, to its sum.
func AddSquares(sums []float64, x []float32) { addSquaresGo(sums, x) }

// Stream copies source to dst.
func Stream(dst, source []float32) { copy(dst, source) }

// Fence ends a series of calls of Stream.
func Fence() {}
