package metrics

import (
	"fmt"

	"github.com/segmetry/segmetry/internal/raster"
)

const familyErrors = "error decomposition"

// The kinds of a wrong pixel, in the order in which they are asked for.
const (
	errorBoundary = iota
	errorConfusion
	errorMissed
	errorInvented
	errorKinds
)

var errorNames = [errorKinds]string{"error_boundary", "error_confusion", "error_missed", "error_invented"}

// DecompositionOptions are the options of the error decomposition.
type DecompositionOptions struct {
	D     int     `yaml:"d" doc:"a wrong pixel within this Chebyshev distance of a valid pixel of another true class is an error of the boundary, 1 to 64"`
	Found float64 `yaml:"found" doc:"share of an object's pixels from which on it is found (a true object) or real (a predicted one), above 0 and up to 1"`
}

func init() {
	introductions[familyErrors] = `Every wrong pixel is of one kind, so that the four shares add up to 1 − aAcc; their counts do exactly. Let T be the true object
(8-connected region of a class) that the pixel lies in, and P the predicted one. T is missed where fewer than the share ` + "`found`" + `
of its pixels are predicted as its class, and P is invented where fewer than that share of its pixels are truly of its class.
A class's figure is the share of its true pixels. Where labels may overlap the shares are of all labels' decisions, as aAcc is.`
	formulas := [errorKinds]string{
		"Share of the valid pixels that are wrong within d of a true boundary.",
		"Share of the valid pixels that are wrong, not near a boundary, in objects under another class: T is found and P real (part of an object has another class), or T is missed and P invented (an object as a whole).",
		"Share of the valid pixels that are wrong, not near a boundary, where T is missed and P is real: an object swallowed by another.",
		"Share of the valid pixels that are wrong, not near a boundary, where T is found and P is invented: an object that is not there.",
	}
	for kind, formula := range formulas {
		decomposed(errorNames[kind], formula, "0 to 1", func(m *Measure, a decompositions) {
			m.Scalar = func(s *State) (float64, int) { return a.share(kind, 1, func(int) *State { return s }), 1 }
			m.Labels = func(labels int, at func(int) *State) float64 { return a.share(kind, labels, at) }
			m.Class = func(s *State, c int) float64 { return quotient(a.of(s, c)[kind], a.of(s, c)[errorKinds]) }
		})
	}
	decomposed("error_counts", "Pixels that are wrong at boundaries, by confusion, in missed and in invented objects, and all valid pixels; int64, of the true class.",
		"lists of five counts, in summary.json", func(m *Measure, a decompositions) {
			m.ClassList = func(s *State, c int) []float64 {
				values := make([]float64, errorKinds+1)
				for i, n := range a.of(s, c) {
					values[i] = float64(n)
				}
				return values
			}
			m.List = func(s *State) []float64 {
				values := make([]float64, errorKinds+1)
				for c := range a.classes {
					for i, n := range a.of(s, c) {
						values[i] += float64(n)
					}
				}
				return values
			}
		})
	groups["errors"] = named(append(errorNames[:], "error_counts")...)
}

func decomposed(name, formula, span string, set func(m *Measure, a decompositions)) {
	Register(Definition{Name: name, Family: familyErrors, Formula: formula, Range: span, Undefined: "no valid pixel", Matches: "no library; the four kinds sum to 1 − aAcc",
		Paper:   "after Bolya et al., TIDE: a general toolbox for identifying object detection errors, 2020",
		Options: func() any { return &DecompositionOptions{3, 0.1} },
		New: func(options any, s Shape) (Measure, error) {
			o := options.(*DecompositionOptions)
			switch {
			case o.D < 1 || o.D > 64:
				return Measure{}, fmt.Errorf("d: expected a number of pixels from 1 to 64, found %d", o.D)
			case !(o.Found > 0 && o.Found <= 1):
				return Measure{}, fmt.Errorf("found: expected a share above 0 and up to 1, found %g", o.Found)
			}
			a := decompositions{s.Classes, *o}
			m := Measure{From: a}
			set(&m, a)
			return m, nil
		}})
}

// decompositions counts, of every true class, its wrong pixels by kind, and its valid pixels.
type decompositions struct {
	classes int
	DecompositionOptions
}

func (a decompositions) of(s *State, class int) []int64 {
	return s.Counts[class*(errorKinds+1):][:errorKinds+1]
}

// share is the share of a kind among all pixels of several states.
func (a decompositions) share(kind, states int, at func(int) *State) float64 {
	var wrong, pixels int64
	for i := range states {
		for c := range a.classes {
			counts := a.of(at(i), c)
			wrong += counts[kind]
			pixels += counts[errorKinds]
		}
	}
	return quotient(wrong, pixels)
}

func (a decompositions) Key() string { return fmt.Sprintf("errors %v", a.DecompositionOptions) }

func (a decompositions) NewState() State { return NewState(a.classes*(errorKinds+1), 0) }

func (a decompositions) NewCollector() Collector {
	return &decompositionCollector{decompositions: a, State: a.NewState(), band: newTrimapBand(TrimapOptions{D: a.D, Band: "chebyshev", Ignored: "nothing"})}
}

type decompositionCollector struct {
	decompositions
	State
	band       trimapBand
	truthFound []int64 // pixels of every true object that are predicted as its class
	predicted  []int64 // pixels of every predicted object that truly are of its class
}

func (c *decompositionCollector) Reset() { c.Clear() }

func (c *decompositionCollector) Finish(dst *State) { copy(dst.Counts, c.Counts) }

// Maps sorts the wrong pixels, stretch by stretch.
func (c *decompositionCollector) Maps(m *Maps) {
	o := m.Objects(true, false)
	c.truthFound, c.predicted = resize(c.truthFound, len(o.truth.classes)), resize(c.predicted, len(o.predicted.classes))
	clear(c.truthFound)
	clear(c.predicted)
	overlaps(&o.truth, &o.predicted, func(x, y *run, pixels int64) {
		if x.object >= 0 && x.class == y.class {
			c.truthFound[x.object] += pixels
			c.predicted[y.object] += pixels
		}
	})
	c.band.find(m)
	for row := range m.Height {
		c.row(m, o, row)
	}
}

func (c *decompositionCollector) row(m *Maps, o *objectMaps, row int) {
	t, p := &o.truth, &o.predicted
	i, j := t.rows[row], p.rows[row]
	for i < t.rows[row+1] && j < p.rows[row+1] {
		x, y := &t.runs[i], &p.runs[j]
		from, to := max(x.from, y.from), min(x.to, y.to)
		if x.class != raster.Ignored {
			c.stretch(m, o, x, y, row*m.Width+int(from), row*m.Width+int(to))
		}
		if x.to <= y.to {
			i++
		}
		if y.to <= x.to {
			j++
		}
	}
}

// stretch counts the pixels from the first index on to before the second, of one true and one predicted object.
func (c *decompositionCollector) stretch(m *Maps, o *objectMaps, x, y *run, from, to int) {
	counts := c.of(&c.State, int(x.class))
	counts[errorKinds] += int64(to - from)
	if x.class == y.class {
		return
	}
	missed := float64(c.truthFound[x.object]) < c.Found*float64(o.truth.areas[x.object])
	invented := float64(c.predicted[y.object]) < c.Found*float64(o.predicted.areas[y.object])
	kind := errorConfusion
	switch {
	case missed && !invented:
		kind = errorMissed
	case invented && !missed:
		kind = errorInvented
	}
	for i := from; i < to; i++ {
		if c.band.in[i] {
			counts[errorBoundary]++
		} else {
			counts[kind]++
		}
	}
}
