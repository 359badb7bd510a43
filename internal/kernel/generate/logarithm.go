package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// log1p is the twin's Log1p1 of values ≥ 0; m is 1 + x.
func (s isa) log1p(x, m reg.VecVirtual) reg.VecVirtual {
	small := s.compare(less, x, data["split"])
	exponent := s.vec()
	VPSRLD(Imm(23), m, exponent)
	VPSUBD(data["bias127"], exponent, exponent)
	mantissa := s.vec()
	if s.wide {
		VPANDD(data["mantissa"], m, mantissa)
		VPORD(data["bias"], mantissa, mantissa)
	} else {
		VPAND(data["mantissa"], m, mantissa)
		VPOR(data["bias"], mantissa, mantissa)
	}
	over := s.compare(greater, mantissa, data["sqrt2"])
	mantissa = s.choose(over, s.mul(mantissa, data["half"]), mantissa)
	more := s.vec()
	VPADDD(data["oneInt"], exponent, more)
	exponent = s.choose(over, more, exponent)
	numerator := s.choose(small, x, s.sub(mantissa, data["one"]))
	denominator := s.choose(small, s.add(x, data["two"]), s.add(mantissa, data["one"]))
	q := s.div(numerator, denominator)
	t := s.mul(q, q)
	sum := s.mul(t, data["c9"])
	for _, c := range []string{"c7", "c5", "c3"} {
		VADDPS(data[c], sum, sum)
		VMULPS(t, sum, sum)
	}
	VADDPS(data["one"], sum, sum)
	series := s.mul(s.mul(q, data["two"]), sum)
	converted := s.vec()
	VCVTDQ2PS(exponent, converted)
	return s.add(series, s.drop(small, s.mul(converted, data["ln2"])))
}

// normalizers: ln(1+x) and 1/(1+x) of values ≥ 0.
func (s isa) normalizers() {
	TEXT("normalizers"+s.name, NOSPLIT, "func(logarithm, inverse, x *float32, bytes int)")
	Pragma("noescape")
	dst, inverse, from, bytes := param("logarithm"), param("inverse"), param("x"), param("bytes")
	loop("pixels", bytes, s.bytes(), func(i reg.GPVirtual) {
		x := s.at(Mem{Base: from, Index: i, Scale: 1})
		m := s.add(x, data["one"])
		VMOVUPS(s.div(s.load("one"), m), Mem{Base: inverse, Index: i, Scale: 1})
		VMOVUPS(s.log1p(x, m), Mem{Base: dst, Index: i, Scale: 1})
	})
	VZEROUPPER()
	RET()
}

// missLosses: ln(1+x) with x = (u + r)/(1 − u), r being 1/rest where a pixel's likeliest plane is not its own. The result
// says whether any x is NaN or infinite.
func (s isa) missLosses() {
	TEXT("missLosses"+s.name, NOSPLIT, "func(dst, u, rest *float32, top, own *int32, bytes int) (bad int32)")
	Pragma("noescape")
	dst, u, rest, top, own, bytes := param("dst"), param("u"), param("rest"), param("top"), param("own"), param("bytes")
	check, zero, none := s.zero(), s.load("zero"), s.load("minusOne")
	loop("pixels", bytes, s.bytes(), func(i reg.GPVirtual) {
		at := func(base reg.GPVirtual) Mem { return Mem{Base: base, Index: i, Scale: 1} }
		one, truth := s.load("one"), s.at(at(own))
		r := s.drop(s.intsEqual(truth, at(top)), s.div(one, at(rest)))
		r = s.keep(s.intsAbove(truth, none), r)
		miss := s.at(at(u))
		x := s.div(s.add(miss, r), s.sub(one, miss))
		VADDPS(s.mul(x, zero), check, check)
		VMOVUPS(s.log1p(x, s.add(x, one)), at(dst))
	})
	bad := GP32()
	m := s.compare(unequalOrNaN, check, zero)
	s.bits(m, bad)
	Store(bad, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
