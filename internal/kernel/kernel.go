// Package kernel holds the innermost loops over a block of pixels: softmax statistics, region sums, interpolation and
// gradients. On amd64 they run as AVX2 or AVX-512 assembly, chosen when the program starts; everywhere else, and under
// the build tag purego, as their twins in Go, beside them. All are written to give the same bits: none fuses a
// multiplication with an addition, and sums run in sixteen interleaved lanes that are added pairwise. Tests hold AVX2 to
// that; AVX-512 is held to it when the program starts, or not used.
//
// Planes of a block are [Block] values apart. Per-pixel arrays are whole blocks; n is the number of pixels in use.
// Kernels may read and write up to the next multiple of sixteen pixels: values there are meaningless, and labels there
// must be negative.
package kernel

import "math"

// Block is the number of pixels of a full block.
const Block = 256

// Pixels is one value for every pixel of a block.
type Pixels = [Block]float32

// Indices is one integer for every pixel of a block.
type Indices = [Block]int32

// Sums are a plane's region sums over one block.
type Sums struct {
	P, Q  float32 // Σ p, Σ p²
	I, I2 float32 // the same over the pixels whose label is the plane's number
}

// span is the number of bytes that the vector kernels walk over.
func span(n int) int { return (n + 15) / 16 * 64 }

// argmaxGo is the twin of argmax.
func argmaxGo(top *Indices, best *Pixels, z, source []float32, stride, planes, n int) bool {
	check := float32(0)
	largest, index := best[:n], top[:n]
	copy(largest, source)
	clear(index)
	for c := range planes {
		plane := z[c*Block:][:n]
		copy(plane, source[c*stride:])
		for i, x := range plane {
			check += x * 0
			if x > largest[i] {
				largest[i], index[i] = x, int32(c)
			}
		}
	}
	return check == 0
}

// Flushed is where e^x leaves float32's normal numbers.
const Flushed = -87.3

// expGo is the twin of exp.
func expGo(p []float32, rest *Pixels, z []float32, best *Pixels, top *Indices, planes, n int) (complete bool) {
	complete = true
	largest, index, sum := best[:n], top[:n], rest[:n]
	clear(sum)
	for c := range planes {
		from, to := z[c*Block:][:n], p[c*Block:][:n]
		for i, x := range from {
			x -= largest[i]
			if x < Flushed {
				complete, to[i] = false, 0
				continue
			}
			e := Exp1(x)
			to[i] = e
			if int(index[i]) != c {
				sum[i] += e
			}
		}
	}
	return complete
}

// mergeGo is the twin of merge.
func mergeGo(dst, z []float32, channels []int, n int) {
	for i := range n {
		largest, top := z[channels[0]*Block+i], 0
		for k, c := range channels {
			if x := z[c*Block+i]; x > largest {
				largest, top = x, k
			}
		}
		rest := float32(0)
		for k, c := range channels {
			if x := z[c*Block+i] - largest; k != top && x >= Flushed {
				rest += Exp1(x)
			}
		}
		dst[i] = largest + Log1p1(rest)
	}
}

// Exp1 returns e^x for x in [Flushed, 0] with a relative error below 2e-7.
//
// x = n·ln2 + r with |r| ≤ ln2/2; e^r by the polynomial 1 + r + c₂r² + … + c₆r⁶ whose largest relative error on that
// interval is least (3.7e-9); 2^n by the exponent bits. The conversions keep a compiler from fusing products with sums.
func Exp1(x float32) float32 {
	const (
		log2e = 1.44269504088896341
		ln2Hi = 0.693359375 // 10 bits: n·ln2Hi is exact
		ln2Lo = -2.12194440054690583e-4
		magic = 3 << 22 // adding it rounds to an integer, which then stands in the low bits
		c2    = 0.4999999403953552
		c3    = 0.1666652113199234
		c4    = 0.04166838899254799
		c5    = 0.00836874544620514
		c6    = 0.0013814539415761828
	)
	shifted := float32(x*log2e) + magic
	n := shifted - magic
	r := (x - float32(n*ln2Hi)) - float32(n*ln2Lo)
	square := float32(r * r)
	high := (float32(r*c5) + c4) + float32(square*c6)
	low := (float32(r*c3) + c2) + float32(square*high)
	s := (r + 1) + float32(square*low)
	return s * math.Float32frombits(math.Float32bits(shifted)<<23+127<<23)
}

