package compat

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// trained are names for the classes, so that Cityscapes' categories have a meaning.
var trained = []string{"road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign"}

// images are label maps of one size; 255 is ignored.
type images struct {
	n, height, width  int
	truth, prediction []int
}

// expected is what .ci/bench/compat.py wrote: the figures of the systems themselves.
type expected struct {
	Inputs map[string]struct {
		Shape             [3]int
		Truth, Prediction string
	}
	Cases []struct {
		Profile, Version, Input string
		Classes                 int
		Figures                 map[string]any
		PerClass                map[string][]any `json:"per_class"`
	}
}

func load(t *testing.T) (expected, map[string]images) {
	t.Helper()
	var e expected
	readJSON(t, filepath.Join("testdata", "expected.json"), &e)
	inputs := map[string]images{}
	digits := func(text string) []int {
		list := make([]int, len(text))
		for i := range text {
			if list[i] = int(text[i] - '0'); text[i] == '.' {
				list[i] = 255
			}
		}
		return list
	}
	for name, in := range e.Inputs {
		inputs[name] = images{in.Shape[0], in.Shape[1], in.Shape[2], digits(in.Truth), digits(in.Prediction)}
	}
	golden := filepath.Join("..", "..", "..", "shared", "golden", "metrics", "inputs.json")
	if _, err := os.Stat(golden); err != nil {
		return e, inputs
	}
	var g struct {
		Inputs map[string]struct {
			Shape             []int
			Truth, Prediction any
		}
	}
	readJSON(t, golden, &g)
	for name, in := range g.Inputs {
		if len(in.Shape) == 3 && in.Prediction != nil {
			inputs["golden "+name] = images{in.Shape[0], in.Shape[1], in.Shape[2], flat(nil, in.Truth), flat(nil, in.Prediction)}
		}
	}
	return e, inputs
}

func flat(list []int, v any) []int {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			list = flat(list, x)
		}
	case float64:
		list = append(list, int(v))
	}
	return list
}

func readJSON(t *testing.T, file string, dst any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, dst)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// columns are those of a run that measures surfaces.
func compile(t *testing.T, classes int) (*metrics.Set, record.Columns) {
	t.Helper()
	var specs []metrics.Spec
	for _, name := range []string{"standard", "kappa", "mcc", "hd95", "assd", "nsd"} {
		specs = append(specs, metrics.Spec{Name: name})
	}
	set, err := metrics.Compile(specs, metrics.Shape{Classes: classes})
	if err != nil {
		t.Fatal(err)
	}
	return set, record.Columns{Means: set.Means(), PerClass: set.PerClass(), Classes: trained[:classes]}
}

// records measures the images as a run does, and sums them up as it does.
func (in images) records(set *metrics.Set, classes int) ([]*record.Record, *metrics.Total) {
	var list []*record.Record
	total, meter, plane := set.NewTotal(), set.NewMeter(), in.height*in.width
	for i := range in.n {
		truth := &raster.Labels{Width: in.width, Height: in.height, Class: make([]int16, plane)}
		predicted := &raster.Labels{Width: in.width, Height: in.height, Class: make([]int16, plane)}
		meter.Reset(nil)
		for k := range plane {
			y, p := in.truth[i*plane+k], in.prediction[i*plane+k]
			truth.Class[k], predicted.Class[k] = int16(y), int16(p)
			if y == 255 {
				truth.Class[k] = raster.Ignored
				continue
			}
			meter.Confusion.Counts[y*classes+p]++
		}
		states := meter.Finish(truth, predicted)
		r := &record.Record{Status: record.OK, Confusion: slices.Clone(meter.Confusion.Counts)}
		r.Means, r.PerClass = set.Values(states)
		total.Add(states)
		list = append(list, r)
	}
	return list, total
}

// figures are the results of one profile, by figure, and by figure|choice.
func figuresOf(t *testing.T, name string, c record.Columns, list []*record.Record) (map[string]float64, record.CompatProfile) {
	t.Helper()
	profiles, err := Find([]string{name})
	if err != nil {
		t.Fatal(err)
	}
	total := New(profiles, c)
	for _, r := range list {
		total.Add(r)
	}
	result := total.Result()[0]
	values := map[string]float64{}
	for _, f := range result.Figures {
		values[f.Name] = f.Value
		for _, choice := range f.Choices {
			values[f.Name+"|"+choice.Convention] = choice.Value
		}
	}
	return values, result
}

// TestExpected holds every figure of every profile against the system itself, on label maps made for it and on the golden inputs.
func TestExpected(t *testing.T) {
	e, inputs := load(t)
	held := map[string]int{}
	for _, c := range e.Cases {
		in, there := inputs[c.Input]
		if !there {
			continue // golden, and shared is not here
		}
		set, columns := compile(t, c.Classes)
		list, _ := in.records(set, c.Classes)
		got, result := figuresOf(t, c.Profile, columns, list)
		p, _ := Find([]string{c.Profile})
		if p[0].Version != c.Version {
			t.Fatalf("%s was held against %s, the profile says %s", c.Profile, c.Version, p[0].Version)
		}
		for name, want := range c.Figures {
			v, given := got[name]
			if !given {
				if !slices.ContainsFunc(result.Absent, func(a record.CompatAbsent) bool { return a.Name == name }) {
					t.Errorf("%s on %s has no figure %q", c.Profile, c.Input, name)
				}
				continue
			}
			held[c.Profile]++
			if !near(v, want, p[0].Tolerance) && !nextDecimal(&result, name, v, want) {
				t.Errorf("%s %s on %s is %v, the library says %v", c.Profile, name, c.Input, v, want)
			}
		}
		for _, f := range result.Figures {
			for k, want := range c.PerClass[f.Name] {
				if f.Classes != nil && !near(f.Classes[k], want, p[0].Tolerance) {
					t.Errorf("%s %s of class %d on %s is %v, the library says %v", c.Profile, f.Name, k, c.Input, f.Classes[k], want)
				}
			}
		}
	}
	for _, name := range Names() {
		if held[name] == 0 {
			t.Errorf("%s was held against nothing", name)
		}
	}
	t.Logf("figures held: %v", held)
}

