package record

import "testing"

// TestFigures: a measure is found under a label of its own; how its images are brought together is another figure.
func TestFigures(t *testing.T) {
	s := &Summary{Classes: []string{"a"}, Metrics: []MetricValue{{Name: "fifth", Value: Value{Value: 0.1}}, {Name: "mine", Value: Value{Value: 0.5}}, {Name: "mDice", Value: Value{Value: 0.7}},
		{Name: "bins", Value: Value{Values: []float64{1, 2}}}}, PerClass: []ClassMetric{{Name: "strict", Values: []Value{{Value: 0.4, Values: []float64{3}}}}}}
	f := Figures{s, map[string]string{"fifth": "mIoU_p5", "mine": "mIoU", "bins": "reliability_pixels", "strict": "IoU"}}
	if v, name, ok := f.Scalar("mIoU"); !ok || name != "mine" || v.Value != 0.5 {
		t.Errorf("mIoU: %v of %q, %v", v, name, ok)
	}
	if v, name, ok := f.Scalar("mDice"); !ok || name != "mDice" || v.Value != 0.7 {
		t.Errorf("mDice, which has no label: %v of %q, %v", v, name, ok)
	}
	if _, _, ok := f.Scalar("mine"); ok {
		t.Error("a label is taken for a measure")
	}
	if got := f.List("reliability_pixels"); len(got) != 2 {
		t.Errorf("the list is %v", got)
	}
	if got := f.ClassLists("IoU"); len(got) != 1 || got[0][0] != 3 {
		t.Errorf("the classes' lists are %v", got)
	}
	if f.List("mIoU") != nil || f.ClassValues("Dice") != nil {
		t.Error("there is what was not measured")
	}
}
