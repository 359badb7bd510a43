package jpeg

// The inverse DCT of libjpeg's "islow": Loeffler, Ligtenberg and Moschytz, ICASSP 1989, with 13-bit constants, columns
// first. Everything is in 32 bits, as the values of any true picture are.

// flat writes the block that a DC coefficient alone gives.
func flat(dst []byte, stride int, dc int32) {
	v := uint64(clamp((dc+4)>>3+128)) * 0x0101010101010101
	for y := range 8 {
		row := dst[y*stride:][:8]
		_ = row[7]
		row[0], row[1], row[2], row[3] = byte(v), byte(v), byte(v), byte(v)
		row[4], row[5], row[6], row[7] = byte(v), byte(v), byte(v), byte(v)
	}
}

// inverseGo writes the block of dequantised coefficients, in natural order.
func inverseGo(dst []byte, stride int, x *[64]int32) {
	var w [64]int32
	for i := range 8 {
		if x[8+i]|x[16+i]|x[24+i]|x[32+i]|x[40+i]|x[48+i]|x[56+i] == 0 {
			dc := x[i] << 2
			for k := range 8 {
				w[8*k+i] = dc
			}
			continue
		}
		e, o := butterflies(x[i], x[8+i], x[16+i], x[24+i], x[32+i], x[40+i], x[48+i], x[56+i])
		for k := range 4 {
			w[8*k+i], w[8*(7-k)+i] = (e[k]+o[k]+1<<10)>>11, (e[k]-o[k]+1<<10)>>11
		}
	}
	for y := range 8 {
		r := w[8*y:][:8]
		row := dst[y*stride:][:8]
		e, o := butterflies(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7])
		for k := range 4 {
			row[k], row[7-k] = clamp((e[k]+o[k]+1<<17)>>18+128), clamp((e[k]-o[k]+1<<17)>>18+128)
		}
	}
}

// butterflies gives the even and the odd half of eight values, times 2^13.
func butterflies(x0, x1, x2, x3, x4, x5, x6, x7 int32) (e, o [4]int32) {
	z := 4433 * (x2 + x6)
	a2, a3 := z-15137*x6, z+6270*x2
	a0, a1 := (x0+x4)<<13, (x0-x4)<<13
	s := 9633 * (x7 + x3 + x5 + x1)
	p, q := s-16069*(x7+x3), s-3196*(x5+x1)
	u, v := -7373*(x7+x1), -20995*(x5+x3)
	return [4]int32{a0 + a3, a1 + a2, a1 - a2, a0 - a3},
		[4]int32{12299*x1 + u + q, 25172*x3 + v + p, 16819*x5 + v + q, 2446*x7 + u + p}
}

func clamp(v int32) byte {
	if uint32(v) > 255 {
		return byte(^v >> 31)
	}
	return byte(v)
}
