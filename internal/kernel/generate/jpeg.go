package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// What JPEG needs beside its bits; AVX2 alone.
func jpeg() {
	inverseDCT()
	widen("widenRowAVX2", false)
	widen("widenRowsAVX2", true)
	paintYCC()
}

// broadcastWord declares 16 words.
func broadcastWord(name string, value int16) Mem {
	m := GLOBL("kernel_"+name, RODATA|NOPTR)
	for i := range 16 {
		DATA(2*i, U16(uint16(value)))
	}
	return m
}

// inverseDCT: eight columns at once, turned, eight rows at once, turned back as bytes.
func inverseDCT() {
	factors := map[int32]Mem{}
	for _, f := range []struct {
		name  string
		value int32
	}{
		{"dct4433", 4433}, {"dct15137", 15137}, {"dct6270", 6270}, {"dct9633", 9633}, {"dct16069", 16069}, {"dct3196", 3196},
		{"dct7373", 7373}, {"dct20995", 20995}, {"dct12299", 12299}, {"dct25172", 25172}, {"dct16819", 16819}, {"dct2446", 2446},
		{"dctRoundColumns", 1 << 10}, {"dctRoundRows", 1<<17 + 128<<18},
	} {
		constant(f.name, uint32(f.value))
		factors[f.value] = data[f.name]
	}
	square := [16]uint8{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15}
	turn := shuffle("dctTurn", square, square)

	TEXT("inverseDCTAVX2", NOSPLIT, "func(dst *byte, stride int, x *int32)")
	Pragma("noescape")
	dst, stride, from := param("dst"), param("stride"), param("x")
	op := func(f func(ops ...Op), a Op, b reg.VecVirtual) reg.VecVirtual {
		v := YMM()
		f(a, b, v)
		return v
	}
	add := func(a, b reg.VecVirtual) reg.VecVirtual { return op(VPADDD, b, a) }
	sub := func(a, b reg.VecVirtual) reg.VecVirtual { return op(VPSUBD, b, a) }
	times := func(a reg.VecVirtual, f int32) reg.VecVirtual { return op(VPMULLD, factors[f], a) }

	pass := func(x [8]reg.VecVirtual, round int32, shift uint64) (y [8]reg.VecVirtual) {
		z := times(add(x[2], x[6]), 4433)
		a2, a3 := sub(z, times(x[6], 15137)), add(z, times(x[2], 6270))
		a0, a1 := add(x[0], x[4]), sub(x[0], x[4])
		for _, a := range []reg.VecVirtual{a0, a1} {
			VPSLLD(Imm(13), a, a)
			VPADDD(factors[round], a, a)
		}
		e := [4]reg.VecVirtual{add(a0, a3), add(a1, a2), sub(a1, a2), sub(a0, a3)}
		t, u := add(x[7], x[3]), add(x[5], x[1])
		s := times(add(t, u), 9633)
		p, q := sub(s, times(t, 16069)), sub(s, times(u, 3196))
		w, v := times(add(x[7], x[1]), 7373), times(add(x[5], x[3]), 20995) // to be taken away
		o := [4]reg.VecVirtual{
			add(sub(times(x[1], 12299), w), q), add(sub(times(x[3], 25172), v), p),
			add(sub(times(x[5], 16819), v), q), add(sub(times(x[7], 2446), w), p),
		}
		for k := range 4 {
			y[k], y[7-k] = add(e[k], o[k]), sub(e[k], o[k])
			VPSRAD(Imm(shift), y[k], y[k])
			VPSRAD(Imm(shift), y[7-k], y[7-k])
		}
		return y
	}

	var x [8]reg.VecVirtual
	for k := range x {
		x[k] = YMM()
		VMOVDQU(Mem{Base: from, Disp: 32 * k}, x[k])
	}
	x = pass(turned(pass(x, 1<<10, 11)), 1<<17+128<<18, 18)
	arrange := ymm(turn)
	var half [2]reg.VecVirtual // rows 0 to 3 and 4 to 7 of four columns
	for k := range half {
		a, b := op(VPACKSSDW, x[4*k+1], x[4*k]), op(VPACKSSDW, x[4*k+3], x[4*k+2])
		half[k] = op(VPACKUSWB, b, a)
		VPSHUFB(arrange, half[k], half[k])
	}
	first, second := op(VPUNPCKLDQ, half[1], half[0]), op(VPUNPCKHDQ, half[1], half[0]) // rows 0, 1, 4, 5 and 2, 3, 6, 7
	high := [2]reg.VecVirtual{XMM(), XMM()}
	VEXTRACTI128(Imm(1), first, high[0])
	VEXTRACTI128(Imm(1), second, high[1])
	for _, rows := range []reg.Register{first.AsX(), second.AsX(), high[0], high[1]} {
		VMOVQ(rows, Mem{Base: dst})
		VPEXTRQ(Imm(1), rows, Mem{Base: dst, Index: stride, Scale: 1})
		LEAQ(Mem{Base: dst, Index: stride, Scale: 2}, dst)
	}
	VZEROUPPER()
	RET()
}

