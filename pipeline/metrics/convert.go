package metrics

import "slices"

// Conversion turns the states of one set's images into those that another set would have gathered of them.
type Conversion struct {
	to   *Set
	from []int // of each of the set's states: its place among those that are converted
}

// Convert says how the set's states follow from those of another set for the same classes and head. missing are the names of
// the measures whose statistics were not gathered there; the conversion is nil then.
func (s *Set) Convert(from *Set) (c *Conversion, missing []string) {
	c = &Conversion{to: s}
	known := from.Keys()
	for _, key := range s.Keys() {
		c.from = append(c.from, slices.Index(known, key))
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

// States converts an image's states. What is returned shares its numbers with them.
func (c *Conversion) States(src []State) []State {
	dst := make([]State, len(c.from))
	for i, at := range c.from {
		dst[i] = src[at]
	}
	return dst
}
