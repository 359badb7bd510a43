package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// nearest: the least of dx² + min(y − above, below − y, 32767)² over eight columns to the right and eight to the left at a time,
// until no column that is left can be nearer. above and below point at the pixel's own column.
func nearest() {
	steps := func(name string, first, step int) Mem {
		m := GLOBL("kernel_"+name, RODATA|NOPTR)
		for i := range 8 {
			DATA(4*i, U32(uint32(first+i*step)))
		}
		return m
	}
	rightSteps, leftSteps := steps("rightSteps", 0, 1), steps("leftSteps", 8, -1)
	limit, eight := steps("rowLimit", 32767, 0), steps("eights", 8, 0)

	TEXT("nearestAVX2", NOSPLIT, "func(above, below *int32, y, blocks int) (square int)")
	Pragma("noescape")
	above, below, y, blocks := param("above"), param("below"), param("y"), param("blocks")
	row, best, most := YMM(), YMM(), YMM()
	VMOVD(y.As32(), row.AsX())
	VPBROADCASTD(row.AsX(), row)
	VPCMPEQD(best, best, best)
	VPSRLD(Imm(1), best, best)
	VMOVDQU(limit, most)
	toRight, toLeft := YMM(), YMM()
	VMOVDQU(rightSteps, toRight)
	VMOVDQU(leftSteps, toLeft)
	right, left, seen, square, enough := GP64(), GP64(), GP64(), GP64(), GP64()
	XORQ(right, right)
	MOVQ(I32(-32), left)
	MOVQ(U32(8), seen)
	Label("blocks")
	for _, side := range []struct {
		at    reg.GPVirtual
		steps reg.VecVirtual
	}{{right, toRight}, {left, toLeft}} {
		up, down, across := YMM(), YMM(), YMM()
		VPSUBD(Mem{Base: above, Index: side.at, Scale: 1}, row, up)
		VMOVDQU(Mem{Base: below, Index: side.at, Scale: 1}, down)
		VPSUBD(row, down, down)
		VPMINSD(up, down, down)
		VPMINSD(most, down, down)
		VPMULLD(down, down, down)
		VPMULLD(side.steps, side.steps, across)
		VPADDD(across, down, down)
		VPMINSD(down, best, best)
		VPADDD(eight, side.steps, side.steps)
	}
	least, other := XMM(), XMM()
	VEXTRACTI128(Imm(1), best, least)
	VPMINSD(best.AsX(), least, least)
	VPSHUFD(Imm(0x4e), least, other)
	VPMINSD(other, least, least)
	VPSHUFD(Imm(0xb1), least, other)
	VPMINSD(other, least, least)
	VMOVD(least, square.As32())
	MOVQ(seen, enough)
	IMULQ(seen, enough)
	CMPQ(square, enough)
	JLE(LabelRef("done"))
	ADDQ(Imm(32), right)
	SUBQ(Imm(32), left)
	ADDQ(Imm(8), seen)
	DECQ(blocks)
	JNZ(LabelRef("blocks"))
	Label("done")
	Store(square, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
