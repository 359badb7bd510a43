package report

import (
	"math"

	"github.com/segmetry/segmetry/internal/record"
)

// undefinedValue is that of a figure that is not there.
var undefinedValue = record.Value{Value: math.NaN(), Status: "undefined"}

// source says what a figure is: the measure or loss that it is of, whatever label the configuration gave it, and where the
// documentation explains it.
type source struct{ Of, Link string }

// Locate says which measure or loss a figure is of, and under which heading of which page of the documentation it stands.
func (f *Folder) Locate(name, of, page, heading string) {
	f.sources[name] = source{of, docsAddress + page + "#" + anchor(heading)}
}

// measure is the measure that a figure is of.
func (f *Folder) measure(name string) string {
	if s, ok := f.sources[name]; ok {
		return s.Of
	}
	return name
}

// scalar is the dataset's value of a measure; its figure's name, or ok is false.
func (f *Folder) scalar(s *record.Summary, measure string) (v record.Value, name string, ok bool) {
	for _, m := range s.Metrics {
		if m.Value.Values == nil && f.measure(m.Name) == measure && !isView(m.Name, measure) {
			return m.Value, m.Name, true
		}
	}
	return record.Value{}, "", false
}

// perClass are the classes' values of a measure, nil where there are none.
func (f *Folder) perClass(s *record.Summary, measure string) []record.Value {
	for _, m := range s.PerClass {
		if f.measure(m.Name) == measure && !isView(m.Name, measure) {
			return m.Values
		}
	}
	return nil
}

// list is a measure's list over all classes; nil where it has none.
func (f *Folder) list(s *record.Summary, measure string) []float64 {
	for _, m := range s.Metrics {
		if len(m.Value.Values) > 0 && f.measure(m.Name) == measure {
			return m.Value.Values
		}
	}
	return nil
}

// classLists are a measure's lists, one a class; nil where it has none.
func (f *Folder) classLists(s *record.Summary, measure string) [][]float64 {
	var lists [][]float64
	for _, v := range f.perClass(s, measure) {
		lists = append(lists, v.Values)
	}
	return lists
}

// isView says that a figure brings a measure's images together in another way: mIoU_img, mIoU_p5.
func isView(name, measure string) bool {
	return len(name) > len(measure)+1 && name[:len(measure)+1] == measure+"_"
}

// at is a value of a list that may be shorter.
func at(values []record.Value, i int) record.Value {
	if i < len(values) {
		return values[i]
	}
	return undefinedValue
}
