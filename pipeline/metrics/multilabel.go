package metrics

import (
	"errors"
	"math"

	"github.com/segmetry/segmetry/internal/pass"
)

// familyLabels holds what only labels that may overlap have.
const familyLabels = "labels that may overlap"

func init() {
	introductions[familyLabels] = "Where several labels may be right at once (several sigmoid channels), each label is measured against its absence, as a\n" +
		"binary problem of its own. A class's figure is the label's; every other figure is the mean over the labels where it is\n" +
		"defined, so that aAcc is the share of right decisions (1 − Hamming loss), a decision being whether a pixel has a label.\n" +
		"fwIoU weighs a label's IoU by its true pixels, as jaccard_score(average='weighted') does."
	Register(Definition{Name: "exactMatch", Family: familyLabels, NeedsLabels: true,
		Formula: "Share of the valid pixels all of whose labels are right.", Range: "1 to 0", Undefined: "no valid pixel",
		Matches: "scikit-learn accuracy_score of several labels (subset accuracy)",
		Notes:   []string{"A pixel is valid where a label is; labels that are ignored there count neither way."},
		New: func(any, Shape) (Measure, error) {
			return Measure{From: exact{}, Scalar: func(s *State) (float64, int) { return quotient(s.Counts[exactRight], s.Counts[exactPixels]), 1 }}, nil
		}})
}

// exact is the accumulator of pixels all of whose labels are right. The meter fills it.
type exact struct{}

// The counts of its state.
const (
	exactRight = iota
	exactPixels
	exactCounts
)

func (exact) Key() string     { return "exact" }
func (exact) NewState() State { return NewState(exactCounts, 0) }

// NewCollector is never asked for: every meter of several labels counts them.
func (exact) NewCollector() Collector { return nil }

// perLabel is an accumulator of labels that may overlap: one's states of every label, one after another.
type perLabel struct {
	Accumulator
	labels int
	size   State // of one label
}

func (a perLabel) NewState() State {
	return NewState(a.labels*len(a.size.Counts), a.labels*len(a.size.Sums))
}

// at is one label's part of a state.
func (a perLabel) at(s *State, label int) *State {
	counts, sums := len(a.size.Counts), len(a.size.Sums)
	return &State{Counts: s.Counts[label*counts:][:counts:counts], Sums: s.Sums[label*sums:][:sums:sums]}
}

// Merge merges label by label as the accumulator does.
func (a perLabel) Merge(dst, src *State) {
	m, special := a.Accumulator.(Merger)
	if !special {
		dst.Add(src)
		return
	}
	for c := range a.labels {
		m.Merge(a.at(dst, c), a.at(src, c))
	}
}

// compileLabels makes a set for labels that may overlap: the measures are compiled for one label against its absence.
func compileLabels(specs []Spec, shape Shape) (*Set, error) {
	list, problems := expand(specs)
	var own, each []Spec
	for _, s := range list {
		if d, err := Find(s.Name); err == nil && d.NeedsLabels {
			own = append(own, s)
		} else {
			each = append(each, s)
		}
	}
	binary, err := Compile(each, Shape{Head: pass.Sigmoid, Classes: 2, Scores: shape.Scores})
	problems = append(problems, err)
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	s := &Set{shape: Shape{Head: pass.Sigmoid, Classes: shape.Labels, Scores: shape.Scores, Labels: shape.Labels, Over: shape.Over}, binary: binary, entries: binary.entries}
	for _, a := range binary.accumulators {
		s.accumulators = append(s.accumulators, perLabel{a, shape.Labels, a.NewState()})
	}
	s.accumulators = append(s.accumulators, exact{})
	for _, f := range binary.figures {
		f.Measure = ofLabels(f.Measure, s.accumulators[f.accumulator].(perLabel), s.shape)
		s.figures = append(s.figures, f)
	}
	for _, spec := range own {
		problems = append(problems, s.add(spec))
	}
	s.finish()
	return s, errors.Join(problems...)
}

// ofLabels makes a binary measure one of every label.
func ofLabels(m Measure, from perLabel, shape Shape) Measure {
	out := m
	out.From, out.curve = from, nil
	switch {
	case m.Class != nil:
		out.Class = func(s *State, label int) float64 { return m.Class(from.at(s, label), 1) }
	case m.Scalar != nil:
		out.Class, out.Hidden = func(s *State, label int) float64 { v, _ := m.Scalar(from.at(s, label)); return v }, true
	}
	switch {
	case m.Apart:
		out.Scalar, out.Mean = nil, false
	case m.Scalar != nil:
		out.average(from.labels, nil)
	}
	if m.Labels != nil {
		out.Scalar = func(s *State) (float64, int) {
			n, of := shape.chosen(func(label int) *State { return from.at(s, label) })
			return m.Labels(n, of), 1
		}
		out.Mean, out.Weighted = false, true
	}
	switch {
	case m.ClassList != nil:
		out.ClassList = func(s *State, label int) []float64 { return m.ClassList(from.at(s, label), 1) }
	case m.List != nil:
		out.ClassList, out.List = func(s *State, label int) []float64 { return m.List(from.at(s, label)) }, nil
	}
	if m.Undefined != nil {
		out.Undefined = func(s *State, label int) int64 { return m.Undefined(from.at(s, label), 1) }
	}
	return out
}

