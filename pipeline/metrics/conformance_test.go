package metrics

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// sample is an image with its prediction.
type sample struct {
	labels        *raster.Labels
	probabilities []float32
}

// shapes are what every measure is compiled for.
var shapes = map[string]Shape{
	"softmax of 3": {Classes: 3, Scores: true},
	"softmax of 2": {Classes: 2, Scores: true},
	"sigmoid":      {Head: pass.Sigmoid, Classes: 2, Scores: true},
}

// draw makes a picture of blocks of classes, some of them ignored, and probabilities that mostly agree.
func draw(r *rand.Rand, shape Shape, ignored float64) sample {
	w, h := 7+r.IntN(40), 5+r.IntN(30)
	s := sample{labels: &raster.Labels{Width: w, Height: h, Class: make([]int16, w*h)}, probabilities: make([]float32, w*h*shape.Planes())}
	cells := [64]int16{}
	for i := range cells {
		cells[i] = int16(r.IntN(shape.Classes))
	}
	for i := range s.labels.Class {
		truth := cells[i/w/6%8*8+i%w/6%8]
		s.labels.Class[i] = truth
		if r.Float64() < ignored {
			s.labels.Class[i] = raster.Ignored
		}
		s.fill(r, shape, i, truth)
	}
	return s
}

func (s *sample) fill(r *rand.Rand, shape Shape, i int, truth int16) {
	n := len(s.labels.Class)
	if shape.Head == pass.Sigmoid {
		s.probabilities[i] = float32(math.Min(1, math.Max(0, float64(truth)*0.6+0.2+0.2*r.NormFloat64())))
		return
	}
	var p [8]float64
	sum := 0.0
	for c := range shape.Classes {
		p[c] = r.ExpFloat64()
		if int(truth) == c {
			p[c] += 1.5
		}
		sum += p[c]
	}
	for c := range shape.Classes {
		s.probabilities[c*n+i] = float32(p[c] / sum)
	}
}

// forEach runs a test over every measure and shape that fit.
func forEach(t *testing.T, test func(t *testing.T, set *Set, shape Shape)) {
	for _, name := range Names() {
		if registry[name].NeedsLabels {
			continue
		}
		for kind, shape := range shapes {
			set, err := Compile(named(name), shape)
			if err != nil {
				t.Fatalf("%s of %s: %v", name, kind, err)
			}
			t.Run(name+"/"+kind, func(t *testing.T) { test(t, set, shape) })
		}
	}
}

// figures are everything that a total says.
func figures(total *Total) []float64 {
	var list []float64
	for _, m := range total.Metrics() {
		list = append(append(list, m.Value.Value), m.Value.Values...)
	}
	for _, m := range total.PerClass() {
		for _, v := range m.Values {
			list = append(append(list, v.Value), v.Values...)
		}
	}
	return list
}

func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return x == y || x != x && y != y })
}

// TestWorkersDoNotMatter measures the same images by one meter, and by three in another order: the states are the same
// bits, and so is every figure of the total, whose order is the input's.
func TestWorkersDoNotMatter(t *testing.T) {
	forEach(t, func(t *testing.T, set *Set, shape Shape) {
		r := rand.New(rand.NewPCG(5, 6))
		images := make([]sample, 6)
		for i := range images {
			images[i] = draw(r, shape, 0.1)
		}
		one, many := set.NewTotal(), set.NewTotal()
		meter := set.NewMeter()
		for _, s := range images {
			states := measureScores(t, meter, shape, s.probabilities, s.labels)
			one.Add(states)
			set.Release(states)
		}
		others := []*Meter{set.NewMeter(), set.NewMeter(), set.NewMeter()}
		states := make([][]State, len(images))
		for _, i := range r.Perm(len(images)) {
			states[i] = measureScores(t, others[i%3], shape, images[i].probabilities, images[i].labels)
		}
		for _, s := range states {
			many.Add(s)
		}
		if a, b := figures(one), figures(many); !same(a, b) || len(a) == 0 {
			t.Errorf("one worker %v, three %v", a, b)
		}
	})
}

// TestMergedIsWhole merges two halves: counts must be the whole's, and figures agree to float64's rounding.
func TestMergedIsWhole(t *testing.T) {
	forEach(t, func(t *testing.T, set *Set, shape Shape) {
		r := rand.New(rand.NewPCG(7, 8))
		whole, halves := set.NewTotal(), []*Total{set.NewTotal(), set.NewTotal()}
		meter := set.NewMeter()
		for i := range 4 {
			s := draw(r, shape, 0.1)
			states := measureScores(t, meter, shape, s.probabilities, s.labels)
			whole.Add(states)
			halves[i/2].Add(states)
			set.Release(states)
		}
		for i, a := range set.accumulators {
			merged := a.NewState()
			for _, h := range halves {
				if m, ok := a.(Merger); ok {
					m.Merge(&merged, &h.states[i])
				} else {
					merged.Add(&h.states[i])
				}
			}
			if !slices.Equal(merged.Counts, whole.states[i].Counts) {
				t.Errorf("%s: counts differ", a.Key())
			}
			for k, x := range merged.Sums {
				if math.Abs(x-whole.states[i].Sums[k]) > 1e-12*math.Max(1, math.Abs(x)) {
					t.Errorf("%s: sum %d is %v, want %v", a.Key(), k, x, whole.states[i].Sums[k])
				}
			}
		}
	})
}

