package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// count: tables[i%4][(truth+1)·classes + predicted]++ for a multiple of four pixels. It returns how many pixels it
// counted: all, or those before the four in which one falls outside the tables of size cells.
func count() {
	TEXT("countAMD64", NOSPLIT, "func(tables *uint32, truth, predicted *int16, classes, size, n int) (done int)")
	Pragma("noescape")
	tables, truth, predicted := param("tables"), param("truth"), param("predicted")
	classes, size, n := param("classes"), param("size"), param("n")
	var table [4]reg.GPVirtual
	bytes := GP64()
	LEAQ(Mem{Base: size, Index: size, Scale: 1}, bytes)
	ADDQ(bytes, bytes)
	table[0] = tables
	for l := 1; l < 4; l++ {
		table[l] = GP64()
		LEAQ(Mem{Base: table[l-1], Index: bytes, Scale: 1}, table[l])
	}
	i := GP64()
	XORQ(i, i)
	Label("pixels")
	CMPQ(i, n)
	JGE(LabelRef("done"))
	var cell [4]reg.GPVirtual
	for l := range 4 {
		cell[l] = GP64()
		p := GP64()
		MOVWQSX(Mem{Base: truth, Index: i, Scale: 2, Disp: 2 * l}, cell[l])
		MOVWQSX(Mem{Base: predicted, Index: i, Scale: 2, Disp: 2 * l}, p)
		INCQ(cell[l])
		IMULQ(classes, cell[l])
		ADDQ(p, cell[l])
	}
	for l := range 4 {
		CMPQ(cell[l], size)
		JAE(LabelRef("done"))
	}
	for l := range 4 {
		INCL(Mem{Base: table[l], Index: cell[l], Scale: 4})
	}
	ADDQ(Imm(4), i)
	JMP(LabelRef("pixels"))
	Label("done")

	Store(i, ReturnIndex(0))
	RET()
}
