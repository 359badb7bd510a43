// Package metrics measures predictions against truth. A family of measures shares one mergeable accumulator that is fed
// the blocks of a pass; what the measures make of it is registered by name, one file a family.
//
// Definitions follow mmsegmentation and Cityscapes where systems disagree: a class absent from truth and prediction is
// undefined (NaN) and left out of means; a class absent from the truth but predicted has IoU 0; dataset figures come
// from the summed counts, and figures that end in _img are means over images of per-image values. Values are fractions.
package metrics

import (
	"math"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/nearest"
)

// PerClass is a measure that every class has.
type PerClass struct {
	Name string
	Doc  string
	Of   func(m *Confusion, class int) float64 // NaN: undefined
	Mean string                                // the name of its mean over the defined classes
}

// Overall is a measure of the whole matrix that is not the mean of a [PerClass].
type Overall struct {
	Name string
	Doc  string
	Of   func(m *Confusion) float64
}

var (
	perClass []PerClass
	overall  []Overall
)

// RegisterPerClass adds a per-class measure and its mean.
func RegisterPerClass(m PerClass) {
	mustBeNew(m.Name, m.Mean)
	perClass = append(perClass, m)
}

// RegisterOverall adds a measure of the whole matrix.
func RegisterOverall(m Overall) {
	mustBeNew(m.Name)
	overall = append(overall, m)
}

// mustBeNew panics on a name that is taken: that is a programmer's error.
func mustBeNew(names ...string) {
	for _, name := range names {
		if slices.Contains(Names(), name) {
			panic("metrics: " + name + " is registered twice")
		}
	}
}

// Names returns the name of every measure.
func Names() []string {
	var names []string
	for _, m := range overall {
		names = append(names, m.Name)
	}
	for _, m := range perClass {
		names = append(names, m.Mean, m.Name)
	}
	return names
}

// Set is a choice of measures.
type Set struct {
	means    []mean
	perClass []PerClass
}

// mean is a scalar measure: an overall one, or the mean of a per-class one.
type mean struct {
	name string
	of   func(m *Confusion) float64
	n    func(m *Confusion) int
}

// standardOrder is how the scalar measures of group standard are written.
var standardOrder = []string{"aAcc", "mAcc", "mIoU", "fwIoU", "mDice", "mFscore", "mPrecision", "mRecall", "IoU", "Acc", "Dice", "Fscore", "Precision", "Recall"}

// Select returns the measures of the given names; standard stands for all of them, none for none. An unknown name's
// error names the nearest.
func Select(names []string) (*Set, error) {
	s := &Set{}
	for _, name := range names {
		switch name {
		case "none":
		case "standard":
			for _, n := range standardOrder {
				s.add(n)
			}
		default:
			if !s.add(name) {
				return nil, unknown(name)
			}
		}
	}
	return s, nil
}

func unknown(name string) error {
	known := append(Names(), "standard", "none")
	return fault.Usagef("unknown metric %q; did you mean %q? Known: %s", name, nearest.Of(name, known), strings.Join(known, ", "))
}

// add adds a measure once and reports whether the name is known.
func (s *Set) add(name string) bool {
	for _, m := range overall {
		if m.Name == name {
			s.addMean(mean{name, m.Of, func(*Confusion) int { return 1 }})
			return true
		}
	}
	for _, m := range perClass {
		switch name {
		case m.Mean:
			s.addMean(mean{name,
				func(c *Confusion) float64 { v, _ := meanOverClasses(c, m.Of); return v },
				func(c *Confusion) int { _, n := meanOverClasses(c, m.Of); return n }})
			return true
		case m.Name:
			if !slices.ContainsFunc(s.perClass, func(o PerClass) bool { return o.Name == name }) {
				s.perClass = append(s.perClass, m)
			}
			return true
		}
	}
	return false
}

func (s *Set) addMean(m mean) {
	if !slices.ContainsFunc(s.means, func(o mean) bool { return o.name == m.name }) {
		s.means = append(s.means, m)
	}
}

// meanOverClasses is the mean over the classes where the measure is defined, and their number.
func meanOverClasses(m *Confusion, of func(*Confusion, int) float64) (float64, int) {
	sum, n := 0.0, 0
	for c := range m.Classes {
		if v := of(m, c); !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	if n == 0 {
		return math.NaN(), 0
	}
	return sum / float64(n), n
}

// Empty says that nothing is measured.
func (s *Set) Empty() bool { return len(s.means) == 0 && len(s.perClass) == 0 }

// Means returns the names of the scalar measures, in the order of the values that Values writes.
func (s *Set) Means() []string {
	names := make([]string, len(s.means))
	for i, m := range s.means {
		names[i] = m.name
	}
	return names
}

// PerClass returns the names of the per-class measures.
func (s *Set) PerClass() []string {
	names := make([]string, len(s.perClass))
	for i, m := range s.perClass {
		names[i] = m.Name
	}
	return names
}

// Mean returns scalar measure i of the matrix and how many classes entered it.
func (s *Set) Mean(i int, m *Confusion) (float64, int) { return s.means[i].of(m), s.means[i].n(m) }

// Class returns per-class measure i of one class.
func (s *Set) Class(i int, m *Confusion, class int) float64 { return s.perClass[i].Of(m, class) }

// Doc returns what a measure is, for tooltips and help; "" for an unknown name.
func Doc(name string) string {
	name, image := strings.CutSuffix(name, "_img")
	tail := ""
	if image {
		tail = " Per image first, then the mean over the images where it is defined."
	}
	for _, m := range overall {
		if m.Name == name {
			return m.Doc + tail
		}
	}
	for _, m := range perClass {
		switch name {
		case m.Name:
			return m.Doc + tail
		case m.Mean:
			return "Mean over the classes where it is defined of " + m.Name + ": " + m.Doc + tail
		}
	}
	return ""
}
