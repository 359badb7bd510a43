//go:build amd64 && !purego

package kernel

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/sys/cpu"
)

// TestLabelTwins: the kernels over labels give what their twins give, for every number of labels up to a block, and for short
// and long runs.
func TestLabelTwins(t *testing.T) {
	if !cpu.X86.HasAVX2 {
		t.Skip("skipped: this machine has no AVX2")
	}
	r := rand.New(rand.NewPCG(6, 6))
	for n := range Block + 1 {
		for _, run := range []int{1, 3, 40} {
			truth, predicted := make([]int16, n), make([]int16, n)
			for i := range truth {
				if truth[i] = int16(r.IntN(4) - 1); i > 0 && r.IntN(run) > 0 {
					truth[i] = truth[i-1]
				}
				predicted[i] = int16(r.IntN(1 << 15))
			}
			var got, want [2]Indices
			widen(setAVX2, got[0][:], truth)
			widen(setGo, want[0][:], truth)
			count, wanted := edges(setAVX2, &got[1], truth), edges(setGo, &want[1], truth)
			if got != want || count != wanted {
				t.Fatalf("%d labels: %d ends, want %d: %v, want %v", n, count, wanted, got, want)
			}
			back := make([]int16, n)
			if narrow(setAVX2, back, got[0][:n]); !slices.Equal(back, truth) {
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
}
