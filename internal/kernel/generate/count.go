package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// count: tables[i%4][(truth+1)·classes + predicted]++ for a multiple of sixteen pixels, at most 255 classes. The cells of
// sixteen pixels are computed together; where they are one and the same, as inside an object, they are counted at once.
// It returns how many pixels it counted: all, or those before the sixteen in which one falls outside the tables of size cells.
func count() {
	TEXT("countAVX2", NOSPLIT, "func(tables *uint32, truth, predicted *int16, classes, size, n int) (done int)")
	Pragma("noescape")
	tables, truth, predicted := param("tables"), param("truth"), param("predicted")
	classes, size, n := param("classes"), param("size"), param("n")
	var table [4]reg.GPVirtual
	table[0] = tables
	SHLQ(Imm(2), size)
	for l := 1; l < 4; l++ {
		table[l] = GP64()
		LEAQ(Mem{Base: table[l-1], Index: size, Scale: 1}, table[l])
	}
	words := func() reg.VecVirtual { // classes in every lane
		v := YMM()
		VMOVD(classes.As32(), v.AsX())
		VPBROADCASTW(v.AsX(), v)
		return v
	}
	wide, one, last := words(), YMM(), YMM()
	VPCMPEQW(one, one, one)
	VPADDW(one, wide, last) // classes − 1
	VPSRLW(Imm(15), one, one)
	cells := AllocLocal(32)
	i := GP64()
	XORQ(i, i)

	Label("pixels")
	CMPQ(i, n)
	JGE(LabelRef("done"))
	t, p, x, equal := YMM(), YMM(), YMM(), YMM()
	VPADDW(Mem{Base: truth, Index: i, Scale: 2}, one, t)
	VMOVDQU(Mem{Base: predicted, Index: i, Scale: 2}, p)
	bits := GP32()
	VPMINUW(t, wide, x) // inside: −1 ≤ truth < classes, 0 ≤ predicted < classes
	VPCMPEQW(x, t, equal)
	VPMINUW(p, last, x)
	VPCMPEQW(x, p, x)
	VPAND(x, equal, equal)
	VPMOVMSKB(equal, bits)
	INCL(bits)
	JNZ(LabelRef("done"))
	VPMULLW(t, wide, t)
	VPADDW(t, p, t)
	VMOVDQU(t, cells)
	VPBROADCASTW(t.AsX(), x)
	VPCMPEQW(x, t, x)
	VPMOVMSKB(x, bits)
	INCL(bits)
	JZ(LabelRef("uniform"))
	for l := range 4 {
		four := GP64()
		MOVQ(cells.Offset(8*l), four)
		for k := range 4 {
			cell := four
			if k < 3 {
				cell = GP64()
				MOVWQZX(four.As16(), cell)
				SHRQ(Imm(16), four)
			}
			INCL(Mem{Base: table[k], Index: cell, Scale: 4})
		}
	}
	ADDQ(Imm(16), i)
	JMP(LabelRef("pixels"))

	Label("uniform")
	cell := GP64()
	MOVWQZX(cells, cell)
	ADDL(Imm(16), Mem{Base: table[0], Index: cell, Scale: 4})
	ADDQ(Imm(16), i)
	JMP(LabelRef("pixels"))

	Label("done")
	VZEROUPPER()
	Store(i, ReturnIndex(0))
	RET()
}
