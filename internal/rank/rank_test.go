package rank

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestAround: the values are those at their places in the sorted values, for many equal ones, too.
func TestAround(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 500 {
		x := make([]float64, 1+r.IntN(1+n*3))
		for i := range x {
			x[i] = math.Floor(r.ExpFloat64() * float64(1+n%40))
		}
		sorted := slices.Sorted(slices.Values(x))
		q := []float64{0, 1, 0.95, r.Float64()}[n%4]
		rank := q * float64(len(x)-1)
		low := int(rank)
		first, second := sorted[low], sorted[min(low+1, len(x)-1)]
		if rank == float64(low) {
			second = first
		}
		if a, b, share := Around(x, q); a != first || b != second || share != rank-float64(low) {
			t.Fatalf("case %d: %v and %v, %v of the way, want %v and %v, %v", n, a, b, share, first, second, rank-float64(low))
		}
	}
}
