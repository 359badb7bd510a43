//go:build amd64 && !purego

package kernel

// The kernels of jpeg.go in AVX2, on AVX-512 machines too.

// InverseDCT writes the 8×8 samples, in rows stride bytes apart, of dequantised coefficients in natural order.
func InverseDCT(dst []byte, stride int, x *[64]int32) { inverseDCT(set, dst, stride, x) }

func inverseDCT(set int, dst []byte, stride int, x *[64]int32) {
	if set == setGo {
		inverseDCTGo(dst, stride, x)
		return
	}
	_ = dst[7*stride+7]
	inverseDCTAVX2(&dst[0], stride, &x[0])
}

// WidenRow doubles n samples by JPEG's triangle filter. row begins with the neighbour left of the first and has one more
// after the last; both slices have [WidenPadding] bytes to spare.
func WidenRow(dst, row []byte, n int) { widenRow(set, dst, row, n) }

func widenRow(set int, dst, row []byte, n int) {
	if set == setGo || n == 0 {
		widenRowGo(dst, row, n)
		return
	}
	groups := (n + 15) / 16
	_, _ = dst[32*groups-1], row[16*groups+1]
	widenRowAVX2(&dst[0], &row[0], groups)
}

// WidenRows does the same with a row of 3·near + far.
func WidenRows(dst, near, far []byte, n int) { widenRows(set, dst, near, far, n) }

func widenRows(set int, dst, near, far []byte, n int) {
	if set == setGo || n == 0 {
		widenRowsGo(dst, near, far, n)
		return
	}
	groups := (n + 15) / 16
	_, _, _ = dst[32*groups-1], near[16*groups+1], far[16*groups+1]
	widenRowsAVX2(&dst[0], &near[0], &far[0], groups)
}

// PaintYCC writes the interleaved RGB of rows of YCbCr.
func PaintYCC(dst, luma, blue, red []byte) { paintYCC(set, dst, luma, blue, red) }

func paintYCC(set int, dst, luma, blue, red []byte) {
	groups := 0
	if set != setGo {
		groups = len(dst) / 96
	}
	done := 32 * groups
	if groups > 0 {
		_, _, _ = luma[done-1], blue[done-1], red[done-1]
		paintYCCAVX2(&dst[0], &luma[0], &blue[0], &red[0], groups)
	}
	paintYCCGo(dst[3*done:], luma[done:], blue[done:], red[done:])
}
