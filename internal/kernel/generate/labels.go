package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// labels writes the kernels over labels, sixteen at a time.
func labels() {
	widenLabels()
	narrowLabels()
	own()
	shown()
}

func widenLabels() {
	TEXT("widenAVX2", NOSPLIT, "func(dst *int32, labels *int16, n int)")
	Pragma("noescape")
	dst, labels, n := param("dst"), param("labels"), param("n")
	loop("pixels", n, 16, func(i reg.GPVirtual) {
		for h := range 2 {
			v := YMM()
			VPMOVSXWD(Mem{Base: labels, Index: i, Scale: 2, Disp: 16 * h}, v)
			VMOVDQU(v, Mem{Base: dst, Index: i, Scale: 4, Disp: 32 * h})
		}
	})
	VZEROUPPER()
	RET()
}

func narrowLabels() {
	TEXT("narrowAVX2", NOSPLIT, "func(dst *int16, wide *int32, n int)")
	Pragma("noescape")
	dst, wide, n := param("dst"), param("wide"), param("n")
	loop("pixels", n, 16, func(i reg.GPVirtual) {
		v := ymm(Mem{Base: wide, Index: i, Scale: 4})
		VPACKSSDW(Mem{Base: wide, Index: i, Scale: 4, Disp: 32}, v, v)
		VPERMQ(Imm(0xd8), v, v) // packing goes by halves
		VMOVDQU(v, Mem{Base: dst, Index: i, Scale: 2})
	})
	VZEROUPPER()
	RET()
}

// own: of each pixel the values of two blocks in the plane that its label is, one pixel after another: a gather takes longer.
// Labels that are no plane stand for the first.
func own() {
	TEXT("ownAVX2", NOSPLIT, "func(a, b, from, other *float32, labels *int32, planes, bytes int)")
	Pragma("noescape")
	a, b, from, other := param("a"), param("b"), param("from"), param("other")
	labels, planes, bytes, zero := param("labels"), param("planes"), param("bytes"), GP64()
	XORQ(zero, zero)
	loop("pixels", bytes, 16, func(i reg.GPVirtual) {
		for k := range 4 {
			plane, x, y := GP64(), GP32(), GP32()
			MOVLQSX(Mem{Base: labels, Index: i, Scale: 1, Disp: 4 * k}, plane)
			CMPQ(plane, planes)
			CMOVQCC(zero, plane) // negative ones are the largest
			SHLQ(Imm(10), plane) // planeBytes
			MOVL(Mem{Base: from, Index: plane, Scale: 1, Disp: 4 * k}, x)
			MOVL(x, Mem{Base: a, Index: i, Scale: 1, Disp: 4 * k})
			MOVL(Mem{Base: other, Index: plane, Scale: 1, Disp: 4 * k}, y)
			MOVL(y, Mem{Base: b, Index: i, Scale: 1, Disp: 4 * k})
		}
		ADDQ(Imm(16), from)
		ADDQ(Imm(16), other)
	})
	RET()
}

func shown() {
	TEXT("shownAVX2", NOSPLIT, "func(dst *byte, truth, predicted *int16, n int)")
	Pragma("noescape")
	dst, truth, predicted, n := param("dst"), param("truth"), param("predicted"), param("n")
	loop("pixels", n, 16, func(i reg.GPVirtual) {
		v := ymm(Mem{Base: truth, Index: i, Scale: 2})
		VPSRAW(Imm(15), v, v)
		VPOR(Mem{Base: predicted, Index: i, Scale: 2}, v, v)
		VMOVDQU(v, Mem{Base: dst, Index: i, Scale: 2})
	})
	VZEROUPPER()
	RET()
}
