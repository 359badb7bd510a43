package slicing

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
)

// images are those of the tests: three cities, sizes with ties, one without brightness.
func images() []Image {
	list := []Image{
		{"bonn/a_day.png", 100, 10.04, []int64{90, 10}}, {"bonn/b_night.png", 100, 20, []int64{100, 0}}, {"ulm/c_day.png", 400, 30, []int64{300, 50}},
		{"ulm/d_day.png", 900, math.NaN(), []int64{900, 0}}, {"jena/e_night.png", 900, 50, []int64{0, 900}}, {"f.png", 2500, 60, []int64{0, 0}},
	}
	return list
}

var metadata = map[string]string{"bonn/a_day.png": "x", "bonn/b_night.png": "10", "ulm/c_day.png": "9", "ulm/d_day.png": "", "jena/e_night.png": "x"}

func data(names bool) Data {
	d := Data{Classes: []string{"background", "car"}, Column: func(name string) (map[string]string, error) {
		switch name {
		case "scene":
			return metadata, nil
		case "age":
			return map[string]string{"bonn/a_day.png": "1.5", "f.png": "3", "ulm/c_day.png": "-2", "jena/e_night.png": ""}, nil
		case "id":
			m := map[string]string{}
			for i := range 100 {
				m[fmt.Sprint(i)] = fmt.Sprint(i)
			}
			return m, nil
		case "strange":
			return map[string]string{"a": "b"}, nil
		}
		return nil, fault.Usagef("no column %q", name)
	}}
	if names {
		d.Names = func(yield func(string) bool) {
			for _, i := range images() {
				if !yield(i.Name) {
					return
				}
			}
		}
	}
	return d
}

// set makes a Decode of a function.
func set[T any](f func(o *T)) func(any) error {
	return func(options any) error { f(options.(*T)); return nil }
}

func TestSlices(t *testing.T) {
	for _, c := range []struct {
		name string
		spec Spec
		by   string
		want string
	}{
		{"size by quartiles: ties stay together", Spec{Name: "size"}, "size", "below 900 px: 0 1 2; 900 px and more: 3 4 5"},
		{"size by halves", Spec{Name: "size", Decode: set(func(o *rangeOptions) { o.Quantiles = 2 })}, "size", "below 900 px: 0 1 2; 900 px and more: 3 4 5"},
		{"size by bounds, an empty slice is left out", Spec{Name: "size", Label: "area", Decode: set(func(o *rangeOptions) { o.Bounds = []float64{100, 1000, 1e6} })}, "area",
			"100 to below 1000 px: 0 1 2 3 4; 1000 to below 1000000 px: 5"},
		{"brightness in tenths", Spec{Name: "brightness", Decode: set(func(o *rangeOptions) { o.Quantiles = 3 })}, "brightness",
			"below 20: 0; 20 to below 50: 1 2; 50 and more: 4 5; (no value): 3"},
		{"class", Spec{Name: "class"}, "class", "background: 0 1 2 3; car: 0 2 4"},
		{"class by pixels, absent", Spec{Name: "class", Decode: set(func(o *classOptions) { o.Classes, o.MinPixels, o.Absent = []string{"car"}, 50, true })}, "class",
			"car: 2 4; without car: 0 1 3 5"},
		{"column, numbers in their order", Spec{Name: "column:scene"}, "scene", "(no value): 3 5; 9: 2; 10: 1; x: 0 4"},
		{"column by bounds", Spec{Name: "column", Decode: set(func(o *columnOptions) { o.Column, o.Bounds = "age", []float64{0} })}, "age", "below 0: 2; 0 and more: 0 5; (no value): 1 3 4"},
		{"path by pattern", Spec{Name: `path:^(?P<city>[^/]+)/`}, "city", "(no match): 5; bonn: 0 1; jena: 4; ulm: 2 3"},
		{"path by globs", Spec{Name: "path", Decode: set(func(o *pathOptions) { o.Globs = []string{"*_day.png", "bonn/*"} })}, "path", "(no match): 4 5; *_day.png: 0 2 3; bonn/*: 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, err := Compile([]Spec{c.spec}, data(true))
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // a slicing is used again and again
				s := list[0].New()
				for _, i := range images() {
					if err := s.Add(&i); err != nil {
						t.Fatal(err)
					}
				}
				if list[0].By != c.by || told(s.Slices()) != c.want {
					t.Errorf("by %s: %s\nwant %s: %s", list[0].By, told(s.Slices()), c.by, c.want)
				}
			}
		})
	}
}

func told(list []Slice) string {
	var parts []string
	for _, s := range list {
		parts = append(parts, s.Name+": "+strings.Trim(fmt.Sprint(s.Images), "[]"))
	}
	return strings.Join(parts, "; ")
}

