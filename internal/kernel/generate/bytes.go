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
	word := func() reg.VecVirtual { return XMM() }
	left, corner, triple := word(), word(), word() // triple: three times the corner
	for _, v := range []reg.VecVirtual{left, corner, triple} {
		VPXOR(v, v, v)
	}
	// Left, up and corner being a, b and c, a pixel waits for a alone: with t = 3c − b − a it is the smaller of a and b where
	// the larger is at most t, the larger where the smaller is at least t, else c; TestPaethOfAll tries all.
	Label("pixels")
	x, up := word(), word()
	VPMOVZXBW(Mem{Base: row}, x)
	VPMOVZXBW(Mem{Base: above}, up)
	t, smaller, larger := word(), word(), word()
	VPSUBW(up, triple, t)
	VPADDB(x, corner, corner) // bytes: no sum has a carry
	VPADDW(up, up, triple)
	VPADDW(up, triple, triple)
	VPSUBW(left, t, t)
	VPMINSW(left, up, smaller)
	VPMAXSW(left, up, larger)
	over, between := word(), word()
	VPCMPGTW(t, larger, over)
	VPCMPGTW(smaller, t, between)
	VPADDB(x, smaller, smaller)
	VPADDB(x, larger, larger)
	VPBLENDVB(over, corner, smaller, smaller)
	VPBLENDVB(between, smaller, larger, left)
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
