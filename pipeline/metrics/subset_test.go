package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// overSome are the totals of the same images with means over all classes, and over some.
func overSome(t *testing.T, shape Shape, over []int, names ...string) (all, some *Total) {
	t.Helper()
	var totals []*Total
	for _, o := range [][]int{nil, over} {
		shape.Over = o
		set, err := Compile(named(names...), shape)
		if err != nil {
			t.Fatal(err)
		}
		r, total, meter := rand.New(rand.NewPCG(41, 42)), set.NewTotal(), set.NewMeter()
		for range 4 {
			s := draw(r, shape, 0.1)
			total.Add(measureScores(t, meter, shape, s.probabilities, s.labels))
		}
		totals = append(totals, total)
	}
	return totals[0], totals[1]
}

// TestMeansOverSome: of every measure the mean over one class is that class's figure, to the last bit, all classes by name change
// nothing, and what is no mean over classes stays what it is.
func TestMeansOverSome(t *testing.T) {
	for _, name := range Names() {
		if registry[name].NeedsLabels {
			continue
		}
		shape := shapes["softmax of 3"]
		all, one := overSome(t, shape, []int{1}, name)
		f := &all.set.figures[0]
		switch {
		case f.Mean:
			want := f.Class(&all.states[f.accumulator], 1)
			if f.In != nil && !f.In(&all.states[f.accumulator], 1) {
				want = math.NaN()
			}
			if got := one.Metrics()[0].Value.Value; !same([]float64{got}, []float64{want}) {
				t.Errorf("%s over class 1 is %v, want %v", name, got, want)
			}
		case !f.Weighted && !same(figures(all), figures(one)):
			t.Errorf("%s: %v, want %v", name, figures(one), figures(all))
		}
		for i, m := range all.PerClass() {
			if a, b := m.Values[0].Value, one.PerClass()[i].Values[0].Value; !same([]float64{a}, []float64{b}) {
				t.Errorf("%s of class 0 is %v, want %v", m.Name, b, a)
			}
		}
		if _, every := overSome(t, shape, []int{0, 1, 2}, name); !same(figures(every), figures(all)) {
			t.Errorf("%s over all classes: %v, want %v", name, figures(every), figures(all))
		}
		if documented := strings.Contains(one.set.Docs()[name], "1 of the 3 classes"); documented != (f.Mean || f.Weighted) {
			t.Errorf("%s: documented %t: %s", name, documented, one.set.Docs()[name])
		}
	}
}

// TestViewsOverSome holds what is no plain mean of the dataset's classes against closed forms of the classes' own figures (1e-15).
func TestViewsOverSome(t *testing.T) {
	shape := shapes["softmax of 3"]
	all, some := overSome(t, shape, []int{0, 2}, "mIoU_img_classes", "mIoU_img_pairs", "fwIoU", "balanced_accuracy", "IoU", "Recall")
	got := map[string]float64{}
	for _, m := range some.Metrics() {
		got[m.Name] = m.Value.Value
	}
	m, classes := matrix{3, &all.states[0]}, all.classes[0]
	t0, t2 := float64(m.truth(0)), float64(m.truth(2))
	for name, want := range map[string]float64{
		"mIoU_img_classes":  (classes[0].mean() + classes[2].mean()) / 2,
		"mIoU_img_pairs":    (classes[0].sum + classes[2].sum) / float64(classes[0].n+classes[2].n),
		"fwIoU":             (t0*iou(m, 0) + t2*iou(m, 2)) / (t0 + t2),
		"balanced_accuracy": (recall(m, 0) + recall(m, 2)) / 2,
	} {
		if !near(got[name], want) {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
}

// TestLabelsOverSome: means over some labels that may overlap are those of the same figures without the others (1e-15: sums in the same
// order; scikit-learn's values of TestLabelsMatchSklearn are of all labels).
func TestLabelsOverSome(t *testing.T) {
	set, err := Compile(named("standard", "mcc"), Shape{Labels: 4, Scores: true, Over: []int{0, 2}})
	if err != nil {
		t.Fatal(err)
	}
	total := set.NewTotal()
	total.Add(measureLabels(t, set.NewLabelMeter(), patterned()))
	got, classes := values(total)
	// of TestLabelsMatchSklearn's counts: 60, 20, 30, 10 and 85, 18, 0, 17, with 40 and 17 true pixels
	for name, want := range map[string]float64{
		"mIoU": (classes["IoU"][0] + classes["IoU"][2]) / 2, "mDice": (classes["Dice"][0] + classes["Dice"][2]) / 2,
		"fwIoU": (40*classes["IoU"][0] + 17*classes["IoU"][2]) / 57, "aAcc": (60.0 + 10 + 85 + 17) / 240, "exactMatch": 0.39166666666666666,
	} {
		if !near(got[name], want) {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if classes["IoU"][1] != 2.0/3 {
		t.Errorf("the IoU of a label outside is %v", classes["IoU"][1])
	}
}

func TestOver(t *testing.T) {
	classes := []string{"road", "car", "person"}
	if over, err := Over([]string{"person", "road", "person"}, classes); err != nil || !slices.Equal(over, []int{0, 2}) {
		t.Errorf("%v %v", over, err)
	}
	if over, err := Over(nil, classes); err != nil || over != nil {
		t.Errorf("none: %v %v", over, err)
	}
	_, err := Over([]string{"persn"}, classes)
	if err == nil || !strings.Contains(err.Error(), `score.classes: unknown class "persn"; did you mean "person"? Known: road, car, person`) {
		t.Errorf("%v", err)
	}
}
