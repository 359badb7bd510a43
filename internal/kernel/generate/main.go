// Command generate writes the assembly of package kernel. It is a module of its own, so that the project itself does
// not depend on the assembler:
//
//	cd internal/kernel/generate && go run . -out ../kernel_amd64.s -stubs ../kernel_amd64.go -pkg kernel
//
// Every kernel is written once for vectors of 8 lanes (AVX2) and of 16 (AVX-512). No kernel fuses a multiplication with
// an addition, and sums always run in sixteen interleaved lanes, so both give the bits of the twins in Go.
package main

import (
	"flag"
	"log"
	"math"
	"os"
	"regexp"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is one instruction set.
type isa struct {
	name string
	wide bool // AVX-512
}

func (s isa) lanes() int {
	if s.wide {
		return 16
	}
	return 8
}

func (s isa) bytes() int { return 4 * s.lanes() }

func (s isa) vec() reg.VecVirtual {
	if s.wide {
		return ZMM()
	}
	return YMM()
}

// The polynomial of package kernel's Exp1.
const (
	c2nd = 0.4999999403953552
	c3rd = 0.1666652113199234
	c4th = 0.04166838899254799
	c5th = 0.00836874544620514
	c6th = 0.0013814539415761828
)

const planeBytes = 256 * 4

func main() {
	ConstraintExpr("amd64,!purego")
	constants()
	for _, s := range []isa{{"AVX2", false}, {"AVX512", true}} {
		s.argmax()
		s.exp()
		s.merge()
		s.normalizers()
		s.normalize()
		s.pixels()
		s.misses()
		s.missLosses()
		s.sum()
		s.lerp()
		s.focal()
		s.addProducts()
		s.regionMeans()
		s.regionGradient(false)
		s.regionGradient(true)
		s.streamProducts()
		s.accumulateMean()
		s.applySlopes()
		s.stream()
	}
	stretch(false)
	stretch(true)
	addSquares()
	nearest()
	paeth(3)
	paeth(4)
	count()
	labels()
	resize()
	weigh()
	jpeg()
	fence()
	Generate()
	onlyAVX2()
}

// data are the constants, each sixteen times over.
var data = map[string]Mem{}

func constants() {
	floats := []struct {
		name  string
		value float32
	}{
		{"log2e", 1.44269504088896341}, {"ln2Hi", 0.693359375}, {"ln2Lo", -2.12194440054690583e-4}, {"magic", 3 << 22},
		{"one", 1}, {"two", 2}, {"half", 0.5}, {"e2", c2nd}, {"e3", c3rd}, {"e4", c4th}, {"e5", c5th}, {"e6", c6th},
		{"flushed", -87.3}, {"split", 0.41}, {"sqrt2", math.Sqrt2}, {"ln2", math.Ln2},
		{"c3", 1.0 / 3}, {"c5", 1.0 / 5}, {"c7", 1.0 / 7}, {"c9", 1.0 / 9}, {"zero", 0},
	}
	for _, f := range floats {
		constant(f.name, math.Float32bits(f.value))
	}
	constant("bias", 127<<23)
	constant("mantissa", 0x7fffff)
	constant("bias127", 127)
	constant("minusOne", 0xffffffff)
	constant("oneInt", 1)
}

func constant(name string, bits uint32) {
	m := GLOBL("kernel_"+name, RODATA|NOPTR)
	for i := range 16 {
		DATA(4*i, U32(bits))
	}
	data[name] = m
}

// load returns a constant in a register.
func (s isa) load(name string) reg.VecVirtual {
	v := s.vec()
	VMOVUPS(data[name], v)
	return v
}

// mask is the result of a comparison: a vector of all ones and zeros, or of all zeros and ones where not is set, or a mask
// register.
type mask struct {
	vec reg.VecVirtual
	k   reg.OpmaskVirtual
	not bool
}

// compare predicates of VCMPPS.
const (
	equal        = 0x00
	notLess      = 0x0d // greater or equal, ordered
	greater      = 0x0e
	unequalOrNaN = 0x04
	less         = 0x01
	intsDiffer   = 4 // of VPCMPD
)

// compare compares a with b, lane by lane: a OP b.
func (s isa) compare(op uint8, a, b Op) mask {
	if s.wide {
		k := K()
		VCMPPS(U8(op), b, a, k)
		return mask{k: k}
	}
	v := YMM()
	VCMPPS(U8(op), b, a, v)
	return mask{vec: v}
}

// intsEqual and above compare integers.
func (s isa) intsEqual(a, b Op) mask {
	if s.wide {
		k := K()
		VPCMPEQD(b, a, k)
		return mask{k: k}
	}
	v := YMM()
	VPCMPEQD(b, a, v)
	return mask{vec: v}
}

func (s isa) intsAbove(a, b Op) mask {
	if s.wide {
		k := K()
		VPCMPGTD(b, a, k)
		return mask{k: k}
	}
	v := YMM()
	VPCMPGTD(b, a, v)
	return mask{vec: v}
}

// intsDiffer compares integers for being different.
func (s isa) intsDiffer(a, b Op) mask {
	if s.wide {
		k := K()
		VPCMPD(U8(intsDiffer), b, a, k)
		return mask{k: k}
	}
	v := YMM()
	VPCMPEQD(b, a, v)
	return mask{vec: v, not: true}
}

// all is a mask of every lane.
func (s isa) all() mask {
	if s.wide {
		k := K()
		KXNORW(k, k, k)
		return mask{k: k}
	}
	v := YMM()
	VPCMPEQD(v, v, v)
	return mask{vec: v}
}

// none is a mask of no lane.
func (s isa) none() mask {
	if s.wide {
		k := K()
		KXORW(k, k, k)
		return mask{k: k}
	}
	return mask{vec: s.zero()}
}

// again is a mask of all lanes but those that m has and seen has not; seen then has them, too.
func (s isa) again(m, seen mask) mask {
	if s.wide {
		first := K()
		KANDNW(m.k, seen.k, first)
		KORW(m.k, seen.k, seen.k)
		KNOTW(first, first)
		return mask{k: first}
	}
	first := YMM()
	VANDNPS(m.vec, seen.vec, first)
	VORPS(m.vec, seen.vec, seen.vec)
	return mask{vec: first, not: true}
}

// and clears the lanes of to that are not set in m.
func (s isa) and(m, to mask) {
	switch {
	case s.wide:
		KANDW(m.k, to.k, to.k)
	case to.not: // neither's complement
		VORPS(m.vec, to.vec, to.vec)
	default:
		VANDPS(m.vec, to.vec, to.vec)
	}
}

// bits moves a mask into a register, a bit a lane.
func (s isa) bits(m mask, to reg.GPVirtual) {
	if s.wide {
		KMOVW(m.k, to)
	} else {
		VMOVMSKPS(m.vec, to)
	}
}

// addWhere adds v to sum where the mask is set.
func (s isa) addWhere(m mask, v, sum reg.VecVirtual) {
	if s.wide {
		VADDPS(v, sum, m.k, sum)
	} else {
		VADDPS(s.keep(m, v), sum, sum)
	}
}

// mulWhere returns a·b where the mask is set, 0 elsewhere.
func (s isa) mulWhere(m mask, a reg.VecVirtual, b Op) reg.VecVirtual {
	if s.wide {
		r := s.vec()
		VMULPS_Z(b, a, m.k, r)
		return r
	}
	return s.keep(m, s.mul(a, b))
}

// keep returns v where the mask is set, 0 elsewhere.
func (s isa) keep(m mask, v reg.VecVirtual) reg.VecVirtual {
	r := s.vec()
	switch {
	case s.wide:
		VMOVAPS_Z(v, m.k, r)
	case m.not:
		VANDNPS(v, m.vec, r)
	default:
		VANDPS(v, m.vec, r)
	}
	return r
}

// drop returns v where the mask is not set, 0 elsewhere.
func (s isa) drop(m mask, v reg.VecVirtual) reg.VecVirtual {
	r := s.vec()
	if s.wide {
		not := K()
		KNOTW(m.k, not)
		VMOVAPS_Z(v, not, r)
	} else {
		VANDNPS(v, m.vec, r)
	}
	return r
}

// choose returns yes where the mask is set, no elsewhere.
func (s isa) choose(m mask, yes, no reg.VecVirtual) reg.VecVirtual {
	r := s.vec()
	if s.wide {
		VBLENDMPS(yes, no, m.k, r)
	} else {
		VBLENDVPS(m.vec, yes, no, r)
	}
	return r
}

func (s isa) add(a reg.VecVirtual, b Op) reg.VecVirtual {
	r := s.vec()
	VADDPS(b, a, r)
	return r
}

func (s isa) sub(a reg.VecVirtual, b Op) reg.VecVirtual {
	r := s.vec()
	VSUBPS(b, a, r)
	return r
}

func (s isa) mul(a reg.VecVirtual, b Op) reg.VecVirtual {
	r := s.vec()
	VMULPS(b, a, r)
	return r
}

func (s isa) div(a reg.VecVirtual, b Op) reg.VecVirtual {
	r := s.vec()
	VDIVPS(b, a, r)
	return r
}

func (s isa) at(m Mem) reg.VecVirtual {
	r := s.vec()
	VMOVUPS(m, r)
	return r
}

func (s isa) zero() reg.VecVirtual {
	if s.wide {
		r := ZMM()
		VPXORD(r, r, r)
		return r
	}
	r := YMM()
	VXORPS(r, r, r)
	return r
}

func param(name string) reg.GPVirtual { return Load(Param(name), GP64()).(reg.GPVirtual) }

// loop runs body with a counter from 0 in steps to below end, a register.
func loop(label string, end reg.GPVirtual, step int, body func(i reg.GPVirtual)) {
	i := GP64()
	XORQ(i, i)
	Label(label)
	body(i)
	ADDQ(Imm(uint64(step)), i)
	CMPQ(i, end)
	JLT(LabelRef(label))
}

// onlyAVX2 fails where the assembler ran out of AVX2's sixteen registers and took one that only AVX-512 has.
func onlyAVX2() {
	text, err := os.ReadFile(flag.Lookup("out").Value.String())
	if err != nil {
		log.Fatal(err)
	}
	for part := range strings.SplitSeq(string(text), "TEXT ") {
		if high := regexp.MustCompile(`\b[XY](1[6-9]|[23][0-9])\b`).FindString(part); high != "" && strings.Contains(part[:30], "AVX2") {
			log.Fatalf("%.20s uses %s: too many registers", part, high)
		}
	}
}
