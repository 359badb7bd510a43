//go:build amd64 && !purego

package kernel

// The kernels of resize.go in AVX2, on AVX-512 machines too.

// HalveRow writes the rounded mean of two by two pixels, three interleaved bytes each.
func HalveRow(dst, upper, lower []uint8) { halveRow(set, dst, upper, lower) }

func halveRow(set int, dst, upper, lower []uint8) {
	_, _ = upper[2*len(dst)-1], lower[2*len(dst)-1]
	groups := 0
	if set != setGo && len(dst) >= 28 {
		groups = (len(dst) - 4) / 24 // the last group writes 4 bytes too many, and reads as many
		halveRowAVX2(&dst[0], &upper[0], &lower[0], groups)
	}
	halveRowGo(dst, upper, lower, 8*groups)
}

// LinearRow writes (A·p + B·next) >> 4 of every target and channel. dst has [LinearPadding] values to spare.
func LinearRow(dst []int16, row []uint8, t *LinearTaps) { linearRow(set, dst, row, t) }

func linearRow(set int, dst []int16, row []uint8, t *LinearTaps) {
	_, _ = dst[3*len(t.At)+LinearPadding-1], t.Weights[2*len(t.At)-1]
	groups := 0
	if set != setGo && t.Groups > 0 {
		groups = t.Groups
		_ = row[t.At[4*groups-1]+7]
		linearRowAVX2(&dst[0], &row[0], &t.At[0], &t.Weights[0], groups)
	}
	linearRowGo(dst, row, t, 4*groups)
}

// LinearColumns writes (((A·upper) >> 16) + ((B·lower) >> 16) + 2) >> 2.
func LinearColumns(dst []uint8, upper, lower []int16, a, b int16) {
	linearColumns(set, dst, upper, lower, a, b)
}

func linearColumns(set int, dst []uint8, upper, lower []int16, a, b int16) {
	upper, lower = upper[:len(dst)], lower[:len(dst)]
	n := 0
	if set != setGo && len(dst) >= 32 {
		n = len(dst) &^ 31
		linearColumnsAVX2(&dst[0], &upper[0], &lower[0], a, b, n)
	}
	linearColumnsGo(dst[n:], upper[n:], lower[n:], a, b)
}

// FilterRow filters a row of pixels.
func FilterRow(dst, row []uint8, f *Filter) { filterRow(set, dst, row, f) }

func filterRow(set int, dst, row []uint8, f *Filter) {
	_ = dst[3*len(f.First)-1]
	n := 0
	if set != setGo && len(f.bytes) > 1 {
		n = min(len(f.bytes), len(f.First)-1) // each target writes a byte too many
		_ = row[int(f.bytes[n-1])+3*f.Taps+3]
		filterRowAVX2(&dst[0], &row[0], &f.bytes[0], &f.halves[0], f.Taps, n)
	}
	filterRowGo(dst, row, f, n)
}

// FilterColumns filters the columns of src, rows of stride bytes, for target row y.
func FilterColumns(dst, src []uint8, stride int, f *Filter, y int) {
	filterColumns(set, dst, src, stride, f, y)
}

func filterColumns(set int, dst, src []uint8, stride int, f *Filter, y int) {
	n := 0
	if set != setGo && len(f.halves) > 0 && len(dst) >= 16 {
		n = len(dst) &^ 15
		from := src[int(f.First[y])*stride:]
		_ = from[(f.Taps-1)*stride+n-1]
		filterColumnsAVX2(&dst[0], &from[0], stride, &f.halves[2*y*f.Taps], f.Taps, n)
	}
	filterColumnsGo(dst, src, stride, f, y, n)
}

// Spread writes three planes of [Affine.At] of interleaved pixels. The planes are of one length.
func Spread(planes *[3][]float32, src []uint8, a *Affine) { spread(set, planes, src, a) }

func spread(set int, planes *[3][]float32, src []uint8, a *Affine) {
	n := len(planes[0]) &^ 7
	if set == setGo || n == 0 {
		n = 0
	} else {
		_, _, _ = planes[1][n-1], planes[2][n-1], src[3*n-1]
		spreadAVX2(&planes[0][0], &planes[1][0], &planes[2][0], &src[0], &a.Factor[0], &a.Offset[0], n)
	}
	spreadGo(planes, src, a, n)
}
