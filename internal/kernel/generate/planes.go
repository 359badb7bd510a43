package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func (s isa) broadcast(name string) reg.VecVirtual {
	v := s.vec()
	m, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(m.Addr, v)
	return v
}

// lerp: dst = g·a + f·b.
func (s isa) lerp() {
	TEXT("lerp"+s.name, NOSPLIT, "func(dst, a, b *float32, wa, wb float32, bytes int)")
	Pragma("noescape")
	dst, a, b, bytes := param("dst"), param("a"), param("b"), param("bytes")
	g, f := s.broadcast("wa"), s.broadcast("wb")
	s.overlapping(bytes, func(i reg.GPVirtual) {
		x := s.mul(g, Mem{Base: a, Index: i, Scale: 1})
		y := s.mul(f, Mem{Base: b, Index: i, Scale: 1})
		VMOVUPS(s.add(x, y), Mem{Base: dst, Index: i, Scale: 1})
	})
	VZEROUPPER()
	RET()
}

// focal: dst = a·a·b.
func (s isa) focal() {
	TEXT("focal"+s.name, NOSPLIT, "func(dst, a, b *float32, bytes int)")
	Pragma("noescape")
	dst, a, b, bytes := param("dst"), param("a"), param("b"), param("bytes")
	s.overlapping(bytes, func(i reg.GPVirtual) {
		x := s.at(Mem{Base: a, Index: i, Scale: 1})
		VMOVUPS(s.mul(s.mul(x, x), Mem{Base: b, Index: i, Scale: 1}), Mem{Base: dst, Index: i, Scale: 1})
	})
	VZEROUPPER()
	RET()
}

// overlapping is a loop over at least a vector; the last one goes over some pixels of the one before it again.
func (s isa) overlapping(bytes reg.GPVirtual, body func(i reg.GPVirtual)) {
	i, last := GP64(), GP64()
	XORQ(i, i)
	LEAQ(Mem{Base: bytes, Disp: -s.bytes()}, last)
	Label("pixels")
	CMPQ(i, last)
	CMOVQGT(last, i)
	body(i)
	ADDQ(Imm(uint64(s.bytes())), i)
	CMPQ(i, bytes)
	JLT(LabelRef("pixels"))
}

// addProducts: dst += a·b.
func (s isa) addProducts() {
	TEXT("addProducts"+s.name, NOSPLIT, "func(dst, a, b *float32, bytes int)")
	Pragma("noescape")
	dst, a, b, bytes := param("dst"), param("a"), param("b"), param("bytes")
	loop("pixels", bytes, s.bytes(), func(i reg.GPVirtual) {
		x := s.at(Mem{Base: a, Index: i, Scale: 1})
		VMULPS(Mem{Base: b, Index: i, Scale: 1}, x, x)
		VADDPS(Mem{Base: dst, Index: i, Scale: 1}, x, x)
		VMOVUPS(x, Mem{Base: dst, Index: i, Scale: 1})
	})
	VZEROUPPER()
	RET()
}

// regionSlope is b + d·p, plus a + e·p where own is set: a region loss's gradient with respect to a probability. The
// coefficients a, b, d and e are vectors or in memory, sixteen times each.
func (s isa) regionSlope(p reg.VecVirtual, own mask, a, b, d, e reg.VecVirtual) reg.VecVirtual {
	inside := s.keep(own, s.add(a, s.mul(e, p)))
	return s.add(s.add(b, s.mul(d, p)), inside)
}

// regionMeans: mean = Σ p·(slope − reference) over the planes, whose four coefficients lie one behind another.
func (s isa) regionMeans() {
	TEXT("regionMeans"+s.name, NOSPLIT, "func(mean, p, reference *float32, labels *int32, coefficients *float32, planes, bytes int)")
	Pragma("noescape")
	mean, p, reference, labels := param("mean"), param("p"), param("reference"), param("labels")
	coefficients, planes, bytes := param("coefficients"), param("planes"), param("bytes")
	one := s.load("oneInt")
	loop("pixels", bytes, s.bytes(), func(i reg.GPVirtual) {
		label, middle := s.at(Mem{Base: labels, Index: i, Scale: 1}), s.at(Mem{Base: reference, Index: i, Scale: 1})
		class, sum := s.zero(), s.zero()
		k, left, plane := GP64(), GP64(), GP64()
		MOVQ(coefficients, k)
		MOVQ(planes, left)
		LEAQ(Mem{Base: p, Index: i, Scale: 1}, plane)
		Label("planes")
		x := s.at(Mem{Base: plane})
		var c [4]reg.VecVirtual
		for n := range c {
			c[n] = s.vec()
			VBROADCASTSS(Mem{Base: k, Disp: 4 * n}, c[n])
		}
		g := s.regionSlope(x, s.intsEqual(label, class), c[0], c[1], c[2], c[3])
		VADDPS(s.mul(x, s.sub(g, middle)), sum, sum)
		VPADDD(one, class, class)
		ADDQ(Imm(16), k)
		ADDQ(U32(planeBytes), plane)
		DECQ(left)
		JNZ(LabelRef("planes"))
		VMOVUPS(sum, Mem{Base: mean, Index: i, Scale: 1})
	})
	VZEROUPPER()
	RET()
}

