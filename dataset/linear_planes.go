package dataset

import "github.com/segmetry/segmetry/internal/kernel"

// linearPlanes interpolates linearly between two pixels an axis, as torch does: in float32, the width first.
type linearPlanes struct {
	place   func(i, n, m int) float64 // where target i of m lies among n pixels, from 0 on
	n, m    [2]int                    // width and height that the taps are for
	columns kernel.Taps
	rows    []int
	shares  []float32 // of the row behind
	lines   [2]planeLine
}

// planeLine is a source row at the target's width.
type planeLine struct {
	row  int
	data []float32
}

func (r *linearPlanes) tap(i, n, m int) (at int, share float32) {
	x := r.place(i, n, m)
	at = min(int(x), n-1)
	return at, float32(x - float64(at))
}

// prepare lists the taps unless they are those of the last plane.
func (r *linearPlanes) prepare(width, height, columns, rows int) {
	if n, m := [2]int{columns, rows}, [2]int{width, height}; r.n != n || r.m != m {
		r.n, r.m = n, m
	} else {
		return
	}
	t := &r.columns
	t.At, t.G, t.F = t.At[:0], t.G[:0], t.F[:0]
	for i := range width {
		at, f := r.tap(i, columns, width)
		t.At, t.G, t.F = append(t.At, int32(at)), append(t.G, 1-f), append(t.F, f)
	}
	t.Prepare(columns)
	r.rows, r.shares = r.rows[:0], r.shares[:0]
	for i := range height {
		at, f := r.tap(i, rows, height)
		r.rows, r.shares = append(r.rows, at), append(r.shares, f)
	}
	for i := range r.lines {
		r.lines[i].data = resized(r.lines[i].data, width)
	}
}

// ResizePlane stretches each row that is read once, and blends pairs of them.
func (r *linearPlanes) ResizePlane(dst []float32, width, height int, src []float32, columns, rows int) {
	r.prepare(width, height, columns, rows)
	r.lines[0].row, r.lines[1].row = -1, -1
	for y, at := range r.rows {
		if r.lines[1].row == at {
			r.lines[0], r.lines[1] = r.lines[1], r.lines[0]
		}
		upper := r.line(0, src, at, columns)
		out := dst[y*width:][:width]
		if f := r.shares[y]; f > 0 && at+1 < rows {
			kernel.Lerp(out, upper, r.line(1, src, at+1, columns), f)
		} else {
			copy(out, upper)
		}
	}
}

func (r *linearPlanes) line(slot int, src []float32, row, columns int) []float32 {
	l := &r.lines[slot]
	if l.row != row {
		l.row = row
		kernel.Stretch(l.data, src[row*columns:][:columns], &r.columns)
	}
	return l.data
}
