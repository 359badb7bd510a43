package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Bytes of three interleaved channels; AVX2 alone: shuffles are the limit, and wider vectors would not help them.

const none = 0x80 // a shuffle's index that gives zero

// shuffle declares the two lanes' indices of a byte shuffle.
func shuffle(name string, low, high [16]uint8) Mem {
	m := GLOBL("kernel_"+name, RODATA|NOPTR)
	for i, index := range append(low[:], high[:]...) {
		DATA(i, U8(index))
	}
	return m
}

// channelPairs picks two neighbouring pixels' channels as words, red beside red, from the given bytes on.
func channelPairs(from uint8) (mask [16]uint8) {
	for i := range mask {
		mask[i] = none
	}
	for c := range uint8(3) {
		mask[4*c], mask[4*c+2] = from+c, from+c+3
	}
	return mask
}

// words repeats one dword of the lane four times.
func repeated(dword uint8) (mask [16]uint8) {
	for i := range mask {
		mask[i] = 4*dword + uint8(i)%4
	}
	return mask
}

// dropped closes up the given number of units of three of four elements.
func dropped(bytes uint8) (mask [16]uint8) {
	for i := range mask {
		mask[i] = none
	}
	for i := range 12 {
		unit, within := uint8(i)/(3*bytes), uint8(i)%(3*bytes)
		mask[i] = 4*bytes*unit + within
	}
	return mask
}

func ymm(m Mem) reg.VecVirtual {
	v := YMM()
	VMOVDQU(m, v)
	return v
}

// resize writes every kernel of this file.
func resize() {
	halveRow()
	linearRow()
	linearColumns()
	filterRow()
	filterColumns()
	spread()
}

// halveRow: the rounded mean of two by two pixels; eight targets at a time, 52 bytes of each source row, 28 of dst.
func halveRow() {
	sixOf8 := [16]uint8{0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, none, none, none, none}
	close := shuffle("halveClose", sixOf8, sixOf8)
	pairs := [16]uint8{0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11, none, none, none, none}
	mask := shuffle("halvePairs", pairs, pairs)

	TEXT("halveRowAVX2", NOSPLIT, "func(dst, upper, lower *uint8, groups int)")
	Pragma("noescape")
	dst, upper, lower, groups := param("dst"), param("upper"), param("lower"), param("groups")
	arrange, closing, two, ones := ymm(mask), ymm(close), YMM(), YMM()
	VPCMPEQW(two, two, two)
	VPABSB(two, ones)
	VPSRLW(Imm(15), two, two)
	VPSLLW(Imm(1), two, two)
	Label("groups")
	sums := func(at int) reg.VecVirtual { // of four targets: two from at, two from 24 bytes on
		row := func(from reg.GPVirtual) reg.VecVirtual {
			v := YMM()
			VMOVDQU(Mem{Base: from, Disp: at}, v.AsX())
			VINSERTI128(Imm(1), Mem{Base: from, Disp: at + 24}, v, v)
			VPSHUFB(arrange, v, v)
			VPMADDUBSW(ones, v, v)
			return v
		}
		v := row(upper)
		VPADDW(row(lower), v, v)
		VPADDW(two, v, v)
		VPSRLW(Imm(2), v, v)
		return v
	}
	a, b := sums(0), sums(12)
	VPACKUSWB(b, a, a)
	VPSHUFB(closing, a, a)
	VMOVDQU(a.AsX(), Mem{Base: dst})
	VEXTRACTI128(Imm(1), a, Mem{Base: dst, Disp: 12})
	ADDQ(Imm(48), upper)
	ADDQ(Imm(48), lower)
	ADDQ(Imm(24), dst)
	DECQ(groups)
	JNZ(LabelRef("groups"))
	VZEROUPPER()
	RET()
}

