// Package distance computes exact Euclidean distances between the pixels of a mask, in time linear in the pixels.
//
// The transform is Felzenszwalb and Huttenlocher's lower envelope of parabolas (Distance Transforms of Sampled
// Functions, 2012) over Meijster's column distances; squared distances are integers, and equal to scipy's
// distance_transform_edt wherever the mask has a pixel outside it.
package distance

// Far is larger than any distance between two pixels of a picture, and its square fits an int64 with room to spare.
const Far = 1 << 20

// Transform owns the buffers of distance transforms. It serves one goroutine at a time; pictures of the same size need
// no new memory.
type Transform struct {
	columns []int32   // vertical distances
	centers []int32   // the parabolas of a row's envelope
	starts  []int32   // from where on each is the lowest
	heights []int64   // f(v) + v² of each
	halves  []float64 // 1/(2k)
}

// Squared writes for every pixel inside the mask (not 0) the squared distance to the nearest pixel outside it, and 0
// for pixels outside. It returns false, and dst is not to be read, where the mask has no pixel outside.
func (t *Transform) Squared(dst []int32, mask []uint8, width, height int) bool {
	if len(mask) == 0 {
		return false
	}
	t.reserve(width, height)
	if !t.vertical(mask, width, height) {
		return false
	}
	for y := range height {
		t.row(dst[y*width:][:width], t.columns[y*width:][:width])
	}
	return true
}

func (t *Transform) reserve(width, height int) {
	if cap(t.columns) < width*height {
		t.columns = make([]int32, width*height)
	}
	t.columns = t.columns[:width*height]
	if len(t.centers) < width+1 {
		t.centers, t.starts, t.heights = make([]int32, width+1), make([]int32, width+1), make([]int64, width+1)
		t.halves = make([]float64, width+1)
		for k := 1; k <= width; k++ {
			t.halves[k] = 1 / float64(2*k)
		}
	}
}

// vertical writes each pixel's distance to the nearest outside pixel of its column, Far where there is none, and
// reports whether any pixel is outside.
func (t *Transform) vertical(mask []uint8, width, height int) bool {
	outside := false
	above := t.columns[:width]
	for x, m := range mask[:width] {
		above[x] = Far
		if m == 0 {
			above[x], outside = 0, true
		}
	}
	for y := 1; y < height; y++ {
		row, m := t.columns[y*width:][:width], mask[y*width:][:width]
		above = above[:len(row)]
		m = m[:len(row)]
		any := int32(-1)
		for x := range row {
			inside := int32(-(int8(m[x]|-m[x]) >> 7)) // 1 inside, 0 outside, without a branch
			inside = -inside
			row[x] = (above[x] + 1) & inside
			any &= inside
		}
		outside = outside || any == 0
		above = row
	}
	if !outside {
		return false
	}
	below := above
	for y := height - 2; y >= 0; y-- {
		row := t.columns[y*width:][:width]
		below = below[:len(row)]
		for x := range row {
			row[x] = min(row[x], below[x]+1)
		}
		below = row
	}
	return true
}

// row turns one row of vertical distances into squared distances. Pixels outside the mask bound the runs of those
// inside: nothing beyond them can be nearer than they are, so every run has an envelope of its own.
func (t *Transform) row(dst, g []int32) {
	for x := 0; x < len(g); x++ {
		if dst[x] = 0; g[x] == 0 {
			continue
		}
		end := x + 1
		for end < len(g) && g[end] != 0 {
			end++
		}
		t.envelope(dst, g, x, end)
		x = end - 1
	}
}

// envelope fills dst[from:to], where g is above 0, by the lowest of the parabolas (x−v)² + g(v)² with v in that range or
// next to it.
func (t *Transform) envelope(dst, g []int32, from, to int) {
	first, last := max(0, from-1), min(len(g)-1, to)
	centers, starts, heights, halves := t.centers, t.starts, t.heights, t.halves
	k := -1
	for x := first; x <= last; x++ {
		if g[x] >= Far {
			continue
		}
		h := int64(g[x])*int64(g[x]) + int64(x)*int64(x)
		start := int32(from)
		for k >= 0 {
			v := int(centers[k])
			// The new parabola is the lower from here on; where both are equal either will do.
			s := float64(h-heights[k]) * halves[x-v]
			if s < float64(starts[k]) {
				k--
				continue
			}
			start = int32(min(s, Far)) + 1
			break
		}
		if int(start) < to {
			k++
			centers[k], starts[k], heights[k] = int32(x), start, h
		}
	}
	starts[k+1] = int32(to)
	for i := range k + 1 {
		v := centers[i]
		base := g[v] * g[v]
		run := dst[starts[i]:starts[i+1]]
		d := starts[i] - v
		for j := range run {
			run[j] = d*d + base
			d++
		}
	}
}
