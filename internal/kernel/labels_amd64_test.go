//go:build amd64 && !purego

package kernel

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/sys/cpu"
)

// TestLabelTwins: the kernels over labels give what their twins give, for every number of labels up to a block.
func TestLabelTwins(t *testing.T) {
	if !cpu.X86.HasAVX2 {
		t.Skip("skipped: this machine has no AVX2")
	}
	r := rand.New(rand.NewPCG(6, 6))
	for n := range Block + 1 {
		truth, predicted := make([]int16, n), make([]int16, n)
		for i := range truth {
			truth[i], predicted[i] = int16(r.IntN(4)-1), int16(r.IntN(1<<15))
		}
		var got, want Indices
		widen(setAVX2, got[:], truth)
		widen(setGo, want[:], truth)
		if got != want {
			t.Fatalf("%d labels: %v, want %v", n, got, want)
		}
		back := make([]int16, n)
		if narrow(setAVX2, back, got[:n]); !slices.Equal(back, truth) {
			t.Fatalf("%d labels: %v came back as %v", n, truth, back)
		}
		bytesGot, bytesWant := make([]byte, 2*n), make([]byte, 2*n)
		shown(setAVX2, bytesGot, truth, predicted)
		shown(setGo, bytesWant, truth, predicted)
		if !bytes.Equal(bytesGot, bytesWant) {
			t.Fatalf("%d labels of which some are ignored: %v, want %v", n, bytesGot, bytesWant)
		}
	}
}

// TestOwnTwin: what lies in a pixel's own plane, of labels that are planes, ignored, and beyond them.
func TestOwnTwin(t *testing.T) {
	const planes = 5
	r := rand.New(rand.NewPCG(7, 7))
	x, y := make([]float32, planes*Block), make([]float32, planes*Block)
	for i := range x {
		x[i], y[i] = r.Float32(), r.Float32()
	}
	for _, set := range sets(t) {
		for _, n := range []int{1, 16, 250, Block} {
			var labels Indices
			for i := range labels {
				labels[i] = int32(r.IntN(planes+2)) - 1
			}
			var got, want [2]Pixels
			own(set, &got[0], &got[1], x, y, &labels, planes, n)
			ownGo(&want[0], &want[1], x, y, &labels, planes, n)
			for k := range got {
				if !slices.Equal(got[k][:n], want[k][:n]) {
					t.Fatalf("%d pixels of %v: %v, want %v", n, labels, got[k][:n], want[k][:n])
				}
			}
		}
	}
}
