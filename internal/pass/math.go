package pass

import "math"

// flushed is where e^x leaves float32's normal numbers.
const flushed = -87.3

// exp returns e^x for x ≤ 0 with a relative error below 2e-7 for x ≥ flushed; NaN for NaN.
//
// x = n·ln2 + r with |r| ≤ ln2/2, e^r by its Taylor series up to r⁷ (remainder 5e-9), 2^n by the exponent bits.
func exp(x float32) float32 {
	const (
		log2e = 1.44269504088896341
		ln2Hi = 0.693359375 // 10 bits: n·ln2Hi is exact
		ln2Lo = -2.12194440054690583e-4
		magic = 3 << 22 // adding it rounds to an integer, which then stands in the low bits
	)
	if x < flushed {
		return float32(math.Exp(float64(x))) // below the smallest normal number: rare, and few digits are left
	}
	shifted := x*log2e + magic
	n := shifted - magic
	r := (x - n*ln2Hi) - n*ln2Lo
	s := 1 + r*(1+r*(0.5+r*(1.0/6+r*(1.0/24+r*(1.0/120+r*(1.0/720+r*(1.0/5040)))))))
	return s * math.Float32frombits(math.Float32bits(shifted)<<23+127<<23)
}

// log1p returns ln(1+x) for x ≥ 0 with a relative error below 2e-7, however small x is; NaN and +Inf give themselves.
//
// ln m = 2·artanh(s), s = (m−1)/(m+1), by its series up to s⁹ with m in [√½, √2).
func log1p(x float32) float32 {
	if x < 0.41 { // 1+x < √2: no exponent to split off, and x itself is m−1 without rounding
		return artanhTwice(x / (2 + x))
	}
	if !(x <= math.MaxFloat32) {
		return x
	}
	bits := math.Float32bits(1 + x)
	exponent := int32(bits>>23) - 127
	mantissa := math.Float32frombits(bits&0x7fffff | 127<<23)
	if mantissa > math.Sqrt2 {
		mantissa /= 2
		exponent++
	}
	return float32(exponent)*math.Ln2 + artanhTwice((mantissa-1)/(mantissa+1))
}

// artanhTwice returns 2·artanh(s) for |s| ≤ 0.1716; the remainder of the series is below 1e-9 of the value.
func artanhTwice(s float32) float32 {
	t := s * s
	return 2 * s * (1 + t*(1.0/3+t*(1.0/5+t*(1.0/7+t*(1.0/9)))))
}
