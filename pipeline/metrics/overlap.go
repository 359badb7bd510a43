package metrics

import (
	"fmt"
	"math"
)

// familyOverlap holds functions of the confusion matrix.
const familyOverlap = "confusion matrix"

// classMeasure registers a measure of a class by its name, and its mean over the classes where it is defined.
func classMeasure(name, mean string, d Definition, of func(m matrix, class int) float64) {
	d.Options = func() any { o := defaultZeroDivision(); return &o }
	optionMeasure(name, mean, d, func(options any) (func(matrix, int) float64, error) { return options.(*ZeroDivisionOptions).fill(of) })
}

// ZeroDivisionOptions are the options of measures of a class.
type ZeroDivisionOptions struct {
	ZeroDivision string `yaml:"zero_division" doc:"what 0/0 is where there is a valid pixel: undefined and left out of means, zero (scikit-learn's default), or one"`
}

func defaultZeroDivision() ZeroDivisionOptions { return ZeroDivisionOptions{"undefined"} }

// fill puts the value in the place of 0/0.
func (o *ZeroDivisionOptions) fill(of func(m matrix, class int) float64) (func(m matrix, class int) float64, error) {
	value := 0.0
	switch o.ZeroDivision {
	case "undefined":
		return of, nil
	case "zero":
	case "one":
		value = 1
	default:
		return nil, fmt.Errorf("zero_division: expected undefined, zero or one, found %q", o.ZeroDivision)
	}
	return func(m matrix, class int) float64 {
		v := of(m, class)
		if math.IsNaN(v) && m.pixels() > 0 {
			return value
		}
		return v
	}, nil
}

// optionMeasure is classMeasure of a measure with options.
func optionMeasure(name, mean string, d Definition, with func(options any) (func(matrix, int) float64, error)) {
	compile := func(options any, s Shape) (Measure, error) {
		of, err := with(options)
		m := Measure{From: confusions{s.Classes}}
		m.Class = func(st *State, c int) float64 { return of(matrix{s.Classes, st}, c) }
		return m, err
	}
	d.Name, d.Family = name, familyOverlap
	d.New = compile
	Register(d)
	d.Name, d.Formula = mean, "Mean over the classes where it is defined of "+name+": "+d.Formula
	d.New = func(options any, s Shape) (Measure, error) {
		m, err := compile(options, s)
		m.average(s.Classes, nil)
		m.Hidden = true
		return m, err
	}
	Register(d)
}

// wholeMeasure registers a measure of the whole matrix.
func wholeMeasure(d Definition, of func(m matrix) float64) { pooledMeasure(d, of, nil) }

// weightedMeasure registers a measure of the classes that means are over, which is no plain mean of theirs.
func weightedMeasure(d Definition, of func(m matrix, s Shape) float64, labels func(labels int, at func(int) *State) float64) {
	d.Family = familyOverlap
	d.New = func(_ any, s Shape) (Measure, error) {
		return Measure{From: confusions{s.Classes}, Weighted: true, Scalar: func(st *State) (float64, int) { return of(matrix{s.Classes, st}, s), 1 }, Labels: labels}, nil
	}
	Register(d)
}

// pooledMeasure is wholeMeasure of one that of labels that may overlap is no mean over the labels.
func pooledMeasure(d Definition, of func(m matrix) float64, labels func(labels int, at func(int) *State) float64) {
	d.Family = familyOverlap
	d.New = func(_ any, s Shape) (Measure, error) {
		return Measure{From: confusions{s.Classes}, Scalar: func(st *State) (float64, int) { return of(matrix{s.Classes, st}), 1 }, Labels: labels}, nil
	}
	Register(d)
}

