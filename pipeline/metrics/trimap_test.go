package metrics

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/segmetry/segmetry/internal/raster"
)

// within says by looking at every pixel that one of another class is within the band's distance of pixel i.
func (o TrimapOptions) within(m *Maps, i int) bool {
	for j, t := range m.Truth {
		dx, dy := j%m.Width-i%m.Width, j/m.Width-i/m.Width
		near := dx*dx+dy*dy <= o.D*o.D
		if o.Band == "chebyshev" {
			near = max(dx, -dx, dy, -dy) <= o.D
		}
		if near && t != m.Truth[i] && (t != raster.Ignored || o.Ignored == "class") {
			return true
		}
	}
	return false
}

// TestTrimapBand holds the linear walk against the definition, exactly, on maps that lie in patches with ignored pixels between.
func TestTrimapBand(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	for range 400 {
		w, h := 1+r.IntN(16), 1+r.IntN(16)
		m := &Maps{Width: w, Height: h, Truth: make([]int16, w*h), Predicted: make([]int16, w*h)}
		for range r.IntN(6) {
			class, x, y := int16(r.IntN(4)-1), r.IntN(w), r.IntN(h)
			for i := range m.Truth {
				if i%w >= x && i%w < x+1+r.IntN(9) && i/w >= y && i/w < y+1+r.IntN(9) {
					m.Truth[i] = class
				}
			}
		}
		for _, o := range []TrimapOptions{{1, "euclidean", "nothing"}, {3, "euclidean", "nothing"}, {5, "euclidean", "class"}, {2, "chebyshev", "nothing"}, {3, "chebyshev", "class"}, {64, "euclidean", "nothing"}} {
			a := trimaps{3, o}
			c := a.NewCollector().(*trimapCollector)
			c.Maps(m)
			want := make([]int64, len(c.Counts))
			for i, t := range m.Truth {
				if t != raster.Ignored && o.within(m, i) {
					want[int(t)*3]++
				}
			}
			if !slices.Equal(c.Counts, want) {
				t.Fatalf("%+v, %d×%d %v: %v, want %v", o, w, h, m.Truth, c.Counts, want)
			}
		}
	}
}
