// Package metrics measures predictions against truth.
//
// A measure is a function of a [State], plain numbers that an [Accumulator] gathers of an image. States are merged by
// adding them up (or as their accumulator says), so one function gives an image's value, a dataset's and a shard's.
// Measures that need the same numbers share one accumulator. A family of measures is a file that registers a
// [Definition] for each; docs/metrics.md is written from them.
//
// Accumulators are fed in one of two ways: by the blocks of the one pass (labels, predictions, probabilities), or by the
// finished label maps. Counts are int64. Sums are float64, formed in raster order within an image and in input order over
// images, so that no figure depends on the number of workers.
//
// Where systems disagree definitions follow mmsegmentation and Cityscapes: a class absent from truth and prediction is
// undefined (NaN) and left out of means; a class absent from the truth but predicted has IoU 0; dataset figures come
// from the summed states; figures that end in _img are means over images of per-image values. Shares are fractions.
package metrics

import (
	"github.com/segmetry/segmetry/internal/pass"
)

// Shape is what measures are compiled for.
type Shape struct {
	Head    pass.Head
	Classes int  // that a label can name: 2 for a sigmoid head
	Scores  bool // there are probabilities; false: label maps alone
	// Labels is the number of labels that may overlap, each measured against its absence; 0: classes are exclusive.
	Labels int
	// Over are the classes, or labels, that means over classes are of, in rising order; nil: all.
	Over []int
}

// Planes is the number of planes of probabilities: Classes, or 1 for a sigmoid head.
func (s Shape) Planes() int {
	if s.Head == pass.Sigmoid {
		return 1
	}
	return s.Classes
}

// Class is the class whose probability plane p holds.
func (s Shape) Class(p int) int {
	if s.Head == pass.Sigmoid {
		return 1
	}
	return p
}

// Measure is one measure with its options, compiled for a shape. Its functions are of an image's state or of several
// merged, and may be called from any goroutine. NaN is an undefined value. At least one function is set.
type Measure struct {
	From Accumulator
	// Scalar is the one figure of all classes, and how many classes entered it (1 where it is no mean).
	Scalar func(s *State) (value float64, n int)
	// Class is a class's figure.
	Class func(s *State, class int) float64
	// Mean says that Scalar is the mean of Class over the classes that In does not refuse; nil refuses none.
	Mean bool
	In   func(s *State, class int) bool
	// Weighted says that Scalar weighs classes, and heeds [Shape.Over] by itself.
	Weighted bool
	// Hidden says that Class serves to bring means together, and has no columns of its own: mIoU's are IoU's.
	Hidden bool
	// List and ClassList are figures that are lists, such as curves; they appear in summary.json alone.
	List      func(s *State) []float64
	ClassList func(s *State, class int) []float64
	// Undefined counts the images where the class's figure is undefined though the class is there; nil: not counted.
	Undefined func(s *State, class int) int64
	// Labels is the one figure of labels that may overlap, whose states at returns; nil: the mean over the labels.
	Labels func(labels int, at func(label int) *State) float64
	// Averaged says that the figure of several images is the mean of theirs: it then has no _img of its own for classes.
	Averaged bool
	// Apart says that the classes' figures have no mean: Scalar is that of the one class of a sigmoid head, or nil.
	Apart bool
	// Plain says that the figure is not a share, to be shown as it is and not as a percentage.
	Plain bool
	curve *curveFigure // that Class is of; nil: of none
}

// average makes Scalar the mean of Class. Classes that in refuses are left out.
func (m *Measure) average(classes int, in func(*State, int) bool) {
	m.Scalar, m.Mean, m.In = MeanOverClasses(classes, m.Class, in), true, in
}

// meanOfRow is the mean of a class's values that are known already.
func (m *Measure) meanOfRow(s *State, row []float64) float64 {
	v, _ := MeanOverClasses(len(row), func(_ *State, c int) float64 { return row[c] }, m.In)(s)
	return v
}

// MeanOverClasses is a Scalar: the mean over the classes where of is defined. Classes that in refuses are left out; nil
// refuses none.
func MeanOverClasses(classes int, of func(*State, int) float64, in func(*State, int) bool) func(*State) (float64, int) {
	return func(s *State) (float64, int) {
		sum, n := 0.0, 0
		for c := range classes {
			if in != nil && !in(s, c) {
				continue
			}
			if v := of(s, c); v == v {
				sum += v
				n++
			}
		}
		return ratio(sum, float64(n)), n
	}
}
