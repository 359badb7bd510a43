package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
)

// overlapping is an image whose labels overlap.
type overlapping struct {
	labels, width, height int
	truth                 []int16 // labels planes
	logits                []float32
}

// measureLabels measures one image.
func measureLabels(t testing.TB, m *LabelMeter, o *overlapping) []State {
	t.Helper()
	scanner, err := pass.NewLabelScanner(pass.LabelOptions{Labels: o.labels})
	if err != nil {
		t.Fatal(err)
	}
	m.Reset(o.width, o.height, nil)
	scores := pass.Scores{Data: o.logits, Channels: o.labels, Height: o.height, Width: o.width}
	if _, err := scanner.Scan(scores, pass.Window{}, &pass.PlaneTruth{Width: o.width, Height: o.height, Planes: o.truth}, m); err != nil {
		t.Fatal(err)
	}
	return m.Finish()
}

// patterned are 120 pixels of four labels, the last of which is never there.
func patterned() *overlapping {
	o := &overlapping{labels: 4, width: 12, height: 10, truth: make([]int16, 480), logits: make([]float32, 480)}
	truth := []func(i int) bool{func(i int) bool { return i%3 == 0 }, func(i int) bool { return i%5 < 2 }, func(i int) bool { return i%7 == 1 }, func(int) bool { return false }}
	predicted := []func(i int) bool{func(i int) bool { return i%4 == 0 }, func(i int) bool { return i%5 < 3 }, func(i int) bool { return i%7 < 2 }, func(int) bool { return false }}
	for c := range 4 {
		for i := range 120 {
			o.logits[c*120+i] = -1
			if predicted[c](i) {
				o.logits[c*120+i] = 1
			}
			if truth[c](i) {
				o.truth[c*120+i] = 1
			}
		}
	}
	return o
}

func values(total *Total) (scalars map[string]float64, classes map[string][]float64) {
	scalars, classes = map[string]float64{}, map[string][]float64{}
	for _, m := range total.Metrics() {
		scalars[m.Name] = m.Value.Value
	}
	for _, m := range total.PerClass() {
		for _, v := range m.Values {
			classes[m.Name] = append(classes[m.Name], v.Value)
		}
	}
	return scalars, classes
}