// linearRow: (A·p + B·next) >> 4 of four targets at a time; at are bytes, weights the pairs A, B of 16 bits.
func linearRow() {
	first, second := shuffle("linearFirst", channelPairs(0), channelPairs(0)), shuffle("linearSecond", channelPairs(8), channelPairs(8))
	evens, odds := shuffle("linearEvens", repeated(0), repeated(2)), shuffle("linearOdds", repeated(1), repeated(3))
	six := dropped(2)
	close := shuffle("linearClose", six, six)

	TEXT("linearRowAVX2", NOSPLIT, "func(dst *int16, row *uint8, at *int32, weights *int16, groups int)")
	Pragma("noescape")
	dst, row, at, weights, groups := param("dst"), param("row"), param("at"), param("weights"), param("groups")
	pickA, pickB, even, odd, closing := ymm(first), ymm(second), ymm(evens), ymm(odds), ymm(close)
	Label("groups")
	pair := func(from int) reg.VecVirtual {
		v := XMM()
		a, b := GP64(), GP64()
		MOVLQSX(Mem{Base: at, Disp: 4 * from}, a)
		MOVLQSX(Mem{Base: at, Disp: 4 * (from + 1)}, b)
		VMOVQ(Mem{Base: row, Index: a, Scale: 1}, v)
		VMOVHPS(Mem{Base: row, Index: b, Scale: 1}, v, v)
		return v
	}
	pixels, w := YMM(), YMM()
	low, high := pair(0), pair(2)
	VINSERTI128(Imm(1), high, low.AsY(), pixels)
	VBROADCASTI128(Mem{Base: weights}, w)
	product := func(pick, repeat reg.VecVirtual) reg.VecVirtual {
		p, k := YMM(), YMM()
		VPSHUFB(pick, pixels, p)
		VPSHUFB(repeat, w, k)
		VPMADDWD(k, p, p)
		VPSRLD(Imm(4), p, p)
		return p
	}
	a, b := product(pickA, even), product(pickB, odd)
	VPACKUSDW(b, a, a)
	VPSHUFB(closing, a, a)
	VMOVDQU(a.AsX(), Mem{Base: dst})
	VEXTRACTI128(Imm(1), a, Mem{Base: dst, Disp: 12})
	ADDQ(Imm(16), at)
	ADDQ(Imm(16), weights)
	ADDQ(Imm(24), dst)
	DECQ(groups)
	JNZ(LabelRef("groups"))
	VZEROUPPER()
	RET()
}

// linearColumns: (((A·upper) >> 16) + ((B·lower) >> 16) + 2) >> 2, for a multiple of 32.
func linearColumns() {
	TEXT("linearColumnsAVX2", NOSPLIT, "func(dst *uint8, upper, lower *int16, a, b int16, n int)")
	Pragma("noescape")
	dst, upper, lower := param("dst"), param("upper"), param("lower")
	word := func(name string) reg.VecVirtual {
		v, low := YMM(), XMM()
		x := GP32()
		MOVWLSX(Load(Param(name), GP16()), x)
		VMOVD(x, low)
		VPBROADCASTW(low, v)
		return v
	}
	a, b, two := word("a"), word("b"), YMM()
	n := param("n")
	VPCMPEQW(two, two, two)
	VPSRLW(Imm(15), two, two)
	VPSLLW(Imm(1), two, two)
	loop("pixels", n, 32, func(i reg.GPVirtual) {
		half := func(disp int) reg.VecVirtual {
			x, y := YMM(), YMM()
			VPMULHW(Mem{Base: upper, Index: i, Scale: 2, Disp: disp}, a, x)
			VPMULHW(Mem{Base: lower, Index: i, Scale: 2, Disp: disp}, b, y)
			VPADDW(y, x, x)
			VPADDW(two, x, x)
			VPSRAW(Imm(2), x, x)
			return x
		}
		x, y := half(0), half(32)
		VPACKUSWB(y, x, x)
		VPERMQ(Imm(0xd8), x, x)
		VMOVDQU(x, Mem{Base: dst, Index: i, Scale: 1})
	})
	VZEROUPPER()
	RET()
}

