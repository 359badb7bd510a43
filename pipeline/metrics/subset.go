package metrics

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/nearest"
)

// Over turns the names of the classes that means over classes are of into [Shape.Over]; none: all.
func Over(names, classes []string) ([]int, error) {
	var over []int
	for _, name := range names {
		at := slices.Index(classes, name)
		if at < 0 {
			return nil, fault.Usagef("score.classes: unknown class %q%s Known: %s", name, nearest.Sentence(name, classes), strings.Join(classes, ", "))
		}
		over = append(over, at)
	}
	slices.Sort(over)
	return slices.Compact(over), nil
}

// Over are the classes, or labels, that means over classes are of; nil: all.
func (s *Set) Over() []int { return s.shape.Over }

// over says whether means over classes take a class.
func (s Shape) over(class int) bool { return s.Over == nil || slices.Contains(s.Over, class) }

// narrow restricts the means over classes to those of the shape. Every class's own figure stays.
func (s *Set) narrow() {
	if s.shape.Over == nil {
		return
	}
	for i := range s.figures {
		f := &s.figures[i]
		if f.Mean {
			in := f.In
			f.average(s.shape.Classes, func(st *State, c int) bool { return s.shape.over(c) && (in == nil || in(st, c)) })
		}
		if f.Mean || f.Weighted {
			f.doc += fmt.Sprintf(" Means are over %d of the %d classes (score.classes).", len(s.shape.Over), s.shape.Classes)
		}
	}
}

// chosen are the labels that means are over: how many, and the states of each.
func (s Shape) chosen(at func(label int) *State) (n int, of func(k int) *State) {
	if s.Over == nil {
		return s.Classes, at
	}
	return len(s.Over), func(k int) *State { return at(s.Over[k]) }
}