// near compares with what the file says: null, "inf" or a number.
func near(got float64, want any, tolerance float64) bool {
	switch w := want.(type) {
	case nil:
		return math.IsNaN(got)
	case string:
		return math.IsInf(got, 1)
	case float64:
		return math.Abs(got-w) <= tolerance*max(1, math.Abs(w))
	}
	return false
}

// nextDecimal excuses a rounded figure whose exact value lies in the middle between two.
func nextDecimal(p *record.CompatProfile, name string, got float64, want any) bool {
	w, ok := want.(float64)
	at := slices.IndexFunc(p.Figures, func(f record.CompatFigure) bool { return f.Name == name })
	if !ok || p.Name != "mmseg" || at < 0 || math.Abs(got-w) > 1.001e-4 {
		return false
	}
	steps := p.Figures[at].Steps
	exact := steps[len(steps)-2].Value * 1e4
	return math.Abs(exact-math.Floor(exact)-0.5) < 1e-3
}

// TestOursIsTheRuns: every profile starts from the run's own figure, its steps add up to the difference, and a figure
// that no convention is about is the run's.
func TestOursIsTheRuns(t *testing.T) {
	_, inputs := load(t)
	for name, in := range inputs {
		classes := slices.Max(append(slices.DeleteFunc(slices.Clone(in.truth), func(x int) bool { return x == 255 }), append(in.prediction, 1)...)) + 1
		set, columns := compile(t, classes)
		list, total := in.records(set, classes)
		run := map[string]float64{}
		for _, m := range total.Metrics() {
			run[m.Name] = m.Value.Value
		}
		for _, profile := range Names() {
			_, result := figuresOf(t, profile, columns, list)
			for _, f := range result.Figures {
				ours, known := run[f.Ours]
				if !known || !same(ours, f.OursValue, 1e-13) {
					t.Errorf("%s: %s %s starts from %v, the run's %s is %v", name, profile, f.Name, f.OursValue, f.Ours, ours)
				}
				sum := f.OursValue
				for _, s := range f.Steps {
					sum += s.By
				}
				if !math.IsNaN(sum) && !math.IsInf(f.Value, 0) && !same(sum, f.Value, 1e-12) {
					t.Errorf("%s: %s %s: the steps lead to %v, the figure is %v", name, profile, f.Name, sum, f.Value)
				}
			}
		}
	}
}

func same(a, b, tolerance float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= tolerance*max(1, math.Abs(a))
}

// TestConventionsMatter: on some input every convention moves a figure that it is about. One that never does would be no
// convention.
func TestConventionsMatter(t *testing.T) {
	if _, err := os.Stat(filepath.Join("..", "..", "..", "shared", "golden", "metrics", "inputs.json")); err != nil {
		t.Skipf("skipped: some conventions matter on the shared golden inputs alone, which are not here: %v", err)
	}
	_, inputs := load(t)
	moved := map[string]bool{}
	for _, in := range inputs {
		set, columns := compile(t, 6)
		list, _ := in.records(set, 6)
		two := slices.Max(in.prediction) < 2 && !slices.ContainsFunc(in.truth, func(x int) bool { return x > 1 && x < 255 })
		if two {
			set, columns = compile(t, 2)
			list, _ = in.records(set, 2)
		}
		for _, profile := range Names() {
			_, result := figuresOf(t, profile, columns, list)
			for _, f := range result.Figures {
				for _, s := range slices.Concat(f.Steps, f.Choices) {
					if s.By != 0 { // NaN, too: defined before or after, and not on the other side
						moved[profile+": "+s.Convention] = true
					}
				}
			}
		}
	}
	for _, p := range All() {
		for _, c := range p.Conventions {
			if !moved[p.Name+": "+c.Name] {
				t.Errorf("%s: %s moves nothing", p.Name, c.Name)
			}
			if !strings.HasSuffix(c.About, ".") && !strings.HasSuffix(c.About, ".)") {
				t.Errorf("%s: %s is no sentence", p.Name, c.About)
			}
		}
	}
}

func TestFind(t *testing.T) {
	if list, err := Find([]string{"smp", "smp"}); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	if list, err := Find([]string{"mmseg", "all"}); err != nil || len(list) != len(Names()) {
		t.Errorf("%d, %v", len(list), err)
	}
	if _, err := Find([]string{"detectron"}); err == nil || !strings.Contains(err.Error(), `did you mean "detectron2"`) {
		t.Error(err)
	}
}

// TestAddAllocatesNothing: an image costs no memory.
func TestAddAllocatesNothing(t *testing.T) {
	_, inputs := load(t)
	set, columns := compile(t, 5)
	list, _ := inputs["five images"].records(set, 5)
	total := New(All(), columns)
	if n := testing.AllocsPerRun(20, func() { total.Add(list[0]) }); n > 0 {
		t.Errorf("%v allocations an image", n)
	}
}
