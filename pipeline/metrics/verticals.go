package metrics

import "github.com/segmetry/segmetry/internal/raster"

// verticals are every valid pixel's distance to the nearest valid pixel of another true class in its column, far+1 at most.
type verticals struct {
	far     int
	voids   bool // ignored pixels are no class of their own
	known   bool
	rows    []uint8
	columns []columnWalk
}

// columnWalk is what a walk down (or up) a column remembers.
type columnWalk struct {
	class       int16 // of the last pixel that counts; unseen before the first
	since, next uint8 // rows to it, and to the nearest pixel of another class than its, far+1 at most
}

// unseen is no class.
const unseen = raster.Ignored - 1

// Verticals returns the distances up to far, which is less than 255.
func (m *Maps) Verticals(far int, voids bool) []uint8 {
	w := &m.workspace
	for _, v := range w.verticals {
		if v.far == far && v.voids == voids {
			v.find(m)
			return v.rows
		}
	}
	v := &verticals{far: far, voids: voids}
	w.verticals = append(w.verticals, v)
	v.find(m)
	return v.rows
}

func (v *verticals) find(m *Maps) {
	if v.known {
		return
	}
	v.known = true
	w, n := m.Width, len(m.Truth)
	v.columns, v.rows = resize(v.columns, w), resize(v.rows, n)
	for i := range v.rows {
		v.rows[i] = uint8(v.far + 1)
	}
	v.begin()
	for i := 0; i < n; i += w {
		v.walk(m.Truth[i:i+w], v.rows[i:i+w])
	}
	v.begin()
	for i := n - w; i >= 0; i -= w {
		v.walk(m.Truth[i:i+w], v.rows[i:i+w])
	}
}

func (v *verticals) begin() {
	for x := range v.columns {
		v.columns[x] = columnWalk{unseen, uint8(v.far + 1), uint8(v.far + 1)}
	}
}

// walk goes on by a row, and lowers the distances of its valid pixels.
func (v *verticals) walk(truth []int16, rows []uint8) {
	beyond := uint8(v.far + 1)
	columns, rows := v.columns[:len(truth)], rows[:len(truth)]
	for x, t := range truth {
		c := columns[x]
		if t == raster.Ignored && v.voids {
			columns[x] = columnWalk{c.class, min(c.since+1, beyond), min(c.next+1, beyond)}
			continue
		}
		distance := c.next
		if c.class != t {
			distance = c.since // beyond where none was seen
		}
		rows[x] = min(rows[x], distance)
		columns[x] = columnWalk{t, 1, min(distance+1, beyond)}
	}
}
