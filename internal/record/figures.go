package record

import "math"

// Figures finds a summary's figures by what they measure, whatever labels the configuration gave them.
type Figures struct {
	*Summary
	// Of says what a figure is called without a label: a measure, or one with how its images are brought together, as
	// mIoU_p5. One that it does not have is called as it is.
	Of map[string]string
}

// Is says that a figure is a measure's.
func (f Figures) Is(figure, measure string) bool {
	of, ok := f.Of[figure]
	return of == measure || !ok && figure == measure
}

// Scalar is the dataset's value of a measure and its figure's name; ok is false where there is none.
func (f Figures) Scalar(measure string) (v Value, name string, ok bool) {
	for _, m := range f.Metrics {
		if m.Value.Values == nil && f.Is(m.Name, measure) {
			return m.Value, m.Name, true
		}
	}
	return Value{Value: math.NaN(), Status: "undefined"}, "", false
}

// List is a measure's list over all classes; nil where it has none.
func (f Figures) List(measure string) []float64 {
	for _, m := range f.Metrics {
		if len(m.Value.Values) > 0 && f.Is(m.Name, measure) {
			return m.Value.Values
		}
	}
	return nil
}

// ClassValues are the classes' values of a measure; nil where there are none.
func (f Figures) ClassValues(measure string) []Value {
	for _, m := range f.PerClass {
		if f.Is(m.Name, measure) && len(m.Values) == len(f.Classes) {
			return m.Values
		}
	}
	return nil
}

// ClassLists are a measure's lists, one a class; nil where it has none.
func (f Figures) ClassLists(measure string) [][]float64 {
	var lists [][]float64
	for _, v := range f.ClassValues(measure) {
		lists = append(lists, v.Values)
	}
	return lists
}
