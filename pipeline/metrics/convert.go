package metrics

import (
	"slices"

	"github.com/segmetry/segmetry/internal/raster"
)

// Remap says what the classes of states become.
type Remap struct {
	Classes   int     // afterwards
	Truth     []int16 // of each class the one that it becomes where it is the truth; raster.Ignored: such pixels count nowhere
	Predicted []int16 // of each class the one that it becomes where it is predicted
}

// Remapper is an accumulator, for the classes afterwards, whose states follow from those for the classes before.
type Remapper interface {
	Remap(dst, src *State, r *Remap)
}

// Conversion turns the states of one set's images into those that another set would have gathered of them.
type Conversion struct {
	to    *Set
	from  []int // of each of the set's states: its place among those that are converted
	remap *Remap
}

// Convert says how the set's states follow from those of another set for the same head, and the same classes but for remap;
// nil: exactly these. missing are the names of the measures whose statistics do not follow; the conversion is nil then.
func (s *Set) Convert(from *Set, remap *Remap) (c *Conversion, missing []string) {
	c = &Conversion{to: s, remap: remap}
	known := from.Keys()
	for i, key := range s.Keys() {
		at := slices.Index(known, key)
		if _, able := s.accumulators[i].(Remapper); remap != nil && !able {
			at = -1
		}
		c.from = append(c.from, at)
	}
	for _, e := range s.entries {
		if c.from[s.figures[e.figure].accumulator] < 0 {
			missing = append(missing, e.label)
		}
	}
	if len(missing) > 0 {
		return nil, missing
	}
	return c, nil
}

// States converts an image's states. What is returned may share numbers with them.
func (c *Conversion) States(src []State) []State {
	dst := make([]State, len(c.from))
	for i, at := range c.from {
		if c.remap == nil {
			dst[i] = src[at]
			continue
		}
		dst[i] = c.to.accumulators[i].NewState()
		c.to.accumulators[i].(Remapper).Remap(&dst[i], &src[at], c.remap)
	}
	return dst
}

// Remap adds up rows and columns of classes that become one.
func (a confusions) Remap(dst, src *State, r *Remap) {
	m := NewConfusion(a.classes)
	n := len(r.Truth)
	for t, truth := range r.Truth {
		if truth == raster.Ignored {
			continue
		}
		for p, predicted := range r.Predicted {
			if k := src.Counts[t*n+p]; k > 0 {
				m.Counts[int(truth)*a.classes+int(predicted)] += k
			}
		}
	}
	m.state(dst)
}
