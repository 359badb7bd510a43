package metrics

import (
	"github.com/segmetry/segmetry/internal/distance"
	"github.com/segmetry/segmetry/internal/raster"
)

// workspace holds what several collectors derive from one image's label maps. Everything is made when first asked for.
type workspace struct {
	cleanKnown bool
	clean      []int16 // the prediction, ignored where the truth is
	valid      int     // pixels that are not ignored
	outlines   []*outlines
	seeker     distance.Seeker
	surfaces   []*surfaces
	objects    []*objectMaps
	verticals  []*verticals
	values     []float64 // scratch
	stretches  []stretch
}

func (w *workspace) reset() {
	w.cleanKnown = false
	for _, o := range w.outlines {
		o.known = false
	}
	for _, s := range w.surfaces {
		s.known = false
	}
	for _, o := range w.objects {
		o.known = false
	}
	for _, v := range w.verticals {
		v.known = false
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