// rounded: (high·2048 + low + 2^21) >> 22.
func rounded(high, low, half reg.VecVirtual) {
	VPSLLD(Imm(11), high, high)
	VPADDD(low, high, high)
	VPADDD(half, high, high)
	VPSRAD(Imm(22), high, high)
}

func half22(v reg.VecVirtual) {
	VPCMPEQD(v, v, v)
	VPSRLD(Imm(31), v, v)
	VPSLLD(Imm(21), v, v)
}

// filterRow: sums of weights of 22 bits times pixels, a target at a time. Four taps' weights lie as four high and four low
// halves (W = 2048·high + low). It writes a byte beyond each target, reads four beyond its taps.
func filterRow() {
	pairs := shuffle("filterPairs", channelPairs(0), channelPairs(6))
	high, low := shuffle("filterHigh", repeated(0), repeated(1)), shuffle("filterLow", repeated(2), repeated(3))

	TEXT("filterRowAVX2", NOSPLIT, "func(dst, row *uint8, at *int32, halves *int16, taps, targets int)")
	Pragma("noescape")
	dst, row, at, halves, taps, targets := param("dst"), param("row"), param("at"), param("halves"), param("taps"), param("targets")
	arrange, highs, lows, half := ymm(pairs), ymm(high), ymm(low), YMM()
	half22(half)
	Label("targets")
	from, left := GP64(), GP64()
	MOVLQSX(Mem{Base: at}, from)
	ADDQ(row, from)
	MOVQ(taps, left)
	h, l := YMM(), YMM()
	VPXOR(h, h, h)
	VPXOR(l, l, l)
	Label("taps")
	p, w, k := YMM(), YMM(), YMM()
	VBROADCASTI128(Mem{Base: from}, p)
	VPSHUFB(arrange, p, p)
	VBROADCASTI128(Mem{Base: halves}, w)
	VPSHUFB(highs, w, k)
	VPMADDWD(p, k, k)
	VPADDD(k, h, h)
	VPSHUFB(lows, w, k)
	VPMADDWD(p, k, k)
	VPADDD(k, l, l)
	ADDQ(Imm(12), from)
	ADDQ(Imm(16), halves)
	SUBQ(Imm(4), left)
	JNZ(LabelRef("taps"))
	VPSLLD(Imm(11), h, h)
	VPADDD(l, h, h)
	VEXTRACTI128(Imm(1), h, l.AsX())
	VPADDD(l.AsX(), h.AsX(), h.AsX())
	VPADDD(half.AsX(), h.AsX(), h.AsX())
	VPSRAD(Imm(22), h.AsX(), h.AsX())
	VPACKUSDW(h.AsX(), h.AsX(), h.AsX())
	VPACKUSWB(h.AsX(), h.AsX(), h.AsX())
	VMOVD(h.AsX(), Mem{Base: dst})
	ADDQ(Imm(3), dst)
	ADDQ(Imm(4), at)
	DECQ(targets)
	JNZ(LabelRef("targets"))
	VZEROUPPER()
	RET()
}

