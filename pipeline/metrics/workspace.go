package metrics

import (
	"slices"

	"github.com/segmetry/segmetry/internal/distance"
	"github.com/segmetry/segmetry/internal/raster"
)

// workspace holds what several collectors derive from one image's label maps. Everything is made when first asked for.
type workspace struct {
	cleanKnown bool
	clean      []int16 // the prediction, ignored where the truth is
	valid      int     // pixels that are not ignored
	edgesKnown bool
	truth      edges
	predicted  edges
	seeker     distance.Seeker
	surfaces   []surfaces // by spacing
	objects    []*objectMaps
	values     []float64 // scratch
}

func (w *workspace) reset() {
	w.cleanKnown, w.edgesKnown = false, false
	for i := range w.surfaces {
		w.surfaces[i].known = false
	}
	for _, o := range w.objects {
		o.known = false
	}
}

// Clean is the prediction without the ignored pixels, which belong to no class in either map.
func (m *Maps) Clean() []int16 {
	w := &m.workspace
	if w.cleanKnown {
		return w.clean
	}
	w.cleanKnown, w.valid = true, 0
	w.clean = resize(w.clean, len(m.Truth))
	for i, t := range m.Truth {
		if t == raster.Ignored {
			w.clean[i] = raster.Ignored
			continue
		}
		w.clean[i] = m.Predicted[i]
		w.valid++
	}
	return w.clean
}

// Valid is the number of pixels that are not ignored.
func (m *Maps) Valid() int {
	m.Clean()
	return m.workspace.valid
}

// edges are the edge pixels of every class of a label map, in raster order: those that a 4-neighbour of another class, an
// ignored one or the picture's outside touches.
type edges struct{ of [][]int32 }

func (e *edges) find(labels []int16, width, height, classes int) {
	for len(e.of) < classes {
		e.of = append(e.of, nil)
	}
	for c := range e.of {
		e.of[c] = e.of[c][:0]
	}
	for y := range height {
		row := labels[y*width:][:width]
		if y == 0 || y == height-1 {
			for x, c := range row {
				e.add(c, y*width+x)
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
			e.add(c, y*width+x)
		}
	}
}

func (e *edges) add(class int16, pixel int) {
	if class >= 0 {
		e.of[class] = append(e.of[class], int32(pixel))
	}
}

// surfaces are the distances of every class's edge pixels to the nearest edge pixel of the other map, empty where one of
// the maps lacks the class.
type surfaces struct {
	spacing     [2]float64
	known       bool
	toPredicted [][]float64 // of the truth's edge pixels
	toTruth     [][]float64
}

// Surfaces returns the distances in units of the spacing between rows and between columns.
func (m *Maps) Surfaces(spacing [2]float64, classes int) *surfaces {
	w := &m.workspace
	at := slices.IndexFunc(w.surfaces, func(s surfaces) bool { return s.spacing == spacing })
	if at < 0 {
		at = len(w.surfaces)
		w.surfaces = append(w.surfaces, surfaces{spacing: spacing, toPredicted: make([][]float64, classes), toTruth: make([][]float64, classes)})
	}
	s := &w.surfaces[at]
	if s.known {
		return s
	}
	s.known = true
	m.findEdges(classes)
	for c := range classes {
		t, p := w.truth.of[c], w.predicted.of[c]
		s.toPredicted[c], s.toTruth[c] = s.toPredicted[c][:0], s.toTruth[c][:0]
		if len(t) > 0 && len(p) > 0 {
			s.toPredicted[c] = w.seeker.Between(s.toPredicted[c], t, p, m.Width, spacing)
			s.toTruth[c] = w.seeker.Between(s.toTruth[c], p, t, m.Width, spacing)
		}
	}
	return s
}

// findEdges finds both maps' edge pixels.
func (m *Maps) findEdges(classes int) {
	w := &m.workspace
	if w.edgesKnown {
		return
	}
	w.edgesKnown = true
	w.truth.find(m.Truth, m.Width, m.Height, classes)
	w.predicted.find(m.Clean(), m.Width, m.Height, classes)
}

// There says which of the maps have the class, in valid pixels.
func (m *Maps) There(class, classes int) (truth, predicted bool) {
	m.findEdges(classes) // a class has edge pixels where it has any
	return len(m.workspace.truth.of[class]) > 0, len(m.workspace.predicted.of[class]) > 0
}
