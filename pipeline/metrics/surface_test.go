package metrics

import (
	"math"
	"math/rand/v2"
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