// LabelMeter gathers the states of one image after another whose labels may overlap. It is a visitor of the walk over the
// labels, and serves one goroutine at a time.
type LabelMeter struct {
	set    *Set
	meters []*Meter // a label
	maps   *labelMaps
	right  [exactCounts]int64
	seen   [pass.BlockSize]int16 // not 0 where a label of the block's pixel is valid
	wrong  [pass.BlockSize]int16 // not 0 where one is wrong
}

// NewLabelMeter returns a meter for a set of labels that may overlap.
func (s *Set) NewLabelMeter() *LabelMeter {
	m := &LabelMeter{set: s, meters: make([]*Meter, s.shape.Labels)}
	for c := range m.meters {
		m.meters[c] = s.binary.NewMeter()
	}
	if s.binary.NeedsMaps() {
		m.maps = &labelMaps{labels: s.shape.Labels}
	}
	return m
}

// Reset forgets the image; the next one has the given size. Where its probabilities are known as they were given, they
// are planes of its pixels; otherwise nil.
func (m *LabelMeter) Reset(width, height int, probabilities []float32) {
	plane := len(probabilities) / len(m.meters)
	for c, one := range m.meters {
		if probabilities == nil {
			one.Reset(nil)
		} else {
			one.Reset(probabilities[c*plane:][:plane])
		}
	}
	m.right = [exactCounts]int64{}
	if m.maps != nil {
		m.maps.resize(width, height)
	}
}

// VisitLabel adds a block of one label.
func (m *LabelMeter) VisitLabel(label int, b *pass.Block) {
	m.meters[label].Visit(b)
	if m.maps != nil {
		m.maps.visit(label, b)
	}
	if label == 0 {
		clear(m.seen[:])
		clear(m.wrong[:])
	}
	predicted, seen, wrong := b.Predicted[:len(b.Labels)], m.seen[:len(b.Labels)], m.wrong[:len(b.Labels)]
	for i, t := range b.Labels {
		valid := ^(t >> 15) // all ones, or 0 where the label is ignored
		seen[i] |= valid
		wrong[i] |= (t ^ predicted[i]) & valid
	}
	if label < len(m.meters)-1 {
		return
	}
	for i, valid := range seen {
		if valid != 0 {
			m.right[exactPixels]++
			if wrong[i] == 0 {
				m.right[exactRight]++
			}
		}
	}
}

// Finish returns the image's states, once all of its blocks were visited. They are the caller's until [Set.Release].
func (m *LabelMeter) Finish() []State {
	states := *m.set.pool.Get().(*[]State)
	for c, one := range m.meters {
		truth, predicted := m.maps.of(c)
		single := one.Finish(truth, predicted)
		for i := range single {
			to := m.set.accumulators[i].(perLabel).at(&states[i], c)
			copy(to.Counts, single[i].Counts)
			copy(to.Sums, single[i].Sums)
		}
		m.set.binary.Release(single)
	}
	copy(states[len(states)-1].Counts, m.right[:])
	return states
}

// Counts appends every label's decisions to dst: TN, FP, FN, TP, as scikit-learn's multilabel_confusion_matrix has them.
// They are known after Finish.
func (m *LabelMeter) Counts(dst []int64) []int64 {
	for _, one := range m.meters {
		dst = append(dst, one.Confusion.Counts...)
	}
	return dst
}

// Exact is the number of pixels all of whose valid labels are right.
func (m *LabelMeter) Exact() int64 { return m.right[exactRight] }

// Pixels is the number of pixels of which a label is valid.
func (m *LabelMeter) Pixels() int64 { return m.right[exactPixels] }

// MeanIoU is the mean over the labels of the intersection over union; NaN where no label is there.
func (m *LabelMeter) MeanIoU() float64 {
	sum, n := 0.0, 0.0
	for _, one := range m.meters {
		k := one.Confusion.Counts
		if v := quotient(k[3], k[1]+k[2]+k[3]); !math.IsNaN(v) {
			sum += v
			n++
		}
	}
	return ratio(sum, n)
}

// LabelCounts are the labels' decisions of all images, four counts a label as [LabelMeter.Counts] has them; nil where
// classes are exclusive.
func (t *Total) LabelCounts() []int64 {
	if t.set.binary == nil {
		return nil
	}
	var list []int64
	for c := range t.set.shape.Labels {
		list = append(list, t.set.accumulators[0].(perLabel).at(&t.states[0], c).Counts[:4]...)
	}
	return list
}
