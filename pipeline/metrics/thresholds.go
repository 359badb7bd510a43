package metrics

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

const familyThresholds = "thresholds"

// AreaOptions are the options of areas under curves.
type AreaOptions struct {
	Thresholds int `yaml:"thresholds" doc:"0: at every distinct probability; otherwise at this many thresholds k/(n−1), 2 to 100001"`
}

// AveragePrecisionOptions are the options of average_precision.
type AveragePrecisionOptions struct {
	AreaOptions  `yaml:",inline"`
	ZeroDivision string `yaml:"zero_division" doc:"what a class without true pixels has: undefined, or zero as in scikit-learn"`
}

// CurveOptions are the options of curves.
type CurveOptions struct {
	Thresholds int `yaml:"thresholds" doc:"number of thresholds k/(n−1), 2 to 100001"`
}

// BestOptions are the options of best_f1 and best_f1_threshold.
type BestOptions struct {
	Step float64 `yaml:"step" doc:"distance of the thresholds 0, step, 2·step, … 1"`
}

// PrecisionOptions are the options of recall_at_precision and threshold_at_precision.
type PrecisionOptions struct {
	Precision float64 `yaml:"precision" doc:"the precision that is wished for, above 0 and up to 1"`
	Step      float64 `yaml:"step" doc:"distance of the thresholds 0, step, 2·step, … 1"`
}

func checkThresholds(n int) error {
	if n < 2 || n > 100001 {
		return fmt.Errorf("thresholds: expected a number from 2 to 100001, found %d", n)
	}
	return nil
}

// stepsOf is the number of steps from 0 to 1.
func stepsOf(step float64) (int, error) {
	n := math.Round(1 / step)
	if !(step >= 1e-5 && step <= 1) || math.Abs(n*step-1) > 1e-9 {
		return 0, fmt.Errorf("step: expected a part of 1 from 0.00001 on, such as 0.005, found %g", step)
	}
	return int(n), nil
}

// curveMeasure makes a measure of every class's curve: on one channel class 1's, and otherwise the mean over the classes
// where it is defined.
func curveMeasure(s Shape, from Accumulator, steps int, read func(*State, int, *curve), of func(c curve) float64) Measure {
	f := &curveFigure{fmt.Sprintf("%s at %d", from.Key(), steps), func(st *State, class int, c *curve) { read(st, s.plane(class), c) }, of}
	m := Measure{From: from, curve: f, Class: func(st *State, class int) float64 {
		c := curves.Get().(*curve)
		defer curves.Put(c)
		f.read(st, class, c)
		return of(*c)
	}}
	m.average(s.Classes, nil)
	return m
}

// gridMeasure is a curveMeasure with thresholds in steps.
func gridMeasure(s Shape, steps int, of func(c curve) float64) Measure {
	a := newGrid(s, steps)
	return curveMeasure(s, a, steps, func(st *State, plane int, c *curve) { a.read(st, plane, steps, c) }, of)
}

// areaMeasure registers a figure of a whole curve.
func areaMeasure(d Definition, of func(c curve) float64) {
	d.Family, d.NeedsScores, d.Options = familyThresholds, true, func() any { return &AreaOptions{} }
	d.New = func(options any, s Shape) (Measure, error) { return options.(*AreaOptions).measure(s, of) }
	Register(d)
}

// measure makes a figure of a whole curve.
func (o *AreaOptions) measure(s Shape, of func(c curve) float64) (Measure, error) {
	if o.Thresholds == 0 {
		a := ranks{s}
		return curveMeasure(s, a, 0, a.read, of), nil
	}
	if err := checkThresholds(o.Thresholds); err != nil {
		return Measure{}, err
	}
	return gridMeasure(s, o.Thresholds-1, of), nil
}

