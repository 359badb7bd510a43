package distance

import (
	"math"
	"math/rand/v2"
	"testing"
)

// nearestOf is the definition.
func nearestOf(p int32, others []int32, width int, spacing [2]float64) float64 {
	best := math.Inf(1)
	for _, o := range others {
		dy := float64(int(p)/width-int(o)/width) * spacing[0]
		dx := float64(int(p)%width-int(o)%width) * spacing[1]
		best = min(best, dy*dy+dx*dx)
	}
	return math.Sqrt(best)
}

func scatter(r *rand.Rand, n int, share float64) (points []int32) {
	for i := range n {
		if r.Float64() < share {
			points = append(points, int32(i))
		}
	}
	return points
}

// TestBetweenIsTheDefinition draws sets from a single point to every pixel, near and far (tolerance: 1e-13 of the value).
func TestBetweenIsTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var s Seeker
	for n := range 600 {
		w, h := 1+r.IntN(60), 1+r.IntN(40)
		spacing := [2]float64{1, 1}
		if n%2 == 1 {
			spacing = [2]float64{0.1 + 3*r.Float64(), 0.1 + 3*r.Float64()}
		}
		points, others := scatter(r, w*h, math.Pow(r.Float64(), 3)), scatter(r, w*h, math.Pow(r.Float64(), 6))
		if len(others) == 0 {
			others = []int32{int32(r.IntN(w * h))}
		}
		got := s.Between(nil, points, others, w, spacing)
		for i, p := range points {
			if want := nearestOf(p, others, w, spacing); math.Abs(got[i]-want) > 1e-13*want {
				t.Fatalf("case %d, %d×%d: point %d is %v away, want %v", n, w, h, p, got[i], want)
			}
		}
	}
}

// TestBetweenUsesEnvelopes: points that all are far from the others.
func TestBetweenUsesEnvelopes(t *testing.T) {
	const w, h = 300, 120
	var points, others []int32
	for y := range h {
		for x := range w {
			switch {
			case y < 40:
				points = append(points, int32(y*w+x))
			case y > 100 && (x*7+y*3)%11 == 0:
				others = append(others, int32(y*w+x))
			}
		}
	}
	var s Seeker
	got := s.Between(nil, points, others, w, [2]float64{1, 2})
	for i := 0; i < len(points); i += 97 {
		if want := nearestOf(points[i], others, w, [2]float64{1, 2}); math.Abs(got[i]-want) > 1e-13*want {
			t.Fatalf("point %d is %v away, want %v", points[i], got[i], want)
		}
	}
	if n := testing.AllocsPerRun(3, func() { got = s.Between(got[:0], points, others, w, [2]float64{1, 2}) }); n != 0 {
		t.Errorf("%g allocations, want 0", n)
	}
}
