//go:build amd64 && !purego

package kernel

// Misses adds to u, as 1 − Π (1−p) over the planes that are neither a pixel's likeliest nor its own.
func Misses(u *Pixels, p []float32, top, own *Indices, planes, n int) {
	misses(set, u, p, top, own, planes, n)
}

func misses(set int, u *Pixels, p []float32, top, own *Indices, planes, n int) {
	_ = p[planes*Block-1]
	switch {
	case n == 0:
	case set == setAVX512:
		missesAVX512(&u[0], &p[0], &top[0], &own[0], planes, span(n))
	case set == setAVX2:
		missesAVX2(&u[0], &p[0], &top[0], &own[0], planes, span(n))
	default:
		missesGo(u, p, top, own, planes, n)
	}
}

// MissLosses writes −Σ ln(1−p) over the planes that a pixel is not: ln(1+x) with x = (u + r)/(1 − u), u being Misses's and r
// the odds 1/rest of the likeliest plane where that is not its own; 0 at ignored pixels. It returns false where any x is NaN
// or beyond float32's range; then those pixels' values are not to be used.
func MissLosses(dst, u, rest *Pixels, top, own *Indices, n int) (finite bool) {
	return missLosses(set, dst, u, rest, top, own, n)
}

func missLosses(set int, dst, u, rest *Pixels, top, own *Indices, n int) bool {
	switch {
	case n == 0:
		return true
	case set == setAVX512:
		return missLossesAVX512(&dst[0], &u[0], &rest[0], &top[0], &own[0], span(n)) == 0
	case set == setAVX2:
		return missLossesAVX2(&dst[0], &u[0], &rest[0], &top[0], &own[0], span(n)) == 0
	}
	return missLossesGo(dst, u, rest, top, own, n)
}
