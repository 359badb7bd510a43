package pass

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/segmetry/segmetry/internal/raster"
)

// TestMargins holds margins against a sort of each pixel's logits; ties are 0, NaN spreads.
func TestMargins(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const width, height, channels = 37, 19, 5
	const n = width * height
	data := make([]float32, channels*n)
	for i := range data {
		data[i] = float32(random.NormFloat64()) * 4
	}
	data[7], data[n+7] = 9, 9                          // a tie
	data[8] = float32(math.NaN())                      // NaN decides
	data[2*n+9], data[3*n+9] = float32(math.Inf(1)), 2 // infinitely far
	labels := &raster.Labels{Width: width, Height: height, Class: make([]int16, n)}
	for name, merge := range map[string][]int16{"plain": nil, "merged": {0, 1, 2, 1, 0}} {
		o := Options{Channels: channels, Classes: channels, Merge: merge}
		if merge != nil {
			o.Classes = 3
		}
		s, err := NewScanner(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Begin(Scores{Data: data, Channels: channels, Height: height, Width: width}, Window{}, labels); err != nil {
			t.Fatal(err)
		}
		var got [BlockSize]float32
		seen := 0
		for b := s.Next(); b != nil; b = s.Next() {
			b.Margins(got[:])
			for i := range b.N {
				var z []float64
				for c := range b.Planes {
					z = append(z, float64(b.Z[c*BlockSize+i]))
				}
				slices.Sort(z) // NaN first
				want := float32(z[len(z)-1]) - float32(z[len(z)-2])
				if math.IsNaN(z[0]) {
					want = float32(z[0])
				}
				if got[i] != want && (got[i] == got[i] || want == want) {
					t.Errorf("%s: pixel %d of logits %v: %g, want %g", name, b.Start+i, z, got[i], want)
				}
			}
			seen += b.N
		}
		if seen != n || s.NonFinite() != 2 {
			t.Errorf("%s: %d pixels, %d not finite", name, seen, s.NonFinite())
		}
	}
}

func TestMarginsOfSigmoid(t *testing.T) {
	s, err := NewScanner(Options{Channels: 1, Head: Sigmoid, Classes: 2, Threshold: 0.75})
	if err != nil {
		t.Fatal(err)
	}
	labels := &raster.Labels{Width: 3, Height: 1, Class: []int16{0, 1, -1}}
	if err := s.Begin(Scores{Data: []float32{-1, 0, 5}, Channels: 1, Height: 1, Width: 3}, Window{}, labels); err != nil {
		t.Fatal(err)
	}
	var got [BlockSize]float32
	s.Next().Margins(got[:])
	for i, x := range []float64{-1, 0, 5} {
		if want := math.Abs(x - math.Log(3)); math.Abs(float64(got[i])-want) > 1e-6 {
			t.Errorf("margin of logit %g is %g, want %g", x, got[i], want)
		}
	}
}
