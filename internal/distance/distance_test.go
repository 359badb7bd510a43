package distance

import (
	"math/rand/v2"
	"testing"
)

// brute is the definition.
func brute(mask []uint8, width, height int) ([]int32, bool) {
	dst, outside := make([]int32, len(mask)), false
	for _, m := range mask {
		outside = outside || m == 0
	}
	for i, m := range mask {
		if m == 0 {
			continue
		}
		best := int32(1 << 30)
		for j, o := range mask {
			if o == 0 {
				dy, dx := int32(i/width-j/width), int32(i%width-j%width)
				best = min(best, dx*dx+dy*dy)
			}
		}
		dst[i] = best
	}
	return dst, outside
}

func TestSquaredIsTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var transform Transform
	for n := range 400 {
		w, h := 1+r.IntN(24), 1+r.IntN(24)
		mask := make([]uint8, w*h)
		share := r.Float64()
		for i := range mask {
			if r.Float64() < share*1.05 {
				mask[i] = uint8(1 + r.IntN(255))
			}
		}
		got := make([]int32, w*h)
		want, outside := brute(mask, w, h)
		if ok := transform.Squared(got, mask, w, h); ok != outside {
			t.Fatalf("case %d, %d×%d: a pixel outside: %v, want %v", n, w, h, ok, outside)
		}
		for i := range want {
			if outside && got[i] != want[i] {
				t.Fatalf("case %d, %d×%d: pixel %d is %d, want %d", n, w, h, i, got[i], want[i])
			}
		}
	}
}

func TestSquaredAllocatesNothing(t *testing.T) {
	var transform Transform
	mask, dst := make([]uint8, 64*48), make([]int32, 64*48)
	for i := range mask {
		mask[i] = uint8(i % 7)
	}
	transform.Squared(dst, mask, 64, 48)
	if n := testing.AllocsPerRun(10, func() { transform.Squared(dst, mask, 64, 48) }); n != 0 {
		t.Errorf("%g allocations a transform, want 0", n)
	}
}

// BenchmarkSquared is 1024 rows of 2048 pixels with discs inside, as a city picture has objects.
func BenchmarkSquared(b *testing.B) {
	const w, h = 2048, 1024
	mask, dst := discs(w, h), make([]int32, w*h)
	var t Transform
	for b.Loop() {
		t.Squared(dst, mask, w, h)
	}
}

// discs draws forty discs of 20 to 140 pixels' radius.
func discs(w, h int) []uint8 {
	r := rand.New(rand.NewPCG(3, 4))
	mask := make([]uint8, w*h)
	for range 40 {
		cx, cy, radius := r.IntN(w), r.IntN(h), 20+r.IntN(120)
		for y := max(0, cy-radius); y < min(h, cy+radius); y++ {
			for x := max(0, cx-radius); x < min(w, cx+radius); x++ {
				if (x-cx)*(x-cx)+(y-cy)*(y-cy) < radius*radius {
					mask[y*w+x] = 1
				}
			}
		}
	}
	return mask
}
