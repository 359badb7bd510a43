package metrics

import (
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// labelMaps keeps an image's finished maps of every label, for measures of surfaces and objects.
type labelMaps struct {
	labels        int
	width, height int
	truth         []int16 // labels planes of 1, 0 and raster.Ignored
	predicted     []int16
	maps          [2]raster.Labels // views of one label
}

func (m *labelMaps) resize(width, height int) {
	m.width, m.height = width, height
	m.truth, m.predicted = resize(m.truth, m.labels*width*height), resize(m.predicted, m.labels*width*height)
}

func (m *labelMaps) visit(label int, b *pass.Block) {
	at := label*m.width*m.height + b.Start
	copy(m.truth[at:], b.Labels)
	copy(m.predicted[at:], b.Predicted)
}

// of returns one label's maps, nil where none are kept. They hold until the next call.
func (m *labelMaps) of(label int) (truth, predicted *raster.Labels) {
	if m == nil {
		return nil, nil
	}
	plane := m.width * m.height
	view := func(values []int16) raster.Labels {
		return raster.Labels{Width: m.width, Height: m.height, Class: values[label*plane:][:plane]}
	}
	m.maps = [2]raster.Labels{view(m.truth), view(m.predicted)}
	return &m.maps[0], &m.maps[1]
}
