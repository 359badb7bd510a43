package metrics

import (
	"fmt"
	"math"
)

func init() {
	classMeasure("Specificity", "mSpecificity", Definition{Formula: "Share of the pixels that are not of the class and not predicted as it, TN / (TN + FP).",
		Range: "1 to 0", Undefined: "every valid pixel is of the class", Matches: "scikit-learn recall_score of the complement"}, specificity)
	classMeasure("accuracy_ovr", "maccuracy_ovr", Definition{Formula: "Accuracy of the class against the rest, (TP + TN) / pixels; not mmsegmentation's Acc.",
		Range: "1 to 0", Undefined: "no valid pixel", Matches: "scikit-learn accuracy_score(truth == c, prediction == c)"}, accuracyAgainstRest)
	weightedMeasure(Definition{Name: "balanced_accuracy", Formula: "Mean recall of the classes that have true pixels; the same as mAcc.",
		Range: "1 to 0", Undefined: "no valid pixel", Matches: "scikit-learn balanced_accuracy_score"}, balancedAccuracy, nil)
	wholeMeasure(Definition{Name: "kappa", Formula: "Cohen's kappa: (p_o − p_e) / (1 − p_e), p_o the pixel accuracy and p_e what independent labels of the same frequencies would reach.",
		Range: "1 to −1", Undefined: "no valid pixel, or one class in truth and prediction alike (0/0)", Matches: "scikit-learn cohen_kappa_score",
		Paper: "Cohen, A coefficient of agreement for nominal scales, 1960"}, kappa)
	Register(Definition{Name: "mcc", Family: familyOverlap, Formula: "Matthews correlation of several classes (R_K): (n·Σ TP_c − Σ t_c·p_c) / √((n² − Σ p_c²)·(n² − Σ t_c²)), t_c and p_c the class's true and predicted pixels.",
		Range: "1 to −1", Undefined: "0/0: one class alone in truth or in prediction; scikit-learn says 0, as does zero_division: zero", Matches: "scikit-learn matthews_corrcoef",
		Paper:   "Gorodkin, Comparing two K-category assignments by a K-category correlation coefficient, 2004",
		Options: func() any { return &MCCOptions{ZeroDivision: "undefined"} },
		New:     newMCC})
}

// MCCOptions are the options of mcc.
type MCCOptions struct {
	ZeroDivision string `yaml:"zero_division" doc:"what 0/0 is: undefined, or zero as in scikit-learn"`
}

func newMCC(options any, s Shape) (Measure, error) {
	o := options.(*MCCOptions)
	if o.ZeroDivision != "undefined" && o.ZeroDivision != "zero" {
		return Measure{}, fmt.Errorf("zero_division: expected undefined or zero, found %q", o.ZeroDivision)
	}
	return Measure{From: confusions{s.Classes}, Scalar: func(st *State) (float64, int) {
		m := matrix{s.Classes, st}
		v := matthews(m)
		if math.IsNaN(v) && m.pixels() > 0 && o.ZeroDivision == "zero" {
			v = 0
		}
		return v, 1
	}}, nil
}

func specificity(m matrix, c int) float64 {
	others := m.pixels() - m.truth(c)
	return quotient(others-(m.predicted(c)-m.right(c)), others)
}

func accuracyAgainstRest(m matrix, c int) float64 {
	wrong := m.truth(c) + m.predicted(c) - 2*m.right(c)
	return quotient(m.pixels()-wrong, m.pixels())
}

func balancedAccuracy(m matrix, s Shape) float64 {
	sum, n := 0.0, 0.0
	for c := range m.classes {
		if m.truth(c) > 0 && s.over(c) {
			sum += recall(m, c)
			n++
		}
	}
	return ratio(sum, n)
}

// margins are Σ t·p, Σ t² and Σ p² over the classes; t and p are shares of the pixels.
func (m matrix) margins() (cross, truth, predicted float64) {
	n := float64(m.pixels())
	for c := range m.classes {
		t, p := float64(m.truth(c))/n, float64(m.predicted(c))/n
		cross += t * p
		truth += t * t
		predicted += p * p
	}
	return cross, truth, predicted
}

func kappa(m matrix) float64 {
	if m.pixels() == 0 {
		return math.NaN()
	}
	expected, _, _ := m.margins()
	return ratio(quotient(m.correct(), m.pixels())-expected, 1-expected)
}

func matthews(m matrix) float64 {
	if m.pixels() == 0 {
		return math.NaN()
	}
	cross, truth, predicted := m.margins()
	return ratio(quotient(m.correct(), m.pixels())-cross, math.Sqrt((1-truth)*(1-predicted)))
}
