package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// paeth undoes PNG's Paeth filter on a row of pixels of size bytes, a pixel at a time: what lies to the left is the result
// just before. It reads eight bytes and writes four a pixel.
func paeth(size int) {
	TEXT(map[int]string{3: "paeth3AVX2", 4: "paeth4AVX2"}[size], NOSPLIT, "func(out, row, above *byte, pixels int)")
	Pragma("noescape")
	out, row, above, pixels := param("out"), param("row"), param("above"), param("pixels")
	left, corner := XMM(), XMM()
	VPXOR(left, left, left)
	VPXOR(corner, corner, corner)
	word := func() reg.VecVirtual { return XMM() }
	Label("pixels")
	x, up := word(), word()
	VPMOVZXBW(Mem{Base: row}, x)
	VPMOVZXBW(Mem{Base: above}, up)
	a, b, c := word(), word(), word() // how far left + up − corner is from each of them
	VPSUBW(corner, up, a)
	VPSUBW(corner, left, b)
	VPADDW(a, b, c)
	VPABSW(a, a)
	VPABSW(b, b)
	VPABSW(c, c)
	least, notLeft, notUp := word(), word(), word()
	VPMINSW(b, c, least)
	VPCMPGTW(c, b, notUp)
	VPCMPGTW(least, a, notLeft)
	nearest := word()
	VPBLENDVB(notUp, corner, up, nearest)
	VPBLENDVB(notLeft, nearest, left, nearest)
	VPADDB(nearest, x, left) // bytes: what is above 255 is not carried
	VMOVDQA(up, corner)
	packed := XMM()
	VPACKUSWB(left, left, packed)
	VMOVD(packed, Mem{Base: out})
	ADDQ(Imm(uint64(size)), out)
	ADDQ(Imm(uint64(size)), row)
	ADDQ(Imm(uint64(size)), above)
	DECQ(pixels)
	JNZ(LabelRef("pixels"))
	RET()
}