// newAveragePrecision makes average_precision.
func newAveragePrecision(options any, s Shape) (Measure, error) {
	o := options.(*AveragePrecisionOptions)
	of := curve.averagePrecision
	switch o.ZeroDivision {
	case "undefined":
	case "zero":
		of = func(c curve) float64 {
			if c.positives() == 0 && c.negatives() > 0 {
				return 0
			}
			return c.averagePrecision()
		}
	default:
		return Measure{}, fmt.Errorf("zero_division: expected undefined or zero, found %q", o.ZeroDivision)
	}
	return o.measure(s, of)
}

// curveList registers a curve at rising thresholds.
func curveList(name, formula, matches string, of func(c curve, i int) float64) {
	Register(Definition{Name: name, Family: familyThresholds, Formula: formula, Range: "a list with a value a threshold, in summary.json",
		Undefined: "0/0: no pixel at or above the threshold, or none of the class", Matches: matches, NeedsScores: true,
		Options: func() any { return &CurveOptions{101} },
		New: func(options any, s Shape) (Measure, error) {
			n := options.(*CurveOptions).Thresholds
			if err := checkThresholds(n); err != nil {
				return Measure{}, err
			}
			a := newGrid(s, n-1)
			list := func(st *State, class int) []float64 {
				var c curve
				a.read(st, s.plane(class), n-1, &c)
				values := make([]float64, n)
				for i := range values {
					values[n-1-i] = math.NaN()
					if len(c.tp) > 0 {
						values[n-1-i] = of(c, i)
					}
				}
				return values
			}
			m := Measure{From: a, ClassList: list}
			if s.Planes() == 1 {
				m.List = func(st *State) []float64 { return list(st, 1) }
			}
			return m, nil
		}})
}

func init() {
	introductions[familyThresholds] = `One class against the rest, by its probability; a pixel is positive from the threshold on. With one channel class 1 has the
figure; otherwise each class has, and the figure is the mean over the classes where it is defined. best_f1_threshold and
threshold_at_precision are of classes alone: a mean of thresholds serves none of them. Counts by threshold are int64 and can be
merged: memory does not grow with pixels. With thresholds: 0 every distinct float32 probability is a
threshold of its own while a class has at most 16384 of them; beyond that as many low bits of the probabilities are dropped
as must be, and auroc_bound says by how much auroc can be off. Group thresholds takes 1001 thresholds.`
	grid1001 := func(o *AreaOptions) { o.Thresholds = fineSteps + 1 }
	groups["thresholds"] = slices.Concat([]Spec{with("auroc", "1001", grid1001), with("auroc_bound", "1001", grid1001),
		with("average_precision", "1001", func(o *AveragePrecisionOptions) { grid1001(&o.AreaOptions) })},
		named("best_f1", "best_f1_threshold", "recall_at_precision", "threshold_at_precision", "pr_curve_precision", "pr_curve_recall", "roc_curve_fpr", "roc_curve_tpr"))
	areaMeasure(Definition{Name: "auroc", Formula: "Area under the ROC curve by trapezoids, from (0, 0): the share of pairs of a pixel of the class and another one that are in order, ties counting half.",
		Range: "1 to 0", Undefined: "a class without true pixels, or without others; a NaN probability", Matches: "scikit-learn roc_auc_score; binned it is torchmetrics binary_auroc(thresholds=n) but for the point (0, 0)",
		Paper: "Fawcett, An introduction to ROC analysis, 2006"}, curve.area)
	areaMeasure(Definition{Name: "auroc_bound", Formula: "The most by which auroc can differ from its value at every distinct probability: half of Σ over steps of the step's pixels of the class times its others, over all such pairs.",
		Range: "0 to 0.5", Undefined: "where auroc is", Matches: "closed form"}, curve.bound)
	Register(Definition{Name: "average_precision", Family: familyThresholds, NeedsScores: true, Formula: "Average precision: Σ (R_n − R_{n−1})·P_n over falling thresholds, without interpolation.",
		Range: "1 to 0", Undefined: "a class without true pixels; a NaN probability", Matches: "scikit-learn average_precision_score; binned it is torchmetrics binary_average_precision(thresholds=n)",
		Options: func() any { return &AveragePrecisionOptions{ZeroDivision: "undefined"} }, New: newAveragePrecision})
	bestMeasure("best_f1", "The largest F1 of any threshold.", func(c curve) float64 { f1, _ := c.bestF1(); return f1 })
	bestMeasure("best_f1_threshold", "The lowest threshold that reaches the largest F1.", func(c curve) float64 { _, t := c.bestF1(); return t })
	precisionMeasure("recall_at_precision", "The largest recall of a threshold whose precision is at least as wished.", func(c curve, p float64) float64 { r, _ := c.atPrecision(p); return r })
	precisionMeasure("threshold_at_precision", "The lowest threshold whose precision is at least as wished.", func(c curve, p float64) float64 { _, t := c.atPrecision(p); return t })
	curveList("pr_curve_precision", "Precision at every threshold k/(n−1).", "scikit-learn precision_score(zero_division=nan); torchmetrics adds a last point (P, R) = (1, 0)",
		func(c curve, i int) float64 { return ratio(c.tp[i], c.tp[i]+c.fp[i]) })
	curveList("pr_curve_recall", "Recall at every threshold k/(n−1).", "scikit-learn recall_score", func(c curve, i int) float64 { return ratio(c.tp[i], c.positives()) })
	curveList("roc_curve_fpr", "False positive rate at every threshold k/(n−1), rising.", "1 − scikit-learn recall_score of the rest; torchmetrics has falling order", func(c curve, i int) float64 { return ratio(c.fp[i], c.negatives()) })
	curveList("roc_curve_tpr", "True positive rate at every threshold k/(n−1), rising.", "scikit-learn recall_score; torchmetrics has falling order", func(c curve, i int) float64 { return ratio(c.tp[i], c.positives()) })
}

