package gate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/nearest"
)

// InSlice says whether the gate is asked of a slice of the images: Gate.Slices is BY=NAME, where each * stands for any text.
func (g Gate) InSlice(by, name string) bool { return glob(g.Slices, by+"="+name) }

// glob says whether a pattern fits a text: * stands for any text, everything else for itself.
func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return true
}

// fitsSlicings says what is wrong with the slices that a gate names, of ways of slicing; their slices may follow from the
// images and are not known yet.
func (g Gate) fitsSlicings(slicings []string) error {
	if g.Slices == "" {
		return nil
	}
	if len(slicings) == 0 {
		return fmt.Errorf("gate %q: there are no slices: ask for them with score.slices or --slices, such as size, class or column:scene", g)
	}
	before, _, wild := strings.Cut(g.Slices, "*")
	if slices.ContainsFunc(slicings, func(by string) bool {
		return strings.HasPrefix(before, by+"=") || wild && strings.HasPrefix(by+"=", before)
	}) {
		return nil
	}
	by, _, _ := strings.Cut(g.Slices, "=")
	near := nearest.Near(by, slicings)
	for i := range near {
		near[i] += "=*"
	}
	return fmt.Errorf("gate %q: no way of slicing fits %q%s There are: %s; expected BY=NAME, such as %q", g, g.Slices, cmp.Or(nearest.Ask(near), "."), strings.Join(slicings, ", "), slicings[0]+"=*")
}
