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
	edges()
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

// edges: each of n labels is compared with the next one.
func edges() {
	TEXT("edgesAVX2", NOSPLIT, "func(ends *int32, labels *int16, n int) (count int)")
	Pragma("noescape")
	ends, labels, n := param("ends"), param("labels"), param("n")
	count := GP64()
	XORQ(count, count)
	loop("pixels", n, 16, func(i reg.GPVirtual) {
		v, bits, end := ymm(Mem{Base: labels, Index: i, Scale: 2}), GP32(), GP64()
		VPCMPEQW(Mem{Base: labels, Index: i, Scale: 2, Disp: 2}, v, v)
		VPMOVMSKB(v, bits)
		XORL(U32(0xffffffff), bits)
		ANDL(U32(0x55555555), bits) // two bits a label
		JZ(LabelRef("same"))
		Label("differing")
		TZCNTL(bits, end.As32())
		SHRL(Imm(1), end.As32())
		LEAL(Mem{Base: end, Index: i, Scale: 1, Disp: 1}, end.As32())
		MOVL(end.As32(), Mem{Base: ends, Index: count, Scale: 4})
		INCQ(count)
		LEAL(Mem{Base: bits, Disp: -1}, end.As32())
		ANDL(end.As32(), bits) // without its lowest bit
		JNZ(LabelRef("differing"))
		Label("same")
	})
	Store(count, ReturnIndex(0))
	VZEROUPPER()
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