// normalizersGo is the twin of normalizers.
func normalizersGo(logarithm, inverse, x *Pixels, n int) {
	for i, v := range x[:n] {
		logarithm[i], inverse[i] = Log1p1(v), 1/(1+v)
	}
}

// Log1p1 returns ln(1+x) for finite x ≥ 0 with a relative error below 2e-7, however small x is.
//
// ln m = 2·artanh(s), s = (m−1)/(m+1), by its series up to s⁹ with m in [√½, √2): the remainder is below 1e-9.
func Log1p1(x float32) float32 {
	numerator, denominator, whole := x, x+2, float32(0)
	if !(x < 0.41) { // 1+x ≥ √2: there is an exponent to split off
		bits := math.Float32bits(1 + x)
		exponent := int32(bits>>23) - 127
		mantissa := math.Float32frombits(bits&0x7fffff | 127<<23)
		if mantissa > math.Sqrt2 {
			mantissa *= 0.5
			exponent++
		}
		numerator, denominator = mantissa-1, mantissa+1
		whole = float32(float32(exponent) * math.Ln2)
	}
	q := numerator / denominator
	t := float32(q * q)
	s := float32(t * (1.0 / 9))
	s = float32((s + 1.0/7) * t)
	s = float32((s + 1.0/5) * t)
	s = float32((s + 1.0/3) * t)
	s++
	return float32(float32(q*2)*s) + whole
}

// pixelsGo is the twin of pixels.
func pixelsGo(s *Statistics, n int) {
	for i := range n {
		likeliest := float32(s.Rest[i] * s.Inverse[i])
		miss, loss := 1-s.Own[i], (s.Best[i]-s.OwnLogit[i])+s.Logarithm[i]
		if s.Truth[i] == s.Top[i] {
			miss = likeliest
		}
		if s.Truth[i] < 0 {
			likeliest, miss, loss = 0, 0, 0
		}
		s.QTop[i], s.Q[i], s.NLL[i] = likeliest, miss, loss
	}
}

// Statistics is what the softmax kernels say of every pixel of a block.
type Statistics struct {
	Best      Pixels  // the largest logit
	Top       Indices // its plane
	Rest      Pixels  // Σ e^(z−Best) over all planes but Top
	Inverse   Pixels  // 1/(1+Rest), the probability of Top
	Logarithm Pixels  // ln(1+Rest)
	Truth     Indices // the plane that the pixel's label is; negative at ignored pixels
	OwnLogit  Pixels  // the logit of that plane
	Own       Pixels  // its probability
	NLL       Pixels  // −ln Own
	Q         Pixels  // 1 − Own
	QTop      Pixels  // 1 − the probability of Top
}

// missesGo is the twin of misses.
func missesGo(u *Pixels, p []float32, top, own *Indices, planes, n int) {
	for c := range planes {
		for i, x := range p[c*Block:][:n] {
			if int(top[i]) != c && int(own[i]) != c {
				u[i] += float32(x * (1 - u[i]))
			}
		}
	}
}

// missLossesGo is the twin of missLosses.
func missLossesGo(dst, u, rest *Pixels, top, own *Indices, n int) (finite bool) {
	check := float32(0)
	for i, miss := range u[:n] {
		r := float32(0)
		if own[i] >= 0 && own[i] != top[i] {
			r = 1 / rest[i]
		}
		x := (miss + r) / (1 - miss)
		check += x * 0
		dst[i] = Log1p1(x)
	}
	return check == 0
}

