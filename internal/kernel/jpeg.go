package kernel

// Kernels of JPEG's last steps, with libjpeg-turbo's arithmetic; see package jpeg.

// inverseDCTGo is libjpeg's "islow": Loeffler, Ligtenberg and Moschytz, ICASSP 1989, with 13-bit constants, columns first.
// Everything is in 32 bits, as the values of any true picture are.
func inverseDCTGo(dst []byte, stride int, x *[64]int32) {
	var w [64]int32
	for i := range 8 {
		if x[8+i]|x[16+i]|x[24+i]|x[32+i]|x[40+i]|x[48+i]|x[56+i] == 0 && uint32(x[i]+1<<17) < 1<<18 {
			for k, dc := 0, x[i]<<2; k < 8; k++ {
				w[8*k+i] = dc
			}
			continue
		}
		e, o := butterflies(x[i], x[8+i], x[16+i], x[24+i], x[32+i], x[40+i], x[48+i], x[56+i], 1<<10)
		for k := range 4 {
			w[8*k+i], w[8*(7-k)+i] = (e[k]+o[k])>>11, (e[k]-o[k])>>11
		}
	}
	for y := range 8 {
		r, row := w[8*y:][:8], dst[y*stride:][:8]
		e, o := butterflies(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], 1<<17+128<<18)
		for k := range 4 {
			row[k], row[7-k] = clamp8((e[k]+o[k])>>18), clamp8((e[k]-o[k])>>18)
		}
	}
}

// butterflies gives the even and the odd half of eight values, times 2^13; the even half with round added.
func butterflies(x0, x1, x2, x3, x4, x5, x6, x7, round int32) (e, o [4]int32) {
	z := 4433 * (x2 + x6)
	a2, a3 := z-15137*x6, z+6270*x2
	a0, a1 := (x0+x4)<<13+round, (x0-x4)<<13+round
	s := 9633 * (x7 + x3 + x5 + x1)
	p, q := s-16069*(x7+x3), s-3196*(x5+x1)
	u, v := -7373*(x7+x1), -20995*(x5+x3)
	return [4]int32{a0 + a3, a1 + a2, a1 - a2, a0 - a3},
		[4]int32{12299*x1 + u + q, 25172*x3 + v + p, 16819*x5 + v + q, 2446*x7 + u + p}
}

func clamp8(v int32) byte {
	if uint32(v) > 255 {
		return byte(^v >> 31)
	}
	return byte(v)
}

// WidenPadding is how many bytes beyond those they need the kernels below may read, and beyond their results write.
const WidenPadding = 32

// widenRowGo writes two samples for each of n: (3·own + neighbour) / 4.
func widenRowGo(dst, row []byte, n int) {
	dst, row = dst[:2*n], row[:n+2]
	for x := range n {
		l, v, r := uint16(row[x]), 3*uint16(row[x+1]), uint16(row[x+2])
		dst[2*x], dst[2*x+1] = byte((v+l+1)>>2), byte((v+r+2)>>2)
	}
}

// widenRowsGo does the same in both directions: (9·own + 3·far + 3·neighbour + far's neighbour) / 16.
func widenRowsGo(dst, near, far []byte, n int) {
	dst, near, far = dst[:2*n], near[:n+2], far[:n+2]
	l, v := 3*uint16(near[0])+uint16(far[0]), 3*uint16(near[1])+uint16(far[1])
	for x := range n {
		r := 3*uint16(near[x+2]) + uint16(far[x+2])
		dst[2*x], dst[2*x+1] = byte((3*v+l+8)>>4), byte((3*v+r+7)>>4)
		l, v = v, r
	}
}

// paintYCCGo turns YCbCr into RGB in 16-bit fixed point (JFIF).
func paintYCCGo(dst, luma, blue, red []byte) {
	n := len(dst) / 3
	luma, blue, red = luma[:n], blue[:n], red[:n]
	for x := range luma {
		y, b, r := int32(luma[x]), int32(blue[x])-128, int32(red[x])-128
		dst[3*x] = clamp8(y + (91881*r+32768)>>16)
		dst[3*x+1] = clamp8(y + (-22554*b-46802*r+32768)>>16)
		dst[3*x+2] = clamp8(y + (116130*b+32768)>>16)
	}
}
