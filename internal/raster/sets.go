package raster

// MaxLabels is the largest number of labels that may overlap: each has a table of its own.
const MaxLabels = 1024

// LabelSets says which of several labels each value of a [Labels] raster stands for, where labels may overlap.
type LabelSets struct {
	Labels int
	member [][]int16 // [label][value + 1]: 1 or 0; Ignored for a value of Ignored
}

// NewLabelSets returns the sets of values 0 to values−1; has says whether a value has a label.
func NewLabelSets(labels, values int, has func(label, value int) bool) *LabelSets {
	s := &LabelSets{Labels: labels, member: make([][]int16, labels)}
	for label := range s.member {
		s.member[label] = make([]int16, values+1)
		s.member[label][0] = Ignored
		for value := range values {
			if has(label, value) {
				s.member[label][value+1] = 1
			}
		}
	}
	return s
}

// ExclusiveSets returns the sets of classes of which a pixel has one: value c has label c alone.
func ExclusiveSets(classes int) *LabelSets {
	return NewLabelSets(classes, classes, func(label, value int) bool { return label == value })
}

// Expand writes 1 where a value has the label, 0 where it has not, and Ignored where the value is Ignored.
func (s *LabelSets) Expand(dst, values []int16, label int) {
	table := s.member[label]
	for i, v := range values {
		dst[i] = table[int(v)+1]
	}
}

// Has says whether a value that is not Ignored has the label.
func (s *LabelSets) Has(value int16, label int) bool { return s.member[label][int(value)+1] == 1 }

// Values is the number of values that stand for a set.
func (s *LabelSets) Values() int { return len(s.member[0]) - 1 }