func TestRefused(t *testing.T) {
	many := strings.Repeat("x ", MaxSlices)
	for _, c := range []struct {
		name    string
		specs   []Spec
		problem string
		kind    fault.Kind
	}{
		{"unknown kind", []Spec{{Name: "sise"}}, `did you mean "size"`, fault.Usage},
		{"text after a colon", []Spec{{Name: "size:4"}}, "nothing after a colon", fault.Usage},
		{"twice", []Spec{{Name: "size"}, {Name: "size"}}, "asked for twice", fault.Usage},
		{"too many entries", make([]Spec, maxSpecs+1), "at most 32", fault.Usage},
		{"one quantile", []Spec{{Name: "size", Decode: set(func(o *rangeOptions) { o.Quantiles = 1 })}}, "from 2 to 64, found 1", fault.Usage},
		{"both", []Spec{{Name: "size", Decode: set(func(o *rangeOptions) { o.Quantiles, o.Bounds = 2, []float64{1} })}}, "both given", fault.Usage},
		{"bounds in disorder", []Spec{{Name: "brightness", Decode: set(func(o *rangeOptions) { o.Bounds = []float64{2, 2} })}}, "ascending order", fault.Usage},
		{"a bound that is none", []Spec{{Name: "size", Decode: set(func(o *rangeOptions) { o.Bounds = []float64{math.Inf(1)} })}}, "finite", fault.Usage},
		{"too many bounds", []Spec{{Name: "size", Decode: set(func(o *rangeOptions) { o.Bounds = make([]float64, MaxSlices) })}}, "at most 63", fault.Usage},
		{"unknown class", []Spec{{Name: "class", Decode: set(func(o *classOptions) { o.Classes = []string{"cat"} })}}, `did you mean "car"`, fault.Usage},
		{"no pixels", []Spec{{Name: "class", Decode: set(func(o *classOptions) { o.MinPixels = 0 })}}, "from 1 on", fault.Usage},
		{"too many classes", []Spec{{Name: "class", Decode: set(func(o *classOptions) { o.Classes = slices.Repeat([]string{"car"}, MaxSlices+1) })}}, "limited to 64", fault.Usage},
		{"no column", []Spec{{Name: "column"}}, "the name of a column", fault.Usage},
		{"unknown column", []Spec{{Name: "column:scenery"}}, `no column "scenery"`, fault.Usage},
		{"another file's names", []Spec{{Name: "column:strange"}}, `whose first is "bonn/a_day.png"`, fault.Data},
		{"not numbers", []Spec{{Name: "column:scene", Decode: set(func(o *columnOptions) { o.Quantiles = 2 })}}, `"x" for image`, fault.Data},
		{"no pattern", []Spec{{Name: "path"}}, "either pattern or globs", fault.Usage},
		{"no regular expression", []Spec{{Name: "path:("}}, "missing closing", fault.Usage},
		{"no group", []Spec{{Name: "path:(a)"}}, "no named group", fault.Usage},
		{"two groups", []Spec{{Name: "path:(?P<a>a)(?P<b>b)"}}, "several named groups", fault.Usage},
		{"no glob", []Spec{{Name: "path", Decode: set(func(o *pathOptions) { o.Globs = []string{"["} })}}, "not a glob", fault.Usage},
		{"too many globs", []Spec{{Name: "path", Decode: set(func(o *pathOptions) { o.Globs = strings.Fields(many) })}}, "at most 63", fault.Usage},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Compile(c.specs, data(true))
			if err == nil || !strings.Contains(err.Error(), c.problem) || fault.KindOf(err) != c.kind {
				t.Errorf("%v: want an error of kind %v with %q", err, c.kind, c.problem)
			}
		})
	}
}

// TestTooMany: a column with too many values is refused before the run where the names are known, and otherwise while images
// are added.
func TestTooMany(t *testing.T) {
	d := data(false)
	const want = "column id of dataset.metadata has more than 64 values"
	list, err := Compile([]Spec{{Name: "column:id"}}, d)
	if err != nil {
		t.Fatal(err)
	}
	s := list[0].New()
	for i := range MaxSlices {
		if err := s.Add(&Image{Name: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Add(&Image{Name: "64"}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v: want %q", err, want)
	}
	d.Names = func(yield func(string) bool) {
		for i := range 100 {
			if !yield(fmt.Sprint(i)) {
				return
			}
		}
	}
	if _, err := Compile([]Spec{{Name: "column:id"}, {Name: "path:(?P<n>.*)"}}, d); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "the path's n has more") {
		t.Errorf("%v: want %q", err, want)
	}
}
