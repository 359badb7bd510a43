package metrics

import (
	"fmt"
	"math"

	"github.com/segmetry/segmetry/internal/raster"
)

const familyBoundary = "boundaries"

// BoundaryOptions are the options of boundary IoU.
type BoundaryOptions struct {
	Ratio   float64 `yaml:"ratio" doc:"d as a share of the picture's diagonal: max(1, round half to even (ratio·diagonal)) pixels"`
	D       int     `yaml:"d" doc:"width of the boundary in pixels; 0: by ratio"`
	Ignored string  `yaml:"ignored" doc:"background: ignored pixels are background in both masks; dropped: boundaries are found in the whole maps, and ignored pixels are left out then"`
}

func init() {
	introductions[familyBoundary] = `Only pixels near boundaries count: of either mask (boundary IoU), or of the truth (trimap). Values are held against the
authors' mask_to_boundary with OpenCV, and closed forms with scipy's distance transform.`
	groups["boundaries"] = named("boundary_mIoU", "boundary_IoU", "trimap_mIoU", "trimap_aAcc")
	d := Definition{Family: familyBoundary, Range: "1 to 0", Undefined: "a class in neither truth nor prediction",
		Formula: "IoU of the two masks' boundaries: a mask's pixels at a Chebyshev distance ≤ d from a pixel outside of the mask or the picture. Intersections and unions are summed over the images.",
		Matches: "bowenc0221/boundary-iou-api mask_to_boundary; not Detectron2's multi-class form, which erodes the label map", Paper: "Cheng et al., Boundary IoU, 2021",
		Options: func() any { return &BoundaryOptions{0.02, 0, "background"} }}
	d.Name, d.New = "boundary_IoU", newBoundary
	Register(d)
	d.Name, d.Formula = "boundary_mIoU", "Mean over the classes where it is defined of boundary_IoU: "+d.Formula
	d.New = func(options any, s Shape) (Measure, error) {
		m, err := newBoundary(options, s)
		m.average(s.Classes, nil)
		m.Hidden = true
		return m, err
	}
	Register(d)
}

func newBoundary(options any, s Shape) (Measure, error) {
	o := options.(*BoundaryOptions)
	switch {
	case !(o.Ratio > 0 && o.Ratio <= 1):
		return Measure{}, fmt.Errorf("ratio: expected a share above 0 and up to 1, found %g", o.Ratio)
	case o.D < 0 || o.D > 10000:
		return Measure{}, fmt.Errorf("d: expected a number of pixels from 0 to 10000, found %d", o.D)
	case o.Ignored != "background" && o.Ignored != "dropped":
		return Measure{}, fmt.Errorf("ignored: expected background or dropped, found %q", o.Ignored)
	}
	a := boundaries{s.Classes, *o}
	return Measure{From: a, Class: func(st *State, c int) float64 { return quotient(st.Counts[c], st.Counts[s.Classes+c]) }}, nil
}

// boundaries counts every class's boundary pixels: first those of both masks, then those of either.
type boundaries struct {
	classes int
	BoundaryOptions
}

func (a boundaries) Key() string { return fmt.Sprintf("boundary %v", a.BoundaryOptions) }

func (a boundaries) NewState() State { return NewState(2*a.classes, 0) }

func (a boundaries) NewCollector() Collector {
	return &boundaryCollector{boundaries: a, State: a.NewState()}
}

type boundaryCollector struct {
	boundaries
	State
	truth, predicted interior
}

func (c *boundaryCollector) Reset() { c.Clear() }

func (c *boundaryCollector) Finish(dst *State) { copy(dst.Counts, c.Counts) }

// width is d in pixels.
func (o *BoundaryOptions) width(m *Maps) int {
	if o.D > 0 {
		return o.D
	}
	diagonal := math.Sqrt(float64(m.Width)*float64(m.Width) + float64(m.Height)*float64(m.Height))
	return max(1, int(math.RoundToEven(o.Ratio*diagonal)))
}

// Maps counts the boundaries.
func (c *boundaryCollector) Maps(m *Maps) {
	d := c.width(m)
	predicted := m.Clean()
	if c.Ignored == "dropped" {
		predicted = m.Predicted
	}
	c.truth.find(m.Truth, m.Width, m.Height, d)
	c.predicted.find(predicted, m.Width, m.Height, d)
	both, either := c.Counts[:c.classes], c.Counts[c.classes:]
	for i, t := range m.Truth {
		if t == raster.Ignored {
			continue
		}
		p := predicted[i]
		inTruth, inPrediction := !c.truth.at[i], !c.predicted.at[i]
		if inTruth {
			either[t]++
		}
		if inPrediction {
			either[p]++
		}
		if inTruth && inPrediction && t == p {
			both[t]++
			either[t]--
		}
	}
}

// interior says of which pixels the square of side 2d+1 around them lies in the picture and is all of their class.
type interior struct {
	at []bool
	up []int32 // of each column: rows up to this one whose stretch of 2d+1 pixels is of one and the same class
}

// find takes time linear in the pixels, whatever d is.
func (f *interior) find(labels []int16, width, height, d int) {
	f.at, f.up = resize(f.at, len(labels)), resize(f.up, width)
	clear(f.at)
	clear(f.up)
	side := 2*d + 1
	if side > width || side > height {
		return
	}
	above := labels[:width]
	for y := range height {
		row := labels[y*width:][:width]
		length := 0
		for x, c := range row {
			if x > 0 && c == row[x-1] {
				length++
			} else {
				length = 1
			}
			centre := x - d
			switch {
			case centre < 0:
			case length < side:
				f.up[centre] = 0
			case above[centre] != c:
				f.up[centre] = 1
			default:
				if f.up[centre]++; int(f.up[centre]) >= side {
					f.at[(y-d)*width+centre] = true
				}
			}
		}
		above = row
	}
}
