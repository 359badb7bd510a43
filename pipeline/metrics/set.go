package metrics

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/segmetry/segmetry/internal/fault"
)

// Spec asks for one measure, or a group, by name.
type Spec struct {
	Name  string
	Label string // its key in the output; "" means Name
	// Decode fills the measure's options, which hold the defaults. nil leaves the defaults.
	Decode func(options any) error
	// Spacing is the distance between rows and between columns where the measure's options do not say otherwise; nil: 1.
	Spacing []float64
	// IfFits leaves the measure out without an error where it has no meaning for the shape: members of a group.
	IfFits bool
	fixed  string // tells options apart that the program set, and not the user
}

// Set is a choice of measures compiled for one shape. It is immutable and may be shared.
type Set struct {
	shape        Shape
	accumulators []Accumulator // the confusion matrix first
	figures      []figure
	entries      []entry
	scalars      int       // values of an image's row
	rows         int       // rows of values of every class
	pool         sync.Pool // of []State
	binary       *Set      // of one label, where labels may overlap; otherwise nil
}

// figure is a measure as it was asked for, with its columns of an image's row.
type figure struct {
	Measure
	name        string
	doc         string
	key         string // identifies equal requests
	better      int    // 1: higher is better, −1: lower is, 0: neither
	accumulator int
	scalar      int // index of its value in Record.Means, −1: none
	class       int // index in Record.PerClass
}

// base is the measure's name.
func (f *figure) base() string {
	base, _, _ := strings.Cut(f.key, " ")
	return base
}

// entry is a figure of the summary.
type entry struct {
	label  string
	figure int
	view   view // viewDataset: the dataset's value and the mean over images
}

