package metrics

import (
	"fmt"

	"github.com/segmetry/segmetry/internal/distance"
	"github.com/segmetry/segmetry/internal/raster"
)

// TrimapOptions are the options of the measures of a trimap.
type TrimapOptions struct {
	D       int    `yaml:"d" doc:"width of the band to either side in pixels, 1 to 64"`
	Band    string `yaml:"band" doc:"euclidean: pixels whose distance to the nearest valid pixel of another true class is ≤ d; chebyshev: the same with the larger of row and column distance; edge_pixels: Euclidean distance ≤ d to a pixel with a 4-neighbour of another class"`
	Ignored string `yaml:"ignored" doc:"nothing: ignored pixels make no boundary; class: they count as another class"`
}

func init() {
	trimap("trimap_aAcc", "Pixel accuracy within a band along the true boundaries", func(m *Measure, a trimaps) {
		m.Scalar = func(s *State) (float64, int) {
			v := matrix{a.classes, s}
			return quotient(v.correct(), v.pixels()), 1
		}
	})
	class := func(m *Measure, a trimaps) {
		m.Class = func(s *State, c int) float64 { return iou(matrix{a.classes, s}, c) }
	}
	trimap("trimap_IoU", "Intersection over union within a band along the true boundaries", class)
	trimap("trimap_mIoU", "Mean over the classes where it is defined of trimap_IoU: intersection over union within a band along the true boundaries", func(m *Measure, a trimaps) {
		class(m, a)
		m.average(a.classes, nil)
		m.Hidden = true
	})
}

func trimap(name, formula string, set func(m *Measure, a trimaps)) {
	Register(Definition{Name: name, Family: familyBoundary, Formula: formula + ", which depends on the truth alone. The picture's border is no boundary.", Range: "1 to 0",
		Undefined: "no valid pixel in the band, or a class in neither map there", Matches: "closed form with scipy distance_transform_edt",
		Paper:   "Kohli et al., Robust higher order potentials for enforcing label consistency, 2009",
		Options: func() any { return &TrimapOptions{3, "euclidean", "nothing"} },
		New: func(options any, s Shape) (Measure, error) {
			o := options.(*TrimapOptions)
			switch {
			case o.D < 1 || o.D > 64:
				return Measure{}, fmt.Errorf("d: expected a number of pixels from 1 to 64, found %d", o.D)
			case o.Band != "euclidean" && o.Band != "chebyshev" && o.Band != "edge_pixels":
				return Measure{}, fmt.Errorf("band: expected euclidean, chebyshev or edge_pixels, found %q", o.Band)
			case o.Ignored != "nothing" && o.Ignored != "class":
				return Measure{}, fmt.Errorf("ignored: expected nothing or class, found %q", o.Ignored)
			}
			a := trimaps{s.Classes, *o}
			m := Measure{From: a}
			set(&m, a)
			return m, nil
		}})
}

// trimaps is the confusion matrix of the pixels in the band; its states are those of confusions.
type trimaps struct {
	classes int
	TrimapOptions
}

func (a trimaps) Key() string { return fmt.Sprintf("trimap %v", a.TrimapOptions) }

func (a trimaps) NewState() State { return confusions{a.classes}.NewState() }

func (a trimaps) NewCollector() Collector {
	return &trimapCollector{trimaps: a, Confusion: NewConfusion(a.classes), band: newTrimapBand(a.TrimapOptions)}
}

type trimapCollector struct {
	trimaps
	*Confusion
	band      trimapBand
	transform distance.Transform
	mask      []uint8
	squares   []int32
}

func (c *trimapCollector) Finish(dst *State) { c.state(dst) }

// Maps counts the pixels in the band.
func (c *trimapCollector) Maps(m *Maps) {
	if c.Band != "edge_pixels" {
		c.band.find(m)
		for i, in := range c.band.in {
			if in && m.Truth[i] != raster.Ignored {
				c.Counts[int(m.Truth[i])*c.Classes+int(m.Predicted[i])]++
			}
		}
		return
	}
	c.edgeDistances(m)
	for i, t := range m.Truth {
		if t != raster.Ignored && int(c.squares[i]) <= c.D*c.D {
			c.Counts[int(t)*c.Classes+int(m.Predicted[i])]++
		}
	}
}

// other says that a neighbour makes a boundary.
func (c *trimapCollector) other(own, neighbour int16) bool {
	return neighbour != own && (neighbour != raster.Ignored || c.Ignored == "class")
}

// edgeDistances finds the squared distance of every pixel to the nearest edge pixel.
func (c *trimapCollector) edgeDistances(m *Maps) {
	w := m.Width
	c.mask, c.squares = resize(c.mask, len(m.Truth)), resize(c.squares, len(m.Truth))
	for i, t := range m.Truth {
		c.mask[i] = 1
		edge := i%w > 0 && c.other(t, m.Truth[i-1]) || i%w+1 < w && c.other(t, m.Truth[i+1]) || i >= w && c.other(t, m.Truth[i-w]) || i+w < len(m.Truth) && c.other(t, m.Truth[i+w])
		if t != raster.Ignored && edge {
			c.mask[i] = 0
		}
	}
	if !c.transform.Squared(c.squares, c.mask, w, m.Height) {
		for i := range c.squares {
			c.squares[i] = distance.Far
		}
	}
}