// turned exchanges rows and columns of 8×8 values of 32 bits.
func turned(x [8]reg.VecVirtual) [8]reg.VecVirtual {
	step := func(low, high func(ops ...Op), pairs [4][2]int) {
		for _, p := range pairs {
			a, b := YMM(), YMM()
			low(x[p[1]], x[p[0]], a)
			high(x[p[1]], x[p[0]], b)
			x[p[0]], x[p[1]] = a, b
		}
	}
	step(VPUNPCKLDQ, VPUNPCKHDQ, [4][2]int{{0, 1}, {2, 3}, {4, 5}, {6, 7}})
	step(VPUNPCKLQDQ, VPUNPCKHQDQ, [4][2]int{{0, 2}, {1, 3}, {4, 6}, {5, 7}})
	lanes := func(selector uint64) func(ops ...Op) {
		return func(ops ...Op) { VPERM2I128(Imm(selector), ops[0], ops[1], ops[2]) }
	}
	step(lanes(0x20), lanes(0x31), [4][2]int{{0, 4}, {1, 5}, {2, 6}, {3, 7}})
	return [8]reg.VecVirtual{x[0], x[2], x[1], x[3], x[4], x[6], x[5], x[7]}
}

// widen: two samples for each of sixteen a turn: (3·own + neighbour) / 4, of a row or of 3·near + far.
func widen(name string, mixed bool) {
	left, right, shift := int16(1), int16(2), uint64(2)
	signature := "func(dst, near *byte, groups int)"
	if mixed {
		left, right, shift = 8, 7, 4
		signature = "func(dst, near, far *byte, groups int)"
	}
	leftBias, rightBias := broadcastWord(name+"Left", left), broadcastWord(name+"Right", right)
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	dst, near, groups := param("dst"), param("near"), param("groups")
	far := near
	if mixed {
		far = param("far")
	}
	l, r := ymm(leftBias), ymm(rightBias)
	triple := func(v reg.VecVirtual) reg.VecVirtual {
		t := YMM()
		VPADDW(v, v, t)
		VPADDW(v, t, t)
		return t
	}
	samples := func(at int) reg.VecVirtual {
		v := YMM()
		VPMOVZXBW(Mem{Base: near, Disp: at}, v)
		if !mixed {
			return v
		}
		f := YMM()
		VPMOVZXBW(Mem{Base: far, Disp: at}, f)
		v = triple(v)
		VPADDW(f, v, v)
		return v
	}
	Label("groups")
	own := triple(samples(1))
	even, odd := samples(0), samples(2)
	VPADDW(own, even, even)
	VPADDW(l, even, even)
	VPSRLW(Imm(shift), even, even)
	VPADDW(own, odd, odd)
	VPADDW(r, odd, odd)
	VPSRLW(Imm(shift), odd, odd)
	VPSLLW(Imm(8), odd, odd)
	VPOR(even, odd, odd)
	VMOVDQU(odd, Mem{Base: dst})
	ADDQ(Imm(16), near)
	if mixed {
		ADDQ(Imm(16), far)
	}
	ADDQ(Imm(32), dst)
	DECQ(groups)
	JNZ(LabelRef("groups"))
	VZEROUPPER()
	RET()
}

