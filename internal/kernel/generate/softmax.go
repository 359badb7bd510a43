package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// argmax: copies planes stride bytes apart to z, and finds the plane of the largest of each pixel's values, the lowest of
// equal ones, and that value. The result says whether any value is NaN or infinite, and then only the copy is to be used.
func (s isa) argmax() {
	TEXT("argmax"+s.name, NOSPLIT, "func(top *int32, best, z, source *float32, stride, planes, bytes int) (bad int32)")
	Pragma("noescape")
	top, best, z, planes, bytes := param("top"), param("best"), param("z"), param("planes"), param("bytes")
	source, stride := param("source"), param("stride")
	check, zero, class := s.zero(), s.load("zero"), s.zero()
	loop("first", bytes, s.bytes(), func(i reg.GPVirtual) {
		at := func(base reg.GPVirtual) Mem { return Mem{Base: base, Index: i, Scale: 1} }
		x := s.at(at(source))
		PREFETCHT1(Mem{Base: source, Index: i, Scale: 1, Disp: planeBytes})
		VMOVUPS(x, at(z))
		VMOVUPS(x, at(best))
		VMOVUPS(class, at(top))
		VADDPS(s.mul(x, zero), check, check)
	})
	Label("planes")
	DECQ(planes)
	JZ(LabelRef("done"))
	ADDQ(stride, source)
	ADDQ(U32(planeBytes), z)
	VPADDD(data["oneInt"], class, class)
	loop("pixels", bytes, s.bytes(), func(i reg.GPVirtual) {
		at := func(base reg.GPVirtual) Mem { return Mem{Base: base, Index: i, Scale: 1} }
		x := s.at(at(source))
		PREFETCHT1(Mem{Base: source, Index: i, Scale: 1, Disp: planeBytes}) // the next block's: planes lie far apart in memory
		VMOVUPS(x, at(z))
		VADDPS(s.mul(x, zero), check, check)
		largest, index := s.at(at(best)), s.at(at(top))
		m := s.compare(greater, x, largest)
		VMOVUPS(s.choose(m, class, index), at(top))
		VMOVUPS(s.choose(m, x, largest), at(best))
	})
	JMP(LabelRef("planes"))
	Label("done")
	bad := GP32()
	m := s.compare(unequalOrNaN, check, zero)
	s.bits(m, bad)
	Store(bad, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// exp: p = e^(z − best) a plane, rest their sum but for the top plane's. It returns the bits of the least exponent, below
// which of -87.3 results were taken as 0.
func (s isa) exp() {
	TEXT("exp"+s.name, NOSPLIT, "func(p, rest, z, best *float32, top *int32, planes, bytes int) (flushed int32)")
	Pragma("noescape")
	p, rest, z, best, top, planes, bytes := param("p"), param("rest"), param("z"), param("best"), param("top"), param("planes"), param("bytes")
	complete, class := s.all(), s.zero()
	k := s.expConstants()
	// Plane by plane: planes are a multiple of 1024 bytes apart, and walking across them would fight over few cache sets.
	// Sixteen pixels at a time, the steps of both vectors in turn: one chain of steps alone leaves most units idle.
	Label("planes")
	loop("pixels", bytes, 64, func(i reg.GPVirtual) {
		at := func(base reg.GPVirtual, h int) Mem { return Mem{Base: base, Index: i, Scale: 1, Disp: h * s.bytes()} }
		x := make([]reg.VecVirtual, 16/s.lanes())
		for h := range x {
			x[h] = s.sub(s.at(at(z, h)), at(best, h))
		}
		for h, e := range s.expOf(x, k, complete) {
			VMOVUPS(e, at(p, h))
			sum := s.at(at(rest, h))
			s.addWhere(s.intsDiffer(class, at(top, h)), e, sum)
			VMOVUPS(sum, at(rest, h))
		}
	})
	VPADDD(k["oneInt"], class, class)
	ADDQ(U32(planeBytes), z)
	ADDQ(U32(planeBytes), p)
	DECQ(planes)
	JNZ(LabelRef("planes"))
	r := GP32()
	s.bits(complete, r)
	XORL(U32(1<<s.lanes()-1), r)
	Store(r, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// constants loads constants into registers; what is not named is read from memory each time.
func (s isa) constants(names ...string) map[string]Op {
	k := map[string]Op{}
	for name, m := range data {
		k[name] = m
	}
	for _, name := range names {
		k[name] = s.load(name)
	}
	return k
}

// expConstants are expOf's in registers, for AVX2 in memory: two vectors at a time take all of its sixteen.
func (s isa) expConstants() map[string]Op {
	if !s.wide {
		return s.constants()
	}
	return s.constants("flushed", "log2e", "magic", "ln2Hi", "ln2Lo", "e2", "e3", "e4", "e5", "e6", "one", "bias", "oneInt")
}

// expOf is the twin's exp of several vectors at once, step by step. Where x ≥ -87.3 does not hold the result is 0, and a
// lane of complete is cleared.
func (s isa) expOf(x []reg.VecVirtual, k map[string]Op, complete mask) []reg.VecVirtual {
	n := len(x)
	each := func(f func(h int) reg.VecVirtual) []reg.VecVirtual {
		v := make([]reg.VecVirtual, n)
		for h := range v {
			v[h] = f(h)
		}
		return v
	}
	normal := make([]mask, n)
	for h := range x {
		normal[h] = s.compare(notLess, x[h], k["flushed"])
		s.and(normal[h], complete)
	}
	shifted := each(func(h int) reg.VecVirtual { return s.mul(x[h], k["log2e"]) })
	for h := range x {
		VADDPS(k["magic"], shifted[h], shifted[h])
	}
	whole := each(func(h int) reg.VecVirtual { return s.sub(shifted[h], k["magic"]) })
	for h := range x {
		VSUBPS(s.mul(whole[h], k["ln2Hi"]), x[h], x[h])
	}
	for h := range x {
		VMULPS(k["ln2Lo"], whole[h], whole[h])
		VSUBPS(whole[h], x[h], x[h]) // r
	}
	square := each(func(h int) reg.VecVirtual { return s.mul(x[h], x[h]) })
	high := each(func(h int) reg.VecVirtual { return s.mul(x[h], k["e5"]) })
	for h := range x {
		VADDPS(k["e4"], high[h], high[h])
		VADDPS(s.mul(square[h], k["e6"]), high[h], high[h])
		VMULPS(square[h], high[h], high[h])
	}
	low := each(func(h int) reg.VecVirtual { return s.mul(x[h], k["e3"]) })
	for h := range x {
		VADDPS(k["e2"], low[h], low[h])
		VADDPS(high[h], low[h], low[h])
		VMULPS(square[h], low[h], low[h])
		VADDPS(k["one"], x[h], x[h])
		VADDPS(low[h], x[h], x[h])
		VPSLLD(Imm(23), shifted[h], shifted[h])
		VPADDD(k["bias"], shifted[h], shifted[h])
	}
	return each(func(h int) reg.VecVirtual { return s.mulWhere(normal[h], shifted[h], x[h]) })
}

// merge: the log-sum-exp of some planes of z: the largest + ln(1 + the sum of the others' e^(z − largest)), where exponents
// below -87.3 add nothing. It walks across the planes: the channels of one class are few.
func (s isa) merge() {
	TEXT("merge"+s.name, NOSPLIT, "func(dst, z *float32, channels *int, count, bytes int)")
	Pragma("noescape")
	dst, z, channels, count, bytes := param("dst"), param("z"), param("channels"), param("count"), param("bytes")
	k := s.expConstants()
	complete, zero := s.all(), s.zero() // complete is not asked for
	loop("pixels", bytes, s.bytes(), func(i reg.GPVirtual) {
		from, j := GP64(), GP64()
		LEAQ(Mem{Base: z, Index: i, Scale: 1}, from)
		next := func() Mem { // of channel j
			plane := GP64()
			MOVQ(Mem{Base: channels, Index: j, Scale: 8}, plane)
			IMUL3Q(U32(planeBytes), plane, plane)
			INCQ(j)
			return Mem{Base: from, Index: plane, Scale: 1}
		}
		XORQ(j, j)
		largest := s.at(next())
		JMP(LabelRef("any"))
		Label("largest")
		VMAXPS(next(), largest, largest)
		Label("any")
		CMPQ(j, count)
		JLT(LabelRef("largest"))
		rest, seen := s.zero(), s.none() // seen: the first of the largest, which is no other
		XORQ(j, j)
		Label("others")
		x := s.sub(s.at(next()), largest)
		s.addWhere(s.again(s.compare(equal, x, zero), seen), s.expOf([]reg.VecVirtual{x}, k, complete)[0], rest)
		CMPQ(j, count)
		JLT(LabelRef("others"))
		VMOVUPS(s.add(largest, s.log1p(rest, s.add(rest, k["one"]))), Mem{Base: dst, Index: i, Scale: 1})
	})
	VZEROUPPER()
	RET()
}

// normalize: p times inverse, 0 at ignored pixels (label below 0), and of each plane Σp, Σp², and both where the label is
// the plane's number.
func (s isa) normalize() {
	TEXT("normalize"+s.name, NOSPLIT, "func(p, inverse *float32, labels *int32, sums *float32, planes, bytes int)")
	Pragma("noescape")
	p, inverse, labels, sums, planes, bytes := param("p"), param("inverse"), param("labels"), param("sums"), param("planes"), param("bytes")
	class := s.zero()
	none := s.load("minusOne")
	parts := 16 / s.lanes()
	acc := make([][4]reg.VecVirtual, parts)
	for h := range acc {
		for k := range acc[h] {
			acc[h][k] = s.vec()
		}
	}
	Label("planes")
	for h := range acc {
		for k := range acc[h] {
			if s.wide {
				VPXORD(acc[h][k], acc[h][k], acc[h][k])
			} else {
				VXORPS(acc[h][k], acc[h][k], acc[h][k])
			}
		}
	}
	loop("pixels", bytes, 64, func(i reg.GPVirtual) {
		for h := range acc {
			off := h * s.bytes()
			label := s.at(Mem{Base: labels, Index: i, Scale: 1, Disp: off})
			x := s.mulWhere(s.intsAbove(label, none), s.at(Mem{Base: p, Index: i, Scale: 1, Disp: off}), Mem{Base: inverse, Index: i, Scale: 1, Disp: off})
			VMOVUPS(x, Mem{Base: p, Index: i, Scale: 1, Disp: off})
			VADDPS(x, acc[h][0], acc[h][0])
			square := s.mul(x, x)
			VADDPS(square, acc[h][1], acc[h][1])
			own := s.intsEqual(label, class)
			s.addWhere(own, x, acc[h][2])
			s.addWhere(own, square, acc[h][3])
		}
	})
	for k := range 4 {
		s.reduce(acc, k, Mem{Base: sums, Disp: 4 * k})
	}
	VPADDD(data["oneInt"], class, class)
	ADDQ(U32(planeBytes), p)
	ADDQ(Imm(16), sums)
	DECQ(planes)
	JNZ(LabelRef("planes"))
	VZEROUPPER()
	RET()
}

// reduce adds sixteen lanes pairwise: those 8 apart, then 4, 2 and 1.
func (s isa) reduce(acc [][4]reg.VecVirtual, k int, to Mem) {
	y := YMM()
	if s.wide {
		VEXTRACTF64X4(Imm(1), acc[0][k], y)
		VADDPS(y, acc[0][k].AsY(), y)
	} else {
		VADDPS(acc[1][k], acc[0][k], y)
	}
	x, high := XMM(), XMM()
	VEXTRACTF128(Imm(1), y, x)
	VADDPS(x, y.AsX(), x)
	VMOVHLPS(x, x, high)
	VADDPS(high, x, x)
	VMOVSHDUP(x, high)
	VADDSS(high, x, x)
	VMOVSS(x, to)
}

// pixels: of each pixel −log p_t, 1−p_t and 1−p of the likeliest, 0 at ignored pixels. At the likeliest class 1−p is
// rest·inverse, which keeps its digits.
func (s isa) pixels() {
	TEXT("pixels"+s.name, NOSPLIT, "func(nll, q, qtop, best, logarithm, rest, inverse, z, p *float32, top, own *int32, bytes int)")
	Pragma("noescape")
	nll, q, qtop, best, logarithm := param("nll"), param("q"), param("qtop"), param("best"), param("logarithm")
	rest, inverse, z, p, top, own, bytes := param("rest"), param("inverse"), param("z"), param("p"), param("top"), param("own"), param("bytes")
	none, one := s.load("minusOne"), s.load("one")
	loop("pixels", bytes, s.bytes(), func(i reg.GPVirtual) {
		at := func(base reg.GPVirtual) Mem { return Mem{Base: base, Index: i, Scale: 1} }
		truth := s.at(at(own))
		valid := s.intsAbove(truth, none)
		likeliest := s.mul(s.at(at(rest)), at(inverse))
		VMOVUPS(s.keep(valid, likeliest), at(qtop))
		other := s.sub(one, at(p))
		miss := s.choose(s.intsEqual(truth, at(top)), likeliest, other)
		VMOVUPS(s.keep(valid, miss), at(q))
		loss := s.add(s.sub(s.at(at(best)), at(z)), at(logarithm))
		VMOVUPS(s.keep(valid, loss), at(nll))
	})
	VZEROUPPER()
	RET()
}

// misses: u ← u + p·(1−u) over all planes but a pixel's likeliest and its own: 1 − Π (1−p).
func (s isa) misses() {
	TEXT("misses"+s.name, NOSPLIT, "func(u, p *float32, top, own *int32, planes, bytes int)")
	Pragma("noescape")
	u, p, top, own, planes, bytes := param("u"), param("p"), param("top"), param("own"), param("planes"), param("bytes")
	class, one := s.zero(), s.load("one")
	Label("planes")
	loop("pixels", bytes, s.bytes(), func(i reg.GPVirtual) {
		at := func(base reg.GPVirtual) Mem { return Mem{Base: base, Index: i, Scale: 1} }
		sum, others := s.at(at(u)), s.intsDiffer(class, at(top))
		s.and(s.intsDiffer(class, at(own)), others)
		s.addWhere(others, s.mul(s.sub(one, sum), at(p)), sum)
		VMOVUPS(sum, at(u))
	})
	VPADDD(data["oneInt"], class, class)
	ADDQ(U32(planeBytes), p)
	DECQ(planes)
	JNZ(LabelRef("planes"))
	VZEROUPPER()
	RET()
}

// sum: of a whole number of sixteen values.
func (s isa) sum() {
	TEXT("sum"+s.name, NOSPLIT, "func(x *float32, bytes int) (total float32)")
	Pragma("noescape")
	x, bytes := param("x"), param("bytes")
	acc := make([][4]reg.VecVirtual, 16/s.lanes())
	for h := range acc {
		acc[h][0] = s.zero()
	}
	loop("pixels", bytes, 64, func(i reg.GPVirtual) {
		for h := range acc {
			VADDPS(Mem{Base: x, Index: i, Scale: 1, Disp: h * s.bytes()}, acc[h][0], acc[h][0])
		}
	})
	total, err := ReturnIndex(0).Resolve()
	if err != nil {
		panic(err)
	}
	s.reduce(acc, 0, total.Addr)
	VZEROUPPER()
	RET()
}
