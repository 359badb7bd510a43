package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/segmetry/segmetry/internal/raster"
)

// cityscape draws a label map of the given classes by nearest of many seeds, and a prediction whose outlines are off by a
// few pixels and which misses some regions.
func cityscape(w, h, classes int) (truth, predicted *raster.Labels) {
	r := rand.New(rand.NewPCG(1, 2))
	type seed struct{ x, y, class int }
	seeds := make([]seed, 150)
	for i := range seeds {
		seeds[i] = seed{r.IntN(w), r.IntN(h), r.IntN(classes)}
	}
	draw := func(wobble float64, other int) *raster.Labels {
		l := &raster.Labels{Width: w, Height: h, Class: make([]int16, w*h)}
		for y := range h {
			for x := range w {
				fx, fy := float64(x)+wobble*math.Sin(float64(y)/9), float64(y)+wobble*math.Cos(float64(x)/7)
				best, class := math.Inf(1), 0
				for i, s := range seeds {
					dx, dy := fx-float64(s.x), fy-float64(s.y)
					if d := dx*dx + dy*dy; d < best {
						best, class = d, s.class
						if i%other == 0 {
							class = (s.class + 1) % classes
						}
					}
				}
				l.Class[y*w+x] = int16(class)
			}
		}
		return l
	}
	return draw(0, len(seeds)), draw(3, 15)
}

// BenchmarkSurfaces is hd95, assd and nsd of 19 classes on 2048×1024.
func BenchmarkSurfaces(b *testing.B) {
	truth, predicted := cityscape(2048, 1024, 19)
	set, err := Compile(named("hd95", "assd", "nsd"), Shape{Classes: 19})
	if err != nil {
		b.Fatal(err)
	}
	m := set.NewMeter()
	for b.Loop() {
		m.Reset(nil)
		set.Release(m.Finish(truth, predicted))
	}
}

// BenchmarkContours is the same of corners.
func BenchmarkContours(b *testing.B) {
	truth, predicted := cityscape(2048, 1024, 19)
	set, err := Compile([]Spec{asking("a", "hd95", "{edges: corners}"), asking("b", "assd", "{edges: corners}"), asking("c", "nsd", "{edges: corners}")}, Shape{Classes: 19})
	if err != nil {
		b.Fatal(err)
	}
	m := set.NewMeter()
	b.ReportAllocs()
	for b.Loop() {
		m.Reset(nil)
		set.Release(m.Finish(truth, predicted))
	}
}

func TestQuantileIsNumpys(t *testing.T) {
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
		want := sorted[low] + (rank-float64(low))*(sorted[min(low+1, len(x)-1)]-sorted[low])
		if got := quantile(x, q); got != want {
			t.Fatalf("case %d: %v, want %v", n, got, want)
		}
	}
}
