//go:build amd64 && !purego

package kernel

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/cpu"
)

// TestJPEGTwins: the kernels give the bits of their twins and write no byte beyond what they may.
func TestJPEGTwins(t *testing.T) {
	if !cpu.X86.HasAVX2 {
		t.Skip("skipped: this machine has no AVX2")
	}
	r := rand.New(rand.NewPCG(5, 5))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = []byte{0, 255, byte(r.Uint32())}[r.IntN(3)]
		}
		return b
	}
	both := func(what string, size, room int, f func(set int, dst []byte)) {
		t.Helper()
		want, got := bytes.Repeat([]byte{7}, size+room), bytes.Repeat([]byte{7}, size+room)
		f(setGo, want)
		f(setAVX2, got)
		if !bytes.Equal(want[:size], got[:size]) {
			t.Fatalf("%s differs from its twin", what)
		}
	}
	for i := range 2000 {
		var x [64]int32
		for range r.IntN(64) {
			x[r.IntN(64)] = int32(r.Uint32()) >> (1 + r.IntN(31)) // even values that no picture has wrap in one and the same way
		}
		x[0] = int32(r.IntN(4096)) - 2048
		both("the inverse DCT", 7*20+8, 0, func(set int, dst []byte) { inverseDCT(set, dst, 20, &x) })
		n := 1 + i%300
		near, far := random(n+2+WidenPadding), random(n+2+WidenPadding)
		both("the wider row", 2*n, WidenPadding, func(set int, dst []byte) { widenRow(set, dst, near, n) })
		both("the wider rows", 2*n, WidenPadding, func(set int, dst []byte) { widenRows(set, dst, near, far, n) })
		luma := random(n)
		both("the colours", 3*n+9, 0, func(set int, dst []byte) { paintYCC(set, dst[:3*n:3*n], luma, near[:n], far[:n]) })
	}
}

// TestPaintAll: every pair of colour differences, against the formula in 32 bits.
func TestPaintAll(t *testing.T) {
	blue, red, luma := make([]byte, 1<<16), make([]byte, 1<<16), make([]byte, 1<<16)
	for i := range blue {
		blue[i], red[i], luma[i] = byte(i), byte(i>>8), byte(i*7)
	}
	got, want := make([]byte, 3<<16), make([]byte, 3<<16)
	PaintYCC(got, luma, blue, red)
	paintYCCGo(want, luma, blue, red)
	if !bytes.Equal(got, want) {
		t.Error("differs from its twin")
	}
}