// regionGradient: dst = scale·p·((slope − reference) − mean) of one plane, past the caches to an aligned place, or added.
func (s isa) regionGradient(add bool) {
	name := "streamRegion"
	if add {
		name = "addRegion"
	}
	TEXT(name+s.name, NOSPLIT, "func(dst, p, reference, mean *float32, labels *int32, class int32, a, b, d, e, scale float32, bytes int)")
	Pragma("noescape")
	dst, p, reference, mean, labels, bytes := param("dst"), param("p"), param("reference"), param("mean"), param("labels"), param("bytes")
	class, low := s.vec(), XMM()
	VMOVD(Load(Param("class"), GP32()), low)
	VPBROADCASTD(low, class)
	ka, kb, kd, ke, scale := s.broadcast("a"), s.broadcast("b"), s.broadcast("d"), s.broadcast("e"), s.broadcast("scale")
	loop("pixels", bytes, s.bytes(), func(i reg.GPVirtual) {
		x := s.at(Mem{Base: p, Index: i, Scale: 1})
		own := s.intsEqual(s.at(Mem{Base: labels, Index: i, Scale: 1}), class)
		g := s.regionSlope(x, own, ka, kb, kd, ke)
		VSUBPS(Mem{Base: reference, Index: i, Scale: 1}, g, g)
		VSUBPS(Mem{Base: mean, Index: i, Scale: 1}, g, g)
		y := s.mul(s.mul(scale, x), g)
		if add {
			VADDPS(Mem{Base: dst, Index: i, Scale: 1}, y, y)
			VMOVUPS(y, Mem{Base: dst, Index: i, Scale: 1})
		} else {
			VMOVNTPS(y, Mem{Base: dst, Index: i, Scale: 1})
		}
	})
	VZEROUPPER()
	RET()
}

// streamProducts: dst = a·b, past the caches to an aligned place.
func (s isa) streamProducts() {
	TEXT("streamProducts"+s.name, NOSPLIT, "func(dst, a, b *float32, bytes int)")
	Pragma("noescape")
	dst, a, b, bytes := param("dst"), param("a"), param("b"), param("bytes")
	loop("pixels", bytes, s.bytes(), func(i reg.GPVirtual) {
		x := s.at(Mem{Base: a, Index: i, Scale: 1})
		VMULPS(Mem{Base: b, Index: i, Scale: 1}, x, x)
		VMOVNTPS(x, Mem{Base: dst, Index: i, Scale: 1})
	})
	VZEROUPPER()
	RET()
}

// accumulateMean: mean += p·(g − reference).
func (s isa) accumulateMean() {
	TEXT("accumulateMean"+s.name, NOSPLIT, "func(mean, p, slopes, reference *float32, bytes int)")
	Pragma("noescape")
	mean, p, g, reference, bytes := param("mean"), param("p"), param("slopes"), param("reference"), param("bytes")
	loop("pixels", bytes, s.bytes(), func(i reg.GPVirtual) {
		x := s.at(Mem{Base: g, Index: i, Scale: 1})
		VSUBPS(Mem{Base: reference, Index: i, Scale: 1}, x, x)
		VMULPS(Mem{Base: p, Index: i, Scale: 1}, x, x)
		VADDPS(Mem{Base: mean, Index: i, Scale: 1}, x, x)
		VMOVUPS(x, Mem{Base: mean, Index: i, Scale: 1})
	})
	VZEROUPPER()
	RET()
}

