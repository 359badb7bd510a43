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

// Exp writes p = e^(z − best) and the sum of all but the top plane's. Exponents below [Flushed] give 0; then it returns
// false.
func Exp(p []float32, rest *Pixels, z []float32, best *Pixels, top *Indices, planes, n int) (complete bool) {
	return expGo(p, rest, z, best, top, planes, n)
}

// Log1p writes ln(1+x) of finite values ≥ 0.
func Log1p(dst, x *Pixels, n int) { log1pGo(dst, x, n) }

// Normalize multiplies the planes by inverse, clears ignored pixels (labels below 0), and sums up each plane.
func Normalize(p []float32, inverse *Pixels, labels *Indices, sums []Sums, planes, n int) {
	normalizeGo(p, inverse, labels, sums, planes, n)
}

// Sum returns Σx, in sixteen lanes like the other sums.
func Sum(x []float32) float32 { return sumGo(x) }

// Lerp writes (1−f)·a + f·b.
func Lerp(dst, a, b []float32, f float32) { lerpGo(dst, a, b, f) }

// AddProducts adds a·b to dst.
func AddProducts(dst, a, b []float32) { addProductsGo(dst, a, b) }

// RegionSlopes writes k[1] + k[2]·p, plus k[0] + k[3]·p where the label is the class, over one plane.
func RegionSlopes(dst, p []float32, labels *Indices, class int32, k [4]float32, n int) {
	regionSlopesGo(dst, p, labels, class, k, n)
}

// AccumulateMean adds p·(g − reference) of one plane to mean.
func AccumulateMean(mean *Pixels, p, g []float32, reference *Pixels, n int) {
	accumulateMeanGo(mean, p, g, reference, n)
}

// ApplySlopes adds scale·p·((g − reference) − mean) of one plane to dst.
func ApplySlopes(dst, p, g []float32, reference, mean *Pixels, scale float32, n int) {
	applySlopesGo(dst, p, g, reference, mean, scale, n)
}

// Stretch writes one row at another width.
func Stretch(dst, source []float32, t *Taps) { stretchGo(dst, source, t, 0) }

// Stream copies source to dst.
func Stream(dst, source []float32) { copy(dst, source) }

// Fence ends a series of calls of Stream.
func Fence() {}

// Count adds one to cell (truth+1)·classes + predicted of one of the tables for every pixel, CountTables of (classes+1)·classes
// cells. It panics where a pixel falls outside.
func Count(tables []uint32, truth, predicted []int16, classes int) {
	countGo(tables, truth, predicted, classes, (classes+1)*classes, 0)
}
