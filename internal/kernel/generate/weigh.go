package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// weigh: tile[d][c] += weights[u][d] · rows[u][c] of four draws and eight columns, which stay in registers over all units.
func weigh() {
	const draws = 4
	TEXT("weighAVX2", NOSPLIT, "func(tile, rows, weights *float64, units int)")
	Pragma("noescape")
	tile, rows, weights, units := param("tile"), param("rows"), param("weights"), param("units")
	var sums [draws][2]reg.VecVirtual
	for d := range draws {
		for half := range 2 {
			sums[d][half] = YMM()
			VMOVUPD(Mem{Base: tile, Disp: 64*d + 32*half}, sums[d][half])
		}
	}
	Label("units")
	row := [2]reg.VecVirtual{YMM(), YMM()}
	for half := range 2 {
		VMOVUPD(Mem{Base: rows, Disp: 32 * half}, row[half])
	}
	for d := range draws {
		weight := YMM()
		VBROADCASTSD(Mem{Base: weights, Disp: 8 * d}, weight)
		for half := range 2 {
			product := YMM()
			VMULPD(weight, row[half], product)
			VADDPD(product, sums[d][half], sums[d][half])
		}
	}
	ADDQ(Imm(64), rows)
	ADDQ(Imm(8*draws), weights)
	DECQ(units)
	JNZ(LabelRef("units"))
	for d := range draws {
		for half := range 2 {
			VMOVUPD(sums[d][half], Mem{Base: tile, Disp: 64*d + 32*half})
		}
	}
	VZEROUPPER()
	RET()
}