// normalizeGo is the twin of normalize.
func normalizeGo(p []float32, inverse *Pixels, labels *Indices, sums []Sums, planes, n int) {
	factors, truth := inverse[:n], labels[:n]
	for c := range planes {
		var sum, squares, own, ownSquares [16]float32
		plane := p[c*Block:][:n]
		for i, e := range plane {
			x, lane := float32(e*factors[i]), i&15
			if truth[i] < 0 {
				x = 0
			}
			plane[i] = x
			square := float32(x * x)
			sum[lane] += x
			squares[lane] += square
			if int(truth[i]) == c {
				own[lane] += x
				ownSquares[lane] += square
			}
		}
		sums[c] = Sums{reduce(&sum), reduce(&squares), reduce(&own), reduce(&ownSquares)}
	}
}

// reduce adds sixteen lanes pairwise: those 8 apart, then 4, 2 and 1.
func reduce(lanes *[16]float32) float32 {
	for step := 8; step > 0; step /= 2 {
		for l := range step {
			lanes[l] += lanes[l+step]
		}
	}
	return lanes[0]
}

// sumGo is the twin of sum.
func sumGo(x []float32) float32 {
	var lanes [16]float32
	for len(x) >= 16 {
		for l := range lanes {
			lanes[l] += x[l]
		}
		x = x[16:]
	}
	for l := range x {
		lanes[l] += x[l]
	}
	return reduce(&lanes)
}

func lerpGo(dst, a, b []float32, f float32) {
	g := 1 - f
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = float32(g*a[i]) + float32(f*b[i])
	}
}

func focalGo(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = float32(a[i]*a[i]) * b[i]
	}
}

func addProductsGo(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] += float32(a[i] * b[i])
	}
}

// regionSlope is a region loss's gradient with respect to a probability; own says that the label is the plane's class.
func regionSlope(p float32, own bool, k *[4]float32) float32 {
	inside := float32(0)
	if own {
		inside = k[0] + float32(k[3]*p)
	}
	return (k[1] + float32(k[2]*p)) + inside
}

// regionReference writes the slope of each pixel's top plane.
func regionReference(reference *Pixels, p []float32, labels, top *Indices, coefficients [][4]float32, n int) {
	for i, c := range top[:n] {
		reference[i] = regionSlope(p[int(c)*Block+i], labels[i] == c, &coefficients[c])
	}
}

// regionMeansGo is the twin of regionMeans.
func regionMeansGo(mean *Pixels, p []float32, reference *Pixels, labels *Indices, coefficients [][4]float32, n int) {
	clear(mean[:n])
	for c := range coefficients {
		for i, x := range p[c*Block:][:n] {
			mean[i] += float32(x * (regionSlope(x, int(labels[i]) == c, &coefficients[c]) - reference[i]))
		}
	}
}

// streamRegionGo is the twin of streamRegion.
func streamRegionGo(dst, p []float32, reference, mean *Pixels, labels *Indices, class int, k [4]float32, scale float32) {
	for i := range dst {
		g := regionSlope(p[i], int(labels[i]) == class, &k)
		dst[i] = float32(scale*p[i]) * ((g - reference[i]) - mean[i])
	}
}

// addRegionGo is the twin of addRegion.
func addRegionGo(dst, p []float32, reference, mean *Pixels, labels *Indices, class int, k [4]float32, scale float32, n int) {
	for i := range n {
		g := regionSlope(p[i], int(labels[i]) == class, &k)
		dst[i] += float32(float32(scale*p[i]) * ((g - reference[i]) - mean[i]))
	}
}

func accumulateMeanGo(mean *Pixels, p, g []float32, reference *Pixels, n int) {
	for i := range n {
		mean[i] += float32(p[i] * (g[i] - reference[i]))
	}
}

func applySlopesGo(dst, p, g []float32, reference, mean *Pixels, scale float32, n int) {
	for i := range n {
		dst[i] += float32(float32(scale*p[i]) * ((g[i] - reference[i]) - mean[i]))
	}
}

func addSquaresGo(sums []float64, x []float32) {
	sums = sums[:len(x)]
	for i, v := range x {
		sums[i] += float64(v) * float64(v)
	}
}
