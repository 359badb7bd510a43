package dataset

import "github.com/segmetry/segmetry/internal/raster"

// View is a picture at the model's input size, from which pieces of the tensor are taken: a picture much larger than the
// model's window need not be held as a tensor. It is valid until the loader's next picture.
type View struct {
	loader   *Loader
	content  *raster.Picture
	planes   []float32 // instead of content: tensor values at its size
	geometry Geometry
}

// View prepares a picture.
func (l *Loader) View(pic *Picture, g Geometry) *View {
	v := l.view(pic, g)
	return &v
}

func (l *Loader) view(pic *raster.Picture, g Geometry) View {
	v := View{loader: l, geometry: g}
	if l.floats != nil && l.resizes(g) {
		v.planes = l.planesContent(pic, g)
		return v
	}
	v.content = l.content(pic, g)
	if l.preprocess.Normalize == NormalizeImage {
		l.standardizeBytes(v.content)
	}
	return v
}

// Fill writes Channels×height×width values of what [Loader.Tensor] would give, from row top and column left on.
func (v *View) Fill(top, left, height, width int, dst []float32) {
	if v.planes != nil {
		v.fillPlanes(top, left, height, width, dst)
		return
	}
	window(v, top, left, height, width, dst, &v.loader.scale.lookup)
}

// columns are those of a window, from first to before end, that are of the picture.
func (v *View) columns(left, width int) (first, end int) {
	g := v.geometry
	first = max(0, min(g.Left-left, width))
	return first, max(first, min(g.Left+g.ContentWidth-left, width))
}

// window writes the lookup of a window's pixels and of the padding around them.
func window[T uint8 | float32](v *View, top, left, height, width int, dst []T, s *lookup[T]) {
	g, mode, channels := v.geometry, v.loader.preprocess.Pad.Mode, len(s.table)
	first, end := v.columns(left, width)
	for y := range height {
		sy, inside := padSource(top+y-g.Top, g.ContentHeight, mode)
		row := v.content.Pix[3*sy*g.ContentWidth:][:3*g.ContentWidth]
		planes := &s.planes
		for c := range channels {
			planes[c] = dst[(c*height+y)*width:][:width]
		}
		if !inside && mode == PadConstant {
			for c := range channels {
				fill(planes[c], s.border[c])
			}
			continue
		}
		for c, plane := range planes[:channels] {
			borders(v, plane, row, left, 0, first, c, s)
			borders(v, plane, row, left, end, width, c, s)
			planes[c] = plane[first:end]
		}
		if first < end {
			pixels(v.loader, planes, row[3*(left+first-g.Left):], s)
		}
	}
}

// borders writes the columns from start to end of a window's row, which lie beside the picture.
func borders[T uint8 | float32](v *View, plane []T, row []uint8, left, start, end, c int, s *lookup[T]) {
	mode := v.loader.preprocess.Pad.Mode
	if mode == PadConstant {
		fill(plane[start:end], s.border[c])
		return
	}
	channel := v.loader.order[c]
	for x := start; x < end; x++ {
		sx, _ := padSource(left+x-v.geometry.Left, v.geometry.ContentWidth, mode)
		plane[x] = s.table[c][row[3*sx+channel]]
	}
}

// pixels writes the lookup of a row of pixels, as long as the planes.
func pixels[T uint8 | float32](l *Loader, planes *[3][]T, row []uint8, s *lookup[T]) {
	if s.spread != nil {
		s.spread(planes, row)
		return
	}
	for c := range s.table {
		table, from := &s.table[c], row[l.order[c]:]
		for x, k := 0, 0; x < len(planes[c]); x, k = x+1, k+3 {
			planes[c][x] = table[from[k]]
		}
	}
}

func fill[T any](dst []T, value T) {
	for i := range dst {
		dst[i] = value
	}
}
