package kernel

// Kernels of JPEG's last steps, with libjpeg-turbo's arithmetic; see package jpeg.

// inverseDCTGo is libjpeg's "islow": Loeffler, Ligtenberg and Moschytz, ICASSP 1989, with 13-bit constants, columns first.
// Everything is in 32 bits, as the values of any true picture are.
func inverseDCTGo(dst []byte, stride int, x *[64]int32) {
	var w [64]int32
	for i := range 8 {
		x0, x1, x2, x3 := x[i], x[8+i], x[16+i], x[24+i]
		x4, x5, x6, x7 := x[32+i], x[40+i], x[48+i], x[56+i]
		if x1|x2|x3|x4|x5|x6|x7 == 0 && uint32(x0+1<<17) < 1<<18 {
			v := x0 << 2
			w[i], w[8+i], w[16+i], w[24+i], w[32+i], w[40+i], w[48+i], w[56+i] = v, v, v, v, v, v, v, v
			continue
		}
		e0, e1, e2, e3 := evenHalf(x0, x2, x4, x6, 1<<10)
		o0, o1, o2, o3 := oddHalf(x1, x3, x5, x7)
		w[i], w[56+i] = (e0+o0)>>11, (e0-o0)>>11
		w[8+i], w[48+i] = (e1+o1)>>11, (e1-o1)>>11
		w[16+i], w[40+i] = (e2+o2)>>11, (e2-o2)>>11
		w[24+i], w[32+i] = (e3+o3)>>11, (e3-o3)>>11
	}
	for y := range 8 {
		r, row := (*[8]int32)(w[8*y:]), (*[8]byte)(dst[y*stride:])
		e0, e1, e2, e3 := evenHalf(r[0], r[2], r[4], r[6], 1<<17+128<<18)
		o0, o1, o2, o3 := oddHalf(r[1], r[3], r[5], r[7])
		row[0], row[7] = clamp8((e0+o0)>>18), clamp8((e0-o0)>>18)
		row[1], row[6] = clamp8((e1+o1)>>18), clamp8((e1-o1)>>18)
		row[2], row[5] = clamp8((e2+o2)>>18), clamp8((e2-o2)>>18)
		row[3], row[4] = clamp8((e3+o3)>>18), clamp8((e3-o3)>>18)
	}
}

// evenHalf gives the half of eight values that the even four make, times 2^13, with round added. Single results stay in
// registers, which an array of them would not.
func evenHalf(x0, x2, x4, x6, round int32) (e0, e1, e2, e3 int32) {
	z := 4433 * (x2 + x6)
	a2, a3 := z-15137*x6, z+6270*x2
	a0, a1 := (x0+x4)<<13+round, (x0-x4)<<13+round
	return a0 + a3, a1 + a2, a1 - a2, a0 - a3
}

// oddHalf gives the half that the odd four make, times 2^13.
func oddHalf(x1, x3, x5, x7 int32) (o0, o1, o2, o3 int32) {
	t, b := x7+x3, x5+x1
	s := 9633 * (t + b)
	p, q := s-16069*t, s-3196*b
	u, v := -7373*(x7+x1), -20995*(x5+x3)
	return 12299*x1 + u + q, 25172*x3 + v + p, 16819*x5 + v + q, 2446*x7 + u + p
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
	l, v := 3*uint32(near[0])+uint32(far[0]), 3*uint32(near[1])+uint32(far[1])
	dst, near, far = dst[:2*n], near[2:n+2], far[2:n+2]
	for x, s := range near {
		r, out := 3*uint32(s)+uint32(far[x]), dst[2*x:2*x+2:2*x+2]
		out[0], out[1] = byte((3*v+l+8)>>4), byte((3*v+r+7)>>4)
		l, v = v, r
	}
}

// paintYCCGo turns YCbCr into RGB in 16-bit fixed point (JFIF).
func paintYCCGo(dst, luma, blue, red []byte) {
	n := len(dst) / 3
	luma, blue, red = luma[:n], blue[:n], red[:n]
	for x, l := range luma {
		y, cb, cr := int32(l)<<16+32768, int32(blue[x])-128, int32(red[x])-128
		r, g, b := y+91881*cr, y-22554*cb-46802*cr, y+116130*cb
		out := dst[3*x : 3*x+3 : 3*x+3]
		if uint32(r|g|b) < 1<<24 { // none is beyond 0 to 255
			out[0], out[1], out[2] = byte(r>>16), byte(g>>16), byte(b>>16)
			continue
		}
		out[0], out[1], out[2] = clamp8(r>>16), clamp8(g>>16), clamp8(b>>16)
	}
}