func init() {
	pooledMeasure(Definition{Name: "aAcc", Formula: "Pixel accuracy: the share of valid pixels that are right.",
		Range: "1 to 0", Undefined: "no valid pixel", Matches: "scikit-learn accuracy_score; mmsegmentation aAcc"},
		func(m matrix) float64 { return quotient(m.correct(), m.pixels()) }, rightDecisions)
	weightedMeasure(Definition{Name: "fwIoU", Formula: "IoU weighted by the class's share of the true pixels.",
		Range: "1 to 0", Undefined: "no valid pixel", Matches: "scikit-learn jaccard_score(average='weighted')"}, frequencyWeightedIoU, labelWeightedIoU)
	classMeasure("IoU", "mIoU", Definition{Formula: "Intersection over union (Jaccard): TP / (TP + FP + FN).",
		Range: "1 to 0", Undefined: "a class in neither truth nor prediction; one that is predicted and never true has 0",
		Matches: "mmsegmentation IoUMetric, Cityscapes; scikit-learn jaccard_score(average=None)"}, iou)
	classMeasure("Acc", "mAcc", Definition{Formula: "Class accuracy: the share of the class's true pixels that are right, TP / (TP + FN).",
		Range: "1 to 0", Undefined: "a class without true pixels", Matches: "mmsegmentation's Acc; scikit-learn recall_score"}, recall)
	classMeasure("Dice", "mDice", Definition{Formula: "Dice coefficient: 2·TP / (2·TP + FP + FN).",
		Range: "1 to 0", Undefined: "a class in neither truth nor prediction", Matches: "scikit-learn f1_score(zero_division=nan)"}, dice)
	optionMeasure("Fscore", "mFscore", Definition{Formula: "F-score: (1+β²)·TP / ((1+β²)·TP + β²·FN + FP); with β = 1, as a pixel measure, it equals Dice.",
		Range: "1 to 0", Undefined: "a class in neither truth nor prediction; TP = 0 with something there is 0",
		Matches: "scikit-learn fbeta_score(zero_division=nan)", Options: func() any { return &FscoreOptions{1, defaultZeroDivision()} }}, fscore)
	classMeasure("Precision", "mPrecision", Definition{Formula: "Share of the pixels predicted as the class that are of it, TP / (TP + FP).",
		Range: "1 to 0", Undefined: "a class that is never predicted", Matches: "scikit-learn precision_score(zero_division=nan)"}, precision)
	classMeasure("Recall", "mRecall", Definition{Formula: "Share of the class's true pixels that are found, TP / (TP + FN).",
		Range: "1 to 0", Undefined: "a class without true pixels", Matches: "scikit-learn recall_score(zero_division=nan)"}, recall)
}

// FscoreOptions are the options of Fscore.
type FscoreOptions struct {
	Beta                float64 `yaml:"beta" doc:"how many times recall counts as much as precision, > 0"`
	ZeroDivisionOptions `yaml:",inline"`
}

func fscore(options any) (func(matrix, int) float64, error) {
	o := options.(*FscoreOptions)
	square := o.Beta * o.Beta
	if !(o.Beta > 0 && o.Beta < 1e6) {
		return nil, fmt.Errorf("beta: expected a number above 0 and below a million, found %g", o.Beta)
	}
	return o.fill(func(m matrix, c int) float64 {
		tp := (1 + square) * float64(m.right(c))
		missed, extra := float64(m.truth(c)-m.right(c)), float64(m.predicted(c)-m.right(c))
		return ratio(tp, tp+square*missed+extra)
	})
}

func frequencyWeightedIoU(m matrix, s Shape) float64 {
	sum, pixels := 0.0, int64(0)
	for c := range m.classes {
		if truth := m.truth(c); truth > 0 && s.over(c) {
			sum += float64(truth) * iou(m, c)
			pixels += truth
		}
	}
	return ratio(sum, float64(pixels))
}

// rightDecisions is the share of all labels' decisions that are right.
func rightDecisions(labels int, at func(int) *State) float64 {
	var right, all int64
	for c := range labels {
		m := matrix{2, at(c)}
		right += m.correct()
		all += m.pixels()
	}
	return quotient(right, all)
}

// labelWeightedIoU is the mean of the labels' IoU, weighted by their true pixels.
func labelWeightedIoU(labels int, at func(int) *State) float64 {
	sum, all := 0.0, 0.0
	for c := range labels {
		m := matrix{2, at(c)}
		if truth := float64(m.truth(1)); truth > 0 {
			sum += truth * iou(m, 1)
			all += truth
		}
	}
	return ratio(sum, all)
}

func iou(m matrix, c int) float64 { return quotient(m.right(c), m.truth(c)+m.predicted(c)-m.right(c)) }

func dice(m matrix, c int) float64 { return quotient(2*m.right(c), m.truth(c)+m.predicted(c)) }

func precision(m matrix, c int) float64 { return quotient(m.right(c), m.predicted(c)) }

func recall(m matrix, c int) float64 { return quotient(m.right(c), m.truth(c)) }
