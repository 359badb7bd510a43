package pipeline

// thumbnailSide is the longer side of a thumbnail in pixels.
const thumbnailSide = 320

// sampling says which pixels of a label a thumbnail shows: one each, nearest its middle.
type sampling struct {
	labelWidth, labelHeight int
	width, height           int   // of the thumbnail
	xs, ys                  []int // the label's columns and rows that are shown
}

// reset makes it that of a label's size; its memory is used again.
func (s *sampling) reset(width, height int) {
	if s.labelWidth == width && s.labelHeight == height {
		return
	}
	scale := min(1, float64(thumbnailSide)/float64(max(width, height)))
	s.labelWidth, s.labelHeight = width, height
	s.width, s.height = max(1, int(float64(width)*scale)), max(1, int(float64(height)*scale))
	s.xs, s.ys = middles(s.xs[:0], s.width, width), middles(s.ys[:0], s.height, height)
}

// middles appends, of n equal parts of size pixels, the pixel in the middle of each.
func middles(list []int, n, size int) []int {
	for i := range n {
		list = append(list, (2*i+1)*size/(2*n))
	}
	return list
}

// pixels is the number of the thumbnail's pixels.
func (s *sampling) pixels() int { return s.width * s.height }

// each calls f with every pixel of the thumbnail and the raster index of the label's that it shows.
func (s *sampling) each(f func(i, at int)) {
	i := 0
	for _, y := range s.ys {
		for _, x := range s.xs {
			f(i, y*s.labelWidth+x)
			i++
		}
	}
}

// walk finds the thumbnail's pixels block by block, in raster order.
type walk struct {
	sampling
	x, y int // of the thumbnail's next pixel
}

// begin begins an image whose label has the given size.
func (w *walk) begin(width, height int) {
	w.reset(width, height)
	w.x, w.y = 0, 0
}

// next returns, of the pixels that are shown of the label's from start to before end, those of the first row and the
// thumbnail's index of their first one; none at the end. Columns are the label's; offset makes raster indices of them.
func (w *walk) next(end int) (first, offset int, columns []int) {
	if w.y == w.height {
		return 0, 0, nil
	}
	first, offset = w.y*w.width+w.x, w.ys[w.y]*w.labelWidth
	from := w.x
	for w.x < w.width && offset+w.xs[w.x] < end {
		w.x++
	}
	columns = w.xs[from:w.x]
	if w.x == w.width {
		w.x = 0
		w.y++
	}
	return first, offset, columns
}
