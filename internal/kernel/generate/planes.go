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
	loop("pixels", bytes, s.bytes(), func(i reg.GPVirtual) {
		x := s.mul(g, Mem{Base: a, Index: i, Scale: 1})
		y := s.mul(f, Mem{Base: b, Index: i, Scale: 1})
		VMOVUPS(s.add(x, y), Mem{Base: dst, Index: i, Scale: 1})
	})
	VZEROUPPER()
	RET()
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

// regionSlopes: g = b + d·p, plus a + e·p where the label is the class.
func (s isa) regionSlopes() {
	TEXT("regionSlopes"+s.name, NOSPLIT, "func(dst, p *float32, labels *int32, class int32, a, b, d, e float32, bytes int)")
	Pragma("noescape")
	dst, p, labels, bytes := param("dst"), param("p"), param("labels"), param("bytes")
	class, low := s.vec(), XMM()
	VMOVD(Load(Param("class"), GP32()), low)
	VPBROADCASTD(low, class)
	ka, kb, kd, ke := s.broadcast("a"), s.broadcast("b"), s.broadcast("d"), s.broadcast("e")
	loop("pixels", bytes, s.bytes(), func(i reg.GPVirtual) {
		x := s.at(Mem{Base: p, Index: i, Scale: 1})
		label := s.at(Mem{Base: labels, Index: i, Scale: 1})
		own := s.keep(s.intsEqual(label, class), s.add(ka, s.mul(ke, x)))
		VMOVUPS(s.add(s.add(kb, s.mul(kd, x)), own), Mem{Base: dst, Index: i, Scale: 1})
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

// stretch: eight targets at a time, each g·source[base+index] + f·source[base+1+index], by permuting two vectors.
func stretch() {
	TEXT("stretchAVX2", NOSPLIT, "func(dst, source *float32, bases, indices *int32, wa, wb *float32, groups int)")
	Pragma("noescape")
	dst, source, bases, indices, g, f, groups := param("dst"), param("source"), param("bases"), param("indices"), param("wa"), param("wb"), param("groups")
	s := isa{"AVX2", false}
	i := GP64()
	XORQ(i, i)
	Label("groups")
	base := GP64()
	MOVLQSX(Mem{Base: bases}, base)
	index, left, right := YMM(), YMM(), YMM()
	VMOVDQU(Mem{Base: indices, Index: i, Scale: 1}, index)
	VPERMPS(Mem{Base: source, Index: base, Scale: 4}, index, left)
	VPERMPS(Mem{Base: source, Index: base, Scale: 4, Disp: 4}, index, right)
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