// TestLabelsMatchSklearn holds several labels against scikit-learn 1.9.1, whose values stand here in full (1e-15):
// multilabel_confusion_matrix; precision_score, recall_score and f1_score(average=None, zero_division=nan); jaccard_score of
// the first three labels, macro and weighted; accuracy_score; 1 − hamming_loss.
func TestLabelsMatchSklearn(t *testing.T) {
	set, err := Compile(named("standard", "mcc"), Shape{Labels: 4, Scores: true})
	if err != nil {
		t.Fatal(err)
	}
	total, meter := set.NewTotal(), set.NewLabelMeter()
	total.Add(measureLabels(t, meter, patterned()))
	want := []int64{60, 20, 30, 10, 48, 24, 0, 48, 85, 18, 0, 17, 120, 0, 0, 0}
	if got := total.LabelCounts(); !slices.Equal(got, want) || !slices.Equal(meter.Counts(nil), want) || meter.Pixels() != 120 {
		t.Errorf("counts %v of %d pixels, want %v", got, meter.Pixels(), want)
	}
	nan := math.NaN()
	scalars, classes := values(total)
	for name, want := range map[string][]float64{
		"IoU":       {0.16666666666666666, 0.6666666666666666, 0.4857142857142857, nan},
		"Dice":      {0.2857142857142857, 0.8, 0.6538461538461539, nan},
		"Fscore":    {0.2857142857142857, 0.8, 0.6538461538461539, nan},
		"Precision": {0.3333333333333333, 0.6666666666666666, 0.4857142857142857, nan},
		"Recall":    {0.25, 1, 1, nan},
		"Acc":       {0.25, 1, 1, nan},
	} {
		if got := classes[name]; !slices.EqualFunc(got, want, near) || !slices.EqualFunc(classes[name+"_img"], want, near) {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	for name, want := range map[string]float64{"mIoU": 0.4396825396825397, "fwIoU": 0.4468934240362812, "mDice": 0.5798534798534799,
		"exactMatch": 0.39166666666666666, "exactMatch_img": 0.39166666666666666, "aAcc": 0.8083333333333333, "mRecall": 0.75} {
		if got, ok := scalars[name]; !ok || !near(got, want) {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if got := meter.MeanIoU(); !near(got, 0.4396825396825397) {
		t.Errorf("the image's mIoU is %v", got)
	}
}

func near(a, b float64) bool { return a != a && b != b || math.Abs(a-b) < 1e-15 }

// TestLabelsAreBinaryProblems: every measure of every label is what the same measure says of a one-channel head, bit for
// bit; labels are ignored one by one.
func TestLabelsAreBinaryProblems(t *testing.T) {
	const labels = 3
	r := rand.New(rand.NewPCG(3, 4))
	binary := Shape{Head: pass.Sigmoid, Classes: 2, Scores: true}
	var images []*overlapping
	for range 3 {
		o := &overlapping{labels: labels, width: 19, height: 31}
		for range labels * 19 * 31 {
			o.truth = append(o.truth, int16(r.IntN(3)-1))
			o.logits = append(o.logits, float32(r.NormFloat64()))
		}
		images = append(images, o)
	}
	for _, name := range Names() {
		if registry[name].NeedsLabels {
			continue
		}
		t.Run(name, func(t *testing.T) {
			set, err := Compile(named(name), Shape{Labels: labels, Scores: true})
			if err != nil {
				t.Fatal(err)
			}
			total, meter := set.NewTotal(), set.NewLabelMeter()
			for _, o := range images {
				states := measureLabels(t, meter, o)
				total.Add(states)
				set.Release(states)
			}
			alone, err := Compile(named(name), binary)
			if err != nil {
				t.Fatal(err)
			}
			for c := range labels {
				one := alone.NewTotal()
				for _, o := range images {
					one.Add(measureOne(t, alone.NewMeter(), o, c))
				}
				want, got := &alone.figures[0], &set.figures[0]
				state := set.accumulators[got.accumulator].(perLabel).at(&total.states[got.accumulator], c)
				if !slices.Equal(state.Counts, one.states[want.accumulator].Counts) || !same(state.Sums, one.states[want.accumulator].Sums) {
					t.Fatalf("label %d: another state than alone", c)
				}
				if want.Class != nil && !same([]float64{got.Class(&total.states[got.accumulator], c)}, []float64{want.Class(&one.states[want.accumulator], 1)}) {
					t.Errorf("label %d has another value than alone", c)
				}
			}
			if got := total.PerClass(); len(got) > 0 && len(got[0].Values) != labels || len(got)+len(total.Metrics()) == 0 {
				t.Errorf("%+v", got)
			}
			means := alone.Means()
			if set.figures[0].Apart { // of labels it has none
				means = nil
			}
			if a := set.Means(); !slices.Equal(a, means) || !slices.Equal(set.PerClass(), alone.PerClass()) {
				t.Errorf("other columns than alone: %v %v", a, set.PerClass())
			}
		})
	}
}

// TestErrorsOfLabelsAddUp: the four kinds of wrong decisions sum to 1 − aAcc (tolerance: 4 roundings, 4·2⁻⁵³), in an image, over all
// of them and over some of the labels.
func TestErrorsOfLabelsAddUp(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, over := range [][]int{nil, {0, 2}} {
		set, err := Compile(named("error_boundary", "error_confusion", "error_missed", "error_invented", "aAcc"), Shape{Labels: 3, Scores: true, Over: over})
		if err != nil {
			t.Fatal(err)
		}
		all, meter := set.NewTotal(), set.NewLabelMeter()
		check := func(total *Total) {
			s, _ := values(total)
			sum := s["error_boundary"] + s["error_confusion"] + s["error_missed"] + s["error_invented"]
			if want := 1 - s["aAcc"]; !(want > 0.1 && math.Abs(sum-want) <= 4*0x1p-53) {
				t.Errorf("over labels %v: the shares sum to %v, want 1 − aAcc = %v", over, sum, want)
			}
		}
		for range 5 {
			o := &overlapping{labels: 3, width: 23, height: 17}
			for range o.labels * o.width * o.height {
				o.truth, o.logits = append(o.truth, int16(r.IntN(3)-1)), append(o.logits, float32(r.NormFloat64()))
			}
			one, states := set.NewTotal(), measureLabels(t, meter, o)
			one.Add(states)
			all.Add(states)
			check(one)
		}
		check(all)
	}
}

// measureOne measures one label as a one-channel head.
func measureOne(t *testing.T, m *Meter, o *overlapping, label int) []State {
	t.Helper()
	scanner, err := pass.NewScanner(pass.Options{Channels: 1, Classes: 2, Head: pass.Sigmoid})
	if err != nil {
		t.Fatal(err)
	}
	plane := o.width * o.height
	truth := &raster.Labels{Width: o.width, Height: o.height, Class: o.truth[label*plane:][:plane]}
	predicted := &raster.Labels{Width: o.width, Height: o.height, Class: make([]int16, plane)}
	m.Reset(nil)
	scores := pass.Scores{Data: o.logits[label*plane:][:plane], Channels: 1, Height: o.height, Width: o.width}
	if _, err := scanner.Scan(scores, pass.Window{}, truth, m, keepPredictions{predicted}); err != nil {
		t.Fatal(err)
	}
	return m.Finish(truth, predicted)
}

// TestExactMatchIgnores: a label that is ignored counts neither way, and a pixel without any valid label not at all.
func TestExactMatchIgnores(t *testing.T) {
	set, err := Compile(named("exactMatch", "exactMatch_p5", "aAcc"), Shape{Labels: 2, Scores: true})
	if err != nil {
		t.Fatal(err)
	}
	o := &overlapping{labels: 2, width: 4, height: 1, truth: []int16{1, 1, -1, -1, 0, -1, 1, -1}, logits: []float32{1, 1, 1, 1, 1, 1, 1, 1}}
	total := set.NewTotal()
	total.Add(measureLabels(t, set.NewLabelMeter(), o)) // pixel 0 is wrong, 1 and 2 are right, 3 is ignored
	scalars, _ := values(total)
	for name, want := range map[string]float64{"exactMatch": 2. / 3, "exactMatch_img": 2. / 3, "exactMatch_p5": 2. / 3, "aAcc": 3. / 4} {
		if got := scalars[name]; !near(got, want) {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	var none []record.MetricValue
	if none = set.NewTotal().Metrics(); none[0].Value.Status != "undefined" {
		t.Errorf("of no image: %+v", none)
	}
}

func TestExactMatchNeedsLabels(t *testing.T) {
	if _, err := Compile(named("exactMatch"), Shape{Classes: 3, Scores: true}); err == nil || !strings.Contains(err.Error(), "may overlap") {
		t.Errorf("%v", err)
	}
	if _, err := Compile(named("mIuO", "exactMatch"), Shape{Labels: 3, Scores: true}); err == nil || !strings.Contains(err.Error(), "mIoU") {
		t.Errorf("%v", err)
	}
}

// TestLabelSteadyState: after the first image of its size, an image costs no allocation but the states' handles.
func TestLabelSteadyState(t *testing.T) {
	set, err := Compile(named("standard"), Shape{Labels: 4, Scores: true})
	if err != nil {
		t.Fatal(err)
	}
	o, meter := patterned(), set.NewLabelMeter()
	scanner, err := pass.NewLabelScanner(pass.LabelOptions{Labels: 4})
	if err != nil {
		t.Fatal(err)
	}
	truth, visitors := &pass.PlaneTruth{Width: o.width, Height: o.height, Planes: o.truth}, []pass.LabelVisitor{meter}
	image := func() {
		meter.Reset(o.width, o.height, nil)
		_, _ = scanner.Scan(pass.Scores{Data: o.logits, Channels: 4, Height: o.height, Width: o.width}, pass.Window{}, truth, visitors...)
		set.Release(meter.Finish())
	}
	image()
	if n := testing.AllocsPerRun(10, image); n > 8 && !raceDetector { // a handle a label and one more, and what the pools drop by chance
		t.Errorf("%g allocations an image", n)
	}
}