// ownThreshold leaves out the mean over classes where the figure is a threshold: each class has its own, and none is served by their
// mean.
func ownThreshold(name string, s Shape, m Measure) Measure {
	if !strings.Contains(name, "threshold") {
		return m
	}
	m.Plain, m.Apart = true, true
	if s.Planes() > 1 {
		m.Scalar, m.Mean = nil, false
	}
	return m
}

func bestMeasure(name, formula string, of func(c curve) float64) {
	Register(Definition{Name: name, Family: familyThresholds, Formula: formula, Range: "1 to 0", Undefined: "a class without true pixels; a NaN probability",
		Matches: "scikit-learn f1_score at p ≥ threshold", NeedsScores: true, Options: func() any { return &BestOptions{0.005} },
		New: func(options any, s Shape) (Measure, error) {
			steps, err := stepsOf(options.(*BestOptions).Step)
			if err != nil {
				return Measure{}, err
			}
			return ownThreshold(name, s, gridMeasure(s, steps, of)), nil
		}})
}

func precisionMeasure(name, formula string, of func(c curve, wished float64) float64) {
	Register(Definition{Name: name, Family: familyThresholds, Formula: formula, Range: "1 to 0",
		Undefined: "no threshold is that precise, or a class without true pixels; a NaN probability", Matches: "scikit-learn precision_recall_curve; torchmetrics recall_at_fixed_precision",
		NeedsScores: true, Options: func() any { return &PrecisionOptions{0.9, 0.005} },
		New: func(options any, s Shape) (Measure, error) {
			o := options.(*PrecisionOptions)
			steps, err := stepsOf(o.Step)
			if err == nil && !(o.Precision > 0 && o.Precision <= 1) {
				err = fmt.Errorf("precision: expected a number above 0 and up to 1, found %g", o.Precision)
			}
			if err != nil {
				return Measure{}, err
			}
			return ownThreshold(name, s, gridMeasure(s, steps, func(c curve) float64 { return of(c, o.Precision) })), nil
		}})
}