// applySlopes: dst += scale·p·((g − reference) − mean).
func (s isa) applySlopes() {
	TEXT("applySlopes"+s.name, NOSPLIT, "func(dst, p, slopes, reference, mean *float32, scale float32, bytes int)")
	Pragma("noescape")
	dst, p, g, reference, mean, bytes := param("dst"), param("p"), param("slopes"), param("reference"), param("mean"), param("bytes")
	scale := s.broadcast("scale")
	loop("pixels", bytes, s.bytes(), func(i reg.GPVirtual) {
		x := s.at(Mem{Base: g, Index: i, Scale: 1})
		VSUBPS(Mem{Base: reference, Index: i, Scale: 1}, x, x)
		VSUBPS(Mem{Base: mean, Index: i, Scale: 1}, x, x)
		y := s.mul(scale, Mem{Base: p, Index: i, Scale: 1})
		VMULPS(x, y, y)
		VADDPS(Mem{Base: dst, Index: i, Scale: 1}, y, y)
		VMOVUPS(y, Mem{Base: dst, Index: i, Scale: 1})
	})
	VZEROUPPER()
	RET()
}

// stretch: eight targets at a time, each g·source[base+index] + f·source[base+1+index], by permuting two vectors; wide: indices
// reach over two vectors each.
func stretch(wide bool) {
	name := "stretchAVX2"
	if wide {
		name = "stretchWideAVX2"
	}
	TEXT(name, NOSPLIT, "func(dst, source *float32, bases, indices *int32, wa, wb *float32, row, groups int)")
	Pragma("noescape")
	dst, source, bases, indices, g, f, row, groups := param("dst"), param("source"), param("bases"), param("indices"), param("wa"), param("wb"), param("row"), param("groups")
	LEAQ(Mem{Base: source, Index: row, Scale: 4}, row)
	s := isa{"AVX2", false}
	i := GP64()
	XORQ(i, i)
	Label("groups")
	base := GP64()
	MOVLQSX(Mem{Base: bases}, base)
	PREFETCHT1(Mem{Base: row, Index: base, Scale: 4}) // the next row's: planes lie far apart in memory
	index, left, right, far, beyond := YMM(), YMM(), YMM(), YMM(), YMM()
	VMOVDQU(Mem{Base: indices, Index: i, Scale: 1}, index)
	if wide {
		VPSLLD(Imm(28), index, far) // the sign says that an index is of the second vector; permutations see its low bits
	}
	for k, to := range []reg.VecVirtual{left, right} {
		VPERMPS(Mem{Base: source, Index: base, Scale: 4, Disp: 4 * k}, index, to)
		if wide {
			VPERMPS(Mem{Base: source, Index: base, Scale: 4, Disp: 4*k + 32}, index, beyond)
			VBLENDVPS(far, beyond, to, to)
		}
	}
	VMULPS(Mem{Base: g, Index: i, Scale: 1}, left, left)
	VMULPS(Mem{Base: f, Index: i, Scale: 1}, right, right)
	VMOVUPS(s.add(left, right), Mem{Base: dst, Index: i, Scale: 1})
	ADDQ(Imm(4), bases)
	ADDQ(Imm(32), i)
	DECQ(groups)
	JNZ(LabelRef("groups"))
	VZEROUPPER()
	RET()
}

// addSquares: sums += x², eight at a time in float64.
func addSquares() {
	TEXT("addSquaresAVX2", NOSPLIT, "func(sums *float64, x *float32, groups int)")
	Pragma("noescape")
	sums, x, groups := param("sums"), param("x"), param("groups")
	Label("groups")
	for h := range 2 {
		v := YMM()
		VCVTPS2PD(Mem{Base: x, Disp: 16 * h}, v)
		VMULPD(v, v, v)
		VADDPD(Mem{Base: sums, Disp: 32 * h}, v, v)
		VMOVUPD(v, Mem{Base: sums, Disp: 32 * h})
	}
	ADDQ(Imm(64), sums)
	ADDQ(Imm(32), x)
	DECQ(groups)
	JNZ(LabelRef("groups"))
	VZEROUPPER()
	RET()
}

// stream: copies past the caches, to memory that is not read again soon. dst is aligned to the vector.
func (s isa) stream() {
	TEXT("stream"+s.name, NOSPLIT, "func(dst, source *float32, bytes int)")
	Pragma("noescape")
	dst, source, bytes := param("dst"), param("source"), param("bytes")
	loop("pixels", bytes, 64, func(i reg.GPVirtual) {
		for h := range 64 / s.bytes() {
			VMOVNTPS(s.at(Mem{Base: source, Index: i, Scale: 1, Disp: h * s.bytes()}), Mem{Base: dst, Index: i, Scale: 1, Disp: h * s.bytes()})
		}
	})
	VZEROUPPER()
	RET()
}

// fence orders what was streamed before whatever follows.
func fence() {
	TEXT("fence", NOSPLIT, "func()")
	SFENCE()
	RET()
}
