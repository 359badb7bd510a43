package metrics

import (
	"math"

	"github.com/segmetry/segmetry/internal/raster"
)

// trimapBand finds the pixels within d of a valid pixel of another class, in linear time and without a transform: every pixel
// learns from its column how near another class is above or below it, and then from its row whether a pixel that near, or a change
// of class, is close enough beside it.
type trimapBand struct {
	d     int
	reach []int  // how far to the side d reaches from a pixel that has another class so many rows away; less than none beyond d
	voids bool   // ignored pixels make no boundary
	in    []bool // the pixel is in the band; of valid pixels alone
}

func newTrimapBand(o TrimapOptions) trimapBand {
	b := trimapBand{d: o.D, reach: make([]int, o.D+2), voids: o.Ignored == "nothing"}
	for v := range b.reach {
		switch {
		case v > o.D:
			b.reach[v] = -1
		case o.Band == "chebyshev":
			b.reach[v] = o.D
		default:
			b.reach[v] = int(math.Sqrt(float64(o.D*o.D - v*v)))
		}
	}
	return b
}

// find fills in for a truth.
func (b *trimapBand) find(m *Maps) {
	w, n := m.Width, len(m.Truth)
	rows := m.Verticals(b.d, b.voids)
	b.in = resize(b.in, n)
	for i := 0; i < n; i += w {
		b.sweep(m.Truth[i:i+w], rows[i:i+w], b.in[i:i+w])
	}
	if !b.voids {
		return
	}
	for row := 0; row < n; row += w {
		valid := row - b.d - 1 // the last valid pixel, and then the next one: what is farther from both has nobody beside it
		for i := row; i < row+w; i++ {
			switch {
			case m.Truth[i] != raster.Ignored:
				valid = i
			case i-valid <= b.d || b.validAhead(m.Truth[i:min(row+w, i+b.d+1)]):
				b.across(m, i, w)
				b.across(m, i, -w)
			}
		}
	}
}

// validAhead says that one of the pixels counts.
func (b *trimapBand) validAhead(truth []int16) bool {
	for _, t := range truth {
		if t != raster.Ignored {
			return true
		}
	}
	return false
}

// sweep says which of a row's pixels are in the band for the sake of the row's own pixels.
func (b *trimapBand) sweep(truth []int16, rows []uint8, in []bool) {
	rows, in = rows[:len(truth)], in[:len(truth)]
	last, until := -1, -1
	for x, t := range truth {
		if t == raster.Ignored && b.voids {
			in[x] = false
			continue
		}
		if last >= 0 && truth[last] != t {
			until = max(until, last+b.d)
		}
		until = max(until, x+b.reach[rows[x]])
		in[x] = x <= until
		last = x
	}
	last, until = -1, len(truth)
	for x := len(truth) - 1; x >= 0; x-- {
		t := truth[x]
		if t == raster.Ignored && b.voids {
			continue
		}
		if last >= 0 && truth[last] != t {
			until = min(until, last-b.d)
		}
		until = min(until, x-b.reach[rows[x]])
		in[x] = in[x] || x >= until
		last = x
	}
}

// across puts into the band what lies beside an ignored pixel in its row and is near another class above (step −w) or below it.
func (b *trimapBand) across(m *Maps, i, step int) {
	first := raster.Ignored
	for v, j := 1, i+step; v <= b.d && j >= 0 && j < len(m.Truth); v, j = v+1, j+step {
		switch t := m.Truth[j]; {
		case t == raster.Ignored || t == first:
		case first == raster.Ignored:
			first = t
			b.beside(m, i, b.reach[v], first)
		default:
			b.beside(m, i, b.reach[v], raster.Ignored)
			return
		}
	}
}

// beside puts the pixels up to reach beside i into the band but for those of a class.
func (b *trimapBand) beside(m *Maps, i, reach int, but int16) {
	row := i - i%m.Width
	for j := max(row, i-reach); j <= min(row+m.Width-1, i+reach); j++ {
		if m.Truth[j] != but {
			b.in[j] = true // an ignored pixel's place counts nowhere
		}
	}
}
