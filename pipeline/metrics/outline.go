package metrics

import (
	"math"
	"slices"

	"github.com/segmetry/segmetry/internal/raster"
)

// outlining says which points are a class's surface.
type outlining struct {
	corners bool // of pixels, each standing for a piece of contour; false: edge pixels, all alike
	dropped bool // edges are found in the whole maps, and those under ignored truth left out then; false: ignored pixels are background
}

// pieces are the kinds of contour that pass by a corner between four pixels.
type piece uint8

const (
	alike      piece = iota // an edge pixel
	diagonal                // cuts off one of the four pixels
	horizontal              // between two above and two below
	vertical                // between two at the left and two at the right
	twice                   // two opposite pixels, cut off each
	pieces
)

// lengths are the pieces' in units of the spacing (surface-distance's create_table_neighbour_code_to_contour_length).
func lengths(spacing [2]float64) [pieces]float64 {
	cut := math.Hypot(spacing[0], spacing[1]) / 2
	return [pieces]float64{alike: 1, diagonal: cut, horizontal: spacing[1], vertical: spacing[0], twice: 2 * cut}
}

// outline is the surface of every class of a label map, in raster order of its points.
type outline struct {
	of    [][]int32
	kinds [][]piece // of corners
}

func (o *outline) reset(classes int) {
	for len(o.of) < classes {
		o.of, o.kinds = append(o.of, nil), append(o.kinds, nil)
	}
	for c := range o.of {
		o.of[c], o.kinds[c] = o.of[c][:0], o.kinds[c][:0]
	}
}

// edges finds the pixels that a 4-neighbour of another class, an ignored one or the picture's outside touches.
func (o *outline) edges(labels []int16, width, height int) {
	for y := range height {
		row := labels[y*width:][:width]
		if y == 0 || y == height-1 {
			for x, c := range row {
				o.add(c, y*width+x)
			}
			continue
		}
		up, down := labels[(y-1)*width:][:width], labels[(y+1)*width:][:width]
		before := raster.Ignored - 1
		for x, c := range row {
			if c == before && c == up[x] && c == down[x] && x+1 < width && c == row[x+1] {
				continue
			}
			before = c
			o.add(c, y*width+x)
		}
	}
}

func (o *outline) add(class int16, pixel int) {
	if class >= 0 {
		o.of[class] = append(o.of[class], int32(pixel))
	}
}

// corners finds the corners of pixels that a class's contour passes: height+1 rows of width+1 of them. The picture's outside is
// background.
func (o *outline) corners(labels []int16, width, height int) {
	at := func(y, x int) int16 {
		if y < 0 || x < 0 || y == height || x == width {
			return raster.Ignored
		}
		return labels[y*width+x]
	}
	for y := range height + 1 {
		var around [4]int16 // above left, above right, below left, below right
		around[1], around[3] = raster.Ignored, raster.Ignored
		for x := range width + 1 {
			around = [4]int16{around[1], at(y-1, x), around[3], at(y, x)}
			if around[0] == around[1] && around[0] == around[2] && around[0] == around[3] {
				continue
			}
			for i, c := range around {
				if c >= 0 && !slices.Contains(around[:i], c) {
					o.of[c] = append(o.of[c], int32(y*(width+1)+x))
					o.kinds[c] = append(o.kinds[c], pieceOf(around, c))
				}
			}
		}
	}
}

// pieceOf is the contour of a class that has some of the four pixels around a corner, and not all.
func pieceOf(around [4]int16, class int16) piece {
	n := 0
	for _, c := range around {
		if c == class {
			n++
		}
	}
	is := func(i, j int) bool { return (around[i] == class) == (around[j] == class) }
	switch {
	case n != 2:
		return diagonal
	case is(0, 1):
		return horizontal
	case is(0, 2):
		return vertical
	}
	return twice
}

// drop leaves out edge pixels where the truth is ignored.
func (o *outline) drop(truth []int16) {
	for c := range o.of {
		o.of[c] = slices.DeleteFunc(o.of[c], func(pixel int32) bool { return truth[pixel] == raster.Ignored })
	}
}

// outlines are both maps' surfaces.
type outlines struct {
	outlining
	known            bool
	truth, predicted outline
}

// Outlines finds the surfaces of both maps.
func (m *Maps) Outlines(kind outlining, classes int) *outlines {
	w := &m.workspace
	at := slices.IndexFunc(w.outlines, func(o *outlines) bool { return o.outlining == kind })
	if at < 0 {
		at = len(w.outlines)
		w.outlines = append(w.outlines, &outlines{outlining: kind})
	}
	o := w.outlines[at]
	if o.known {
		return o
	}
	o.known = true
	predicted := m.Clean()
	if kind.dropped {
		predicted = m.Predicted
	}
	for _, side := range []struct {
		outline *outline
		labels  []int16
	}{{&o.truth, m.Truth}, {&o.predicted, predicted}} {
		side.outline.reset(classes)
		if kind.corners {
			side.outline.corners(side.labels, m.Width, m.Height)
		} else {
			side.outline.edges(side.labels, m.Width, m.Height)
		}
	}
	if kind.dropped {
		o.predicted.drop(m.Truth)
	}
	return o
}

// There says which of the maps have a surface of the class.
func (o *outlines) There(class int) (truth, predicted bool) {
	return len(o.truth.of[class]) > 0, len(o.predicted.of[class]) > 0
}

// surfaces are the distances of every class's surface to the other map's, empty where one of the maps lacks the class.
type surfaces struct {
	outlining
	spacing     [2]float64
	known       bool
	toPredicted []sheet // of the truth's surface
	toTruth     []sheet
}

// Surfaces returns the distances in units of the spacing between rows and between columns.
func (m *Maps) Surfaces(kind outlining, spacing [2]float64, classes int) *surfaces {
	w := &m.workspace
	at := slices.IndexFunc(w.surfaces, func(s *surfaces) bool { return s.spacing == spacing && s.outlining == kind })
	if at < 0 {
		at = len(w.surfaces)
		w.surfaces = append(w.surfaces, &surfaces{outlining: kind, spacing: spacing, toPredicted: make([]sheet, classes), toTruth: make([]sheet, classes)})
	}
	s := w.surfaces[at]
	if s.known {
		return s
	}
	s.known = true
	o, width, table := m.Outlines(kind, classes), m.Width, lengths(spacing)
	if kind.corners {
		width++
	}
	for c := range classes {
		t, p := o.truth.of[c], o.predicted.of[c]
		s.toPredicted[c].reset()
		s.toTruth[c].reset()
		if len(t) > 0 && len(p) > 0 {
			s.toPredicted[c].distances = w.seeker.Between(s.toPredicted[c].distances, t, p, width, spacing)
			s.toTruth[c].distances = w.seeker.Between(s.toTruth[c].distances, p, t, width, spacing)
			s.toPredicted[c].weigh(o.truth.kinds[c], &table)
			s.toTruth[c].weigh(o.predicted.kinds[c], &table)
		}
	}
	return s
}