// TestStatesArePlainData: states that were written down and read again give the same figures, and keys tell accumulators
// apart.
func TestStatesArePlainData(t *testing.T) {
	shape := shapes["softmax of 3"]
	set, err := Compile(append(named("thresholds", "all", "hd_percentile"), Spec{Name: "auroc", Label: "exact", Decode: func(any) error { return nil }}), shape)
	if err != nil {
		t.Fatal(err)
	}
	keys := set.Keys()
	if unique := slices.Compact(slices.Sorted(slices.Values(keys))); len(unique) != len(keys) || len(keys) < 10 {
		t.Errorf("keys %q", keys)
	}
	r := rand.New(rand.NewPCG(17, 18))
	direct, stored, meter := set.NewTotal(), set.NewTotal(), set.NewMeter()
	for range 3 {
		s := draw(r, shape, 0.1)
		states := measureScores(t, meter, shape, s.probabilities, s.labels)
		direct.Add(states)
		text, err := json.Marshal(states)
		if err != nil {
			t.Fatal(err)
		}
		var read []State
		unmarshal(t, text, &read)
		stored.Add(read)
		set.Release(states)
	}
	if !same(figures(direct), figures(stored)) {
		t.Error("figures differ")
	}
}

// TestNothingThere: of no valid pixel nothing is defined, and lists are undefined all along.
func TestNothingThere(t *testing.T) {
	forEach(t, func(t *testing.T, set *Set, shape Shape) {
		s := draw(rand.New(rand.NewPCG(9, 10)), shape, 1)
		total := set.NewTotal()
		total.Add(measureScores(t, set.NewMeter(), shape, s.probabilities, s.labels))
		for _, m := range total.Metrics() {
			if m.Value.Value == m.Value.Value {
				t.Errorf("%s of no valid pixel is %v", m.Name, m.Value.Value)
			}
		}
	})
}

// TestAbsentClass: a class that is nowhere does not change the mean, and nothing panics where only one class is there.
func TestAbsentClass(t *testing.T) {
	forEach(t, func(t *testing.T, set *Set, shape Shape) {
		s := draw(rand.New(rand.NewPCG(11, 12)), shape, 0)
		for i := range s.labels.Class {
			s.labels.Class[i] = 0
		}
		n := len(s.labels.Class)
		for i := range s.probabilities {
			s.probabilities[i] = 0
			if i < n && shape.Head != pass.Sigmoid {
				s.probabilities[i] = 1
			}
		}
		total := set.NewTotal()
		total.Add(measureScores(t, set.NewMeter(), shape, s.probabilities, s.labels))
		for _, x := range figures(total) {
			if math.IsInf(x, 0) {
				t.Errorf("infinite: %v", figures(total))
			}
		}
	})
}

// TestNaN: NaN logits must neither panic nor vanish; counts stay whole.
func TestNaN(t *testing.T) {
	forEach(t, func(t *testing.T, set *Set, shape Shape) {
		s := draw(rand.New(rand.NewPCG(13, 14)), shape, 0.1)
		scanner, err := pass.NewScanner(pass.Options{Channels: shape.Planes(), Classes: shape.Classes, Head: shape.Head})
		if err != nil {
			t.Fatal(err)
		}
		scores := pass.Scores{Data: slices.Clone(s.probabilities), Channels: shape.Planes(), Height: s.labels.Height, Width: s.labels.Width}
		for i := range scores.Data {
			switch i % 7 {
			case 0:
				scores.Data[i] = float32(math.NaN())
			case 3:
				scores.Data[i] = float32(math.Inf(1 - i%2*2))
			}
		}
		meter := set.NewMeter()
		meter.Reset(nil)
		predicted := &raster.Labels{Width: s.labels.Width, Height: s.labels.Height, Class: make([]int16, len(s.labels.Class))}
		if _, err := scanner.Scan(scores, pass.Window{}, s.labels, meter, keepPredictions{predicted}); err != nil {
			t.Fatal(err)
		}
		total := set.NewTotal()
		total.Add(meter.Finish(s.labels, predicted))
		figures(total)
	})
}

// TestDefinitions: every definition says what users need, and every option what it does.
func TestDefinitions(t *testing.T) {
	for _, name := range Names() {
		d := registry[name]
		if d.Range == "" || d.Undefined == "" || d.Matches == "" || strings.Contains(fmt.Sprint(d), "TODO") {
			t.Errorf("%s: incomplete: %+v", name, d)
		}
		for _, o := range d.ListOptions() {
			if o.Name == "" || o.Doc == "" {
				t.Errorf("%s: an option without name or words: %+v", name, o)
			}
		}
	}
	for group := range groups {
		if _, err := Compile(named(group), Shape{Classes: 3, Scores: true}); err != nil {
			t.Errorf("group %s: %v", group, err)
		}
	}
}

// TestSteadyState: after the first image of its size, an image costs no allocation but the states' handle.
func TestSteadyState(t *testing.T) {
	forEach(t, func(t *testing.T, set *Set, shape Shape) {
		s := draw(rand.New(rand.NewPCG(15, 16)), shape, 0.1)
		scanner, _ := pass.NewScanner(pass.Options{Channels: shape.Planes(), Classes: shape.Classes, Head: shape.Head})
		meter := set.NewMeter()
		predicted := &raster.Labels{Width: s.labels.Width, Height: s.labels.Height, Class: make([]int16, len(s.labels.Class))}
		scores := pass.Scores{Data: s.probabilities, Channels: shape.Planes(), Height: s.labels.Height, Width: s.labels.Width}
		visitors := []pass.Visitor{meter, keepPredictions{predicted}}
		image := func() {
			meter.Reset(nil)
			_, _ = scanner.Scan(scores, pass.Window{}, s.labels, visitors...)
			set.Release(meter.Finish(s.labels, predicted))
		}
		image()
		image()
		if n := testing.AllocsPerRun(5, image); n > 2 && !raceDetector { // the handle in the pool, and what the pool drops by chance
			t.Errorf("%g allocations an image", n)
		}
	})
}
