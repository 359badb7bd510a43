//go:build amd64 && !purego

package kernel

import (
	"math/rand/v2"
	"testing"
)

// TestNearestTwin compares the vectors' search with the plain one, exactly, for near and for far others.
func TestNearestTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for _, set := range sets(t) {
		for range 3000 {
			width, pad, y := 1+r.IntN(70), 0, r.IntN(NearestSide)
			pad = NearestPad(width)
			above, below := make([]int32, width+2*pad), make([]int32, width+2*pad)
			for i := range above {
				above[i], below[i] = -NoRow, NoRow
			}
			for range 1 + r.IntN(1+r.IntN(60)) {
				x, far := pad+r.IntN(width), 1+r.IntN(1<<r.IntN(14))
				if r.IntN(2) == 0 && far <= y {
					above[x] = max(above[x], int32(y-far))
				} else {
					below[x] = min(below[x], int32(y+far))
				}
			}
			x := r.IntN(width)
			reach := max(x, width-1-x)
			if got, want := nearest(set, above, below, pad+x, y, reach), nearest(setGo, above, below, pad+x, y, reach); got != want {
				t.Fatalf("set %d: column %d of %d, row %d: %d, want %d", set, x, width, y, got, want)
			}
		}
	}
}