// filterColumns: the same along columns, for a multiple of 16 of them.
func filterColumns() {
	TEXT("filterColumnsAVX2", NOSPLIT, "func(dst, src *uint8, stride int, halves *int16, taps, n int)")
	Pragma("noescape")
	dst, src, stride, halves, taps, n := param("dst"), param("src"), param("stride"), param("halves"), param("taps"), param("n")
	half := YMM()
	half22(half)
	loop("columns", n, 16, func(i reg.GPVirtual) {
		from, weights, left := GP64(), GP64(), GP64()
		LEAQ(Mem{Base: src, Index: i, Scale: 1}, from)
		MOVQ(halves, weights)
		MOVQ(taps, left)
		var high, low [2]reg.VecVirtual
		for k := range 2 {
			high[k], low[k] = YMM(), YMM()
			VPXOR(high[k], high[k], high[k])
			VPXOR(low[k], low[k], low[k])
		}
		Label("taps")
		for pair := range 2 {
			a, b := YMM(), YMM()
			VPMOVZXBW(Mem{Base: from}, a)
			VPMOVZXBW(Mem{Base: from, Index: stride, Scale: 1}, b)
			LEAQ(Mem{Base: from, Index: stride, Scale: 2}, from)
			h, l := YMM(), YMM()
			VPBROADCASTD(Mem{Base: weights, Disp: 4 * pair}, h)
			VPBROADCASTD(Mem{Base: weights, Disp: 8 + 4*pair}, l)
			var both [2]reg.VecVirtual
			both[0], both[1] = YMM(), YMM()
			VPUNPCKLWD(b, a, both[0])
			VPUNPCKHWD(b, a, both[1])
			for k := range 2 {
				x := YMM()
				VPMADDWD(h, both[k], x)
				VPADDD(x, high[k], high[k])
				VPMADDWD(l, both[k], both[k])
				VPADDD(both[k], low[k], low[k])
			}
		}
		ADDQ(Imm(16), weights)
		SUBQ(Imm(4), left)
		JNZ(LabelRef("taps"))
		rounded(high[0], low[0], half)
		rounded(high[1], low[1], half)
		VPACKUSDW(high[1], high[0], high[0])
		VPACKUSWB(high[0], high[0], high[0])
		VPERMQ(Imm(0x08), high[0], high[0])
		VMOVDQU(high[0].AsX(), Mem{Base: dst, Index: i, Scale: 1})
	})
	VZEROUPPER()
	RET()
}

// spread: three planes of float32(factor·x + offset), computed in float64, of a multiple of eight pixels.
func spread() {
	var masks [3]Mem
	for c, name := range []string{"spreadRed", "spreadGreen", "spreadBlue"} {
		var low, high [16]uint8
		for i := range low {
			low[i], high[i] = none, none
		}
		for i := range 4 {
			low[4*i], high[4*i] = uint8(3*i+c), uint8(4+3*i+c)
		}
		masks[c] = shuffle(name, low, high)
	}
	TEXT("spreadAVX2", NOSPLIT, "func(red, green, blue *float32, src *uint8, factors, offsets *float64, n int)")
	Pragma("noescape")
	planes := [3]reg.GPVirtual{param("red"), param("green"), param("blue")}
	src, factors, offsets, n := param("src"), param("factors"), param("offsets"), param("n")
	var mask, factor, offset [3]reg.VecVirtual
	for c := range 3 {
		mask[c], factor[c], offset[c] = ymm(masks[c]), YMM(), YMM()
		VBROADCASTSD(Mem{Base: factors, Disp: 8 * c}, factor[c])
		VBROADCASTSD(Mem{Base: offsets, Disp: 8 * c}, offset[c])
	}
	loop("pixels", n, 8, func(i reg.GPVirtual) {
		v := YMM()
		VMOVDQU(Mem{Base: src}, v.AsX())
		VINSERTI128(Imm(1), Mem{Base: src, Disp: 8}, v, v)
		for c := range 3 {
			x, low, high := YMM(), YMM(), YMM()
			VPSHUFB(mask[c], v, x)
			VCVTDQ2PD(x.AsX(), low)
			VEXTRACTI128(Imm(1), x, x.AsX())
			VCVTDQ2PD(x.AsX(), high)
			for _, y := range []reg.VecVirtual{low, high} {
				VMULPD(factor[c], y, y)
				VADDPD(offset[c], y, y)
			}
			VCVTPD2PSY(low, low.AsX())
			VCVTPD2PSY(high, high.AsX())
			VMOVUPS(low.AsX(), Mem{Base: planes[c], Index: i, Scale: 4})
			VMOVUPS(high.AsX(), Mem{Base: planes[c], Index: i, Scale: 4, Disp: 16})
		}
		ADDQ(Imm(24), src)
	})
	VZEROUPPER()
	RET()
}
