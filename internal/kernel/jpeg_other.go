//go:build !amd64 || purego

package kernel

// InverseDCT writes the 8×8 samples, in rows stride bytes apart, of dequantised coefficients in natural order.
func InverseDCT(dst []byte, stride int, x *[64]int32) { inverseDCTGo(dst, stride, x) }

// WidenRow doubles n samples by JPEG's triangle filter. row begins with the neighbour left of the first and has one more
// after the last; both slices have [WidenPadding] bytes to spare.
func WidenRow(dst, row []byte, n int) { widenRowGo(dst, row, n) }

// WidenRows does the same with a row of 3·near + far.
func WidenRows(dst, near, far []byte, n int) { widenRowsGo(dst, near, far, n) }

// PaintYCC writes the interleaved RGB of rows of YCbCr.
func PaintYCC(dst, luma, blue, red []byte) { paintYCCGo(dst, luma, blue, red) }
