//go:build !amd64 || purego

package kernel

// HalveRow writes the rounded mean of two by two pixels, three interleaved bytes each.
func HalveRow(dst, upper, lower []uint8) { halveRowGo(dst, upper, lower, 0) }

// LinearRow writes (A·p + B·next) >> 4 of every target and channel. dst has [LinearPadding] values to spare.
func LinearRow(dst []int16, row []uint8, t *LinearTaps) { linearRowGo(dst, row, t, 0) }

// LinearColumns writes (((A·upper) >> 16) + ((B·lower) >> 16) + 2) >> 2.
func LinearColumns(dst []uint8, upper, lower []int16, a, b int16) {
	linearColumnsGo(dst, upper, lower, a, b)
}

// FilterRow filters a row of pixels.
func FilterRow(dst, row []uint8, f *Filter) { filterRowGo(dst, row, f, 0) }

// FilterColumns filters the columns of src, rows of stride bytes, for target row y.
func FilterColumns(dst, src []uint8, stride int, f *Filter, y int) {
	filterColumnsGo(dst, src, stride, f, y, 0)
}

// Spread writes three planes of [Affine.At] of interleaved pixels. The planes are of one length.
func Spread(planes *[3][]float32, src []uint8, a *Affine) { spreadGo(planes, src, a, 0) }