// Compile makes a set. Every wrong measure, option and repeated label is reported at once.
func Compile(specs []Spec, shape Shape) (*Set, error) {
	if shape.Labels > 0 {
		return compileLabels(specs, shape)
	}
	s := &Set{shape: shape, accumulators: []Accumulator{confusions{shape.Classes}}}
	list, problems := expand(specs)
	for _, spec := range list {
		if err := s.add(spec); err != nil {
			problems = append(problems, err)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	s.finish()
	return s, nil
}

// finish prepares a set that is complete.
func (s *Set) finish() {
	s.narrow()
	s.number()
	s.pool.New = func() any { states := s.newStates(); return &states }
}

func (s *Set) add(spec Spec) error {
	d, err := Find(spec.Name)
	if err != nil {
		return err
	}
	base, view := splitView(spec.Name)
	label := spec.Label
	if label == "" {
		label = spec.Name
	}
	if spec.IfFits && (d.NeedsScores && !s.shape.Scores || d.NeedsLabels && s.shape.Labels == 0) {
		return nil
	}
	plain, key := (spec.Decode == nil || spec.fixed != "") && spec.Label == "", strings.TrimSpace(base+" "+spec.fixed)
	if at := slices.IndexFunc(s.entries, func(e entry) bool { return e.label == label }); at >= 0 {
		if plain && s.figures[s.entries[at].figure].key == key {
			return nil // asked for twice, and the same
		}
		return fault.Usagef("metric %q is asked for twice: give one of them a label of its own", label)
	}
	m, err := d.compile(spec, s.shape)
	if err != nil {
		return fault.Usagef("metric %s: %w", label, err)
	}
	if view.kind != viewDataset && m.Scalar == nil && (m.Class == nil || view.kind != viewImages) {
		return fault.Usagef("metric %s: %s has no one value an image to bring together", label, base)
	}
	if m.Class == nil && (view.kind == viewClasses || view.kind == viewPairs) {
		return fault.Usagef("metric %s: %s has no values of classes", label, base)
	}
	f := figure{Measure: m, doc: d.Formula, better: d.better(), name: label, key: fmt.Sprintf("%s %d", base, len(s.figures))} // with options: one of its own
	if plain {
		f.name, f.key = base, key
	}
	at, err := s.figure(f)
	if err != nil {
		return err
	}
	s.entries = append(s.entries, entry{label, at, view})
	return nil
}

// figure returns the index of a figure, which is added where it is new.
func (s *Set) figure(f figure) (int, error) {
	if at := slices.IndexFunc(s.figures, func(o figure) bool { return o.key == f.key }); at >= 0 {
		return at, nil
	}
	if slices.ContainsFunc(s.figures, func(o figure) bool { return o.name == f.name }) {
		return 0, fault.Usagef("metric %q is asked for with other options, too: give one of them a label of its own", f.name)
	}
	m := f.Measure
	at := slices.IndexFunc(s.accumulators, func(a Accumulator) bool { return a.Key() == m.From.Key() })
	if at < 0 {
		at = len(s.accumulators)
		s.accumulators = append(s.accumulators, m.From)
	}
	f.accumulator = at
	s.figures = append(s.figures, f)
	return len(s.figures) - 1, nil
}

// number gives every figure its columns.
func (s *Set) number() {
	s.scalars, s.rows = 0, 0
	for i := range s.figures {
		f := &s.figures[i]
		f.scalar, f.class = -1, -1
		if f.Scalar != nil {
			f.scalar = s.scalars
			s.scalars++
		}
		if f.Class != nil && !f.Hidden {
			f.class = s.rows
			s.rows++
		}
	}
}

// Empty says that nothing is measured.
func (s *Set) Empty() bool { return len(s.figures) == 0 }

// Means names the scalar values of an image's row.
func (s *Set) Means() []string {
	var names []string
	for _, f := range s.figures {
		if f.scalar >= 0 {
			names = append(names, f.name)
		}
	}
	return names
}

// Names lists the measures as they were asked for, members of groups one by one.
func (s *Set) Names() []string {
	names := make([]string, len(s.entries))
	for i, e := range s.entries {
		names[i] = e.label
	}
	return names
}

// PerClass names the per-class values of an image's row.
func (s *Set) PerClass() []string {
	var names []string
	for _, f := range s.figures {
		if f.class >= 0 {
			names = append(names, f.name)
		}
	}
	return names
}

// Docs says of every figure what it is.
func (s *Set) Docs() map[string]string {
	docs := map[string]string{}
	for _, f := range s.figures {
		docs[f.name] = f.doc
		docs[f.name+"_img"] = f.doc + view{kind: viewImages}.doc()
	}
	for _, e := range s.entries {
		docs[e.label] = s.figures[e.figure].doc + e.view.doc()
	}
	return docs
}

// Originals says of every name of Docs what the figure is called where the configuration gives it no label.
func (s *Set) Originals() map[string]string {
	originals := map[string]string{}
	for _, f := range s.figures {
		originals[f.name], originals[f.name+"_img"] = f.base(), f.base()+"_img"
	}
	for _, e := range s.entries {
		originals[e.label] = s.figures[e.figure].base() + e.view.suffix()
	}
	return originals
}

// NeedsScores says whether some measure reads the probabilities.
func (s *Set) NeedsScores() bool {
	if s.binary != nil {
		return s.binary.NeedsScores()
	}
	return slices.ContainsFunc(s.accumulators[1:], func(a Accumulator) bool { _, ok := a.NewCollector().(BlockCollector); return ok })
}

// NeedsMaps says whether some measure reads the finished label maps.
func (s *Set) NeedsMaps() bool {
	if s.binary != nil {
		return s.binary.NeedsMaps()
	}
	return slices.ContainsFunc(s.accumulators[1:], func(a Accumulator) bool { _, ok := a.NewCollector().(MapCollector); return ok })
}

// Keys says of each of an image's states what accumulator it belongs to: states of two sets can be merged where their keys,
// their classes and their heads agree.
func (s *Set) Keys() []string {
	keys := make([]string, len(s.accumulators))
	for i, a := range s.accumulators {
		keys[i] = a.Key()
	}
	return keys
}

// newStates are the accumulators' states of no image.
func (s *Set) newStates() []State {
	states := make([]State, len(s.accumulators))
	for i, a := range s.accumulators {
		states[i] = a.NewState()
	}
	return states
}

// Values returns the measures of an image's states: the scalar ones, and those of every class.
func (s *Set) Values(states []State) (means []float64, perClass [][]float64) {
	classes := s.shape.Classes
	means, perClass = make([]float64, 0, s.scalars), make([][]float64, 0, s.rows)
	values := make([]float64, s.rows*classes)
	for i := range s.figures {
		f := &s.figures[i]
		state := &states[f.accumulator]
		var row []float64
		if f.class >= 0 {
			row = values[f.class*classes:][:classes:classes]
			for c := range row {
				row[c] = f.Class(state, c)
			}
			perClass = append(perClass, row)
		}
		switch {
		case f.scalar < 0:
		case f.Mean && row != nil:
			means = append(means, f.meanOfRow(state, row))
		default:
			v, _ := f.Scalar(state)
			means = append(means, v)
		}
	}
	return means, perClass
}