// paintYCC: RGB of 32 pixels a turn. 16-bit products: 91881 = 65536 + 26345, 116130 = 131072 − 14942,
// 46802 = 65536 − 18734.
func paintYCC() {
	middle, red, blue := broadcastWord("ycc128", 128), broadcastWord("ycc26345", 26345), broadcastWord("ycc14942", -14942)
	green := GLOBL("kernel_yccGreen", RODATA|NOPTR)
	for i := range 8 {
		factor := int16(-22554)
		DATA(4*i, U16(uint16(factor)))
		DATA(4*i+2, U16(18734))
	}
	constant("yccRound", 32768)
	var masks [3][3]Mem // of each colour in each 16 bytes of 48
	for c := range masks {
		for k := range masks[c] {
			var m [16]uint8
			for i := range m {
				if m[i] = none; (16*k+i)%3 == c {
					m[i] = uint8((16*k + i) / 3)
				}
			}
			masks[c][k] = shuffle("ycc"+string(rune('A'+3*c+k)), m, m)
		}
	}

	TEXT("paintYCCAVX2", NOSPLIT, "func(dst, luma, blue, red *byte, groups int)")
	Pragma("noescape")
	dst, luma, cb, cr, groups := param("dst"), param("luma"), param("blue"), param("red"), param("groups")
	zero := YMM()
	VPXOR(zero, zero, zero)
	Label("groups")
	var halves [2][3]reg.VecVirtual
	for h := range halves {
		words := func(from reg.GPVirtual) reg.VecVirtual {
			v := ymm(Mem{Base: from})
			if h == 0 {
				VPUNPCKLBW(zero, v, v)
			} else {
				VPUNPCKHBW(zero, v, v)
			}
			return v
		}
		y, b, r := words(luma), words(cb), words(cr)
		VPSUBW(middle, b, b)
		VPSUBW(middle, r, r)
		halves[h] = colours(y, b, r, red, blue, green)
	}
	for c := range 3 {
		VPACKUSWB(halves[1][c], halves[0][c], halves[0][c])
	}
	for k := range 3 {
		out := YMM()
		VPSHUFB(masks[0][k], halves[0][0], out)
		for c := 1; c < 3; c++ {
			v := YMM()
			VPSHUFB(masks[c][k], halves[0][c], v)
			VPOR(v, out, out)
		}
		VMOVDQU(out.AsX(), Mem{Base: dst, Disp: 16 * k})
		VEXTRACTI128(Imm(1), out, Mem{Base: dst, Disp: 48 + 16*k})
	}
	ADDQ(Imm(32), luma)
	ADDQ(Imm(32), cb)
	ADDQ(Imm(32), cr)
	ADDQ(Imm(96), dst)
	DECQ(groups)
	JNZ(LabelRef("groups"))
	VZEROUPPER()
	RET()
}

// colours gives red, green and blue words of sixteen pixels.
func colours(y, b, r reg.VecVirtual, red, blue, green Mem) [3]reg.VecVirtual {
	minusOne := YMM()
	VPCMPEQW(minusOne, minusOne, minusOne)
	product := func(v reg.VecVirtual, factor Mem) reg.VecVirtual { // (v·factor + 2^15) >> 16
		t := YMM()
		VPADDW(v, v, t)
		VPMULHW(factor, t, t)
		VPSUBW(minusOne, t, t)
		VPSRAW(Imm(1), t, t)
		return t
	}
	outRed, outBlue := product(r, red), product(b, blue)
	VPADDW(y, outRed, outRed)
	VPADDW(r, outRed, outRed)
	VPADDW(y, outBlue, outBlue)
	VPADDW(b, outBlue, outBlue)
	VPADDW(b, outBlue, outBlue)
	low, high := YMM(), YMM()
	VPUNPCKLWD(r, b, low)
	VPUNPCKHWD(r, b, high)
	for _, v := range []reg.VecVirtual{low, high} {
		VPMADDWD(green, v, v)
		VPADDD(data["yccRound"], v, v)
		VPSRAD(Imm(16), v, v)
	}
	outGreen := YMM()
	VPACKSSDW(high, low, outGreen)
	VPADDW(y, outGreen, outGreen)
	VPSUBW(r, outGreen, outGreen)
	return [3]reg.VecVirtual{outRed, outGreen, outBlue}
}
