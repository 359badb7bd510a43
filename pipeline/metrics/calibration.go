package metrics

import (
	"fmt"
	"math"
)

const familyCalibration = "calibration"

// CalibrationOptions are the options of the calibration errors.
type CalibrationOptions struct {
	Bins    int    `yaml:"bins" doc:"number of bins, 1 to 1000"`
	Binning string `yaml:"binning" doc:"width: bins of equal width; mass: of equally many pixels"`
	Of      string `yaml:"of" doc:"predicted: confidence of the predicted class against its being right; positive: probability of class 1 against its frequency (two classes; torchmetrics' binary form)"`
	Closed  string `yaml:"closed" doc:"left: bins [a, b), confidence 1 in the last; right: bins (a, b] (scikit-learn); own: left, and exactly 1 in a bin of its own (torchmetrics)"`
}

func defaultCalibration() any {
	return &CalibrationOptions{Bins: 15, Binning: "width", Of: "predicted", Closed: "left"}
}

// accumulator checks the options.
func (o *CalibrationOptions) accumulator(s Shape) (confidences, error) {
	a := confidences{shape: s, bins: o.Bins, closed: o.Closed, positive: o.Of == "positive", mass: o.Binning == "mass"}
	switch {
	case o.Bins < 1 || o.Bins > 1000:
		return a, fmt.Errorf("bins: expected a number from 1 to 1000, found %d", o.Bins)
	case o.Binning != "width" && o.Binning != "mass":
		return a, fmt.Errorf("binning: expected width or mass, found %q", o.Binning)
	case o.Of != "predicted" && o.Of != "positive":
		return a, fmt.Errorf("of: expected predicted or positive, found %q", o.Of)
	case o.Closed != "left" && o.Closed != "right" && o.Closed != "own":
		return a, fmt.Errorf("closed: expected left, right or own, found %q", o.Closed)
	case a.positive && s.Classes != 2:
		return a, fmt.Errorf("of: positive is for two classes; there are %d: classwise_ece has an error for each", s.Classes)
	}
	if a.mass {
		a.bins, a.closed = massBins, "left"
	} else if fineBins%a.bins == 0 {
		a.bins = fineBins
	}
	return a, nil
}

// calibrationError registers a norm of the bins' gaps.
func calibrationError(d Definition, norm func(bins []bin) float64) {
	d.Family, d.Options, d.NeedsScores = familyCalibration, defaultCalibration, true
	d.Range, d.Undefined = "0 to 1", "no valid pixel, or a valid pixel with a NaN probability"
	d.New = func(options any, s Shape) (Measure, error) {
		o := options.(*CalibrationOptions)
		a, err := o.accumulator(s)
		return Measure{From: a, Scalar: func(st *State) (float64, int) {
			bins, ok := a.read(st, o.Bins)
			if !ok {
				return math.NaN(), 1
			}
			return norm(bins), 1
		}}, err
	}
	Register(d)
}

// curve registers a list with a value a bin.
func reliabilityCurve(name, formula string, of func(b bin) float64) {
	Register(Definition{Name: name, Family: familyCalibration, Formula: formula, Range: "a list with a value a bin, in summary.json",
		Undefined: "an empty bin", Matches: "scikit-learn calibration_curve of the predicted class", NeedsScores: true, Options: defaultCalibration,
		New: func(options any, s Shape) (Measure, error) {
			o := options.(*CalibrationOptions)
			a, err := o.accumulator(s)
			return Measure{From: a, Plain: true, List: func(st *State) []float64 {
				bins, _ := a.read(st, o.Bins)
				values := make([]float64, len(bins))
				for i, b := range bins {
					values[i] = of(b)
				}
				return values
			}}, err
		}})
}

func init() {
	introductions[familyCalibration] = `Each pixel's confidence is the probability of its predicted class (with one channel: max(p, 1−p) at the threshold 0.5). Bins
hold counts and a sum of confidences: memory does not grow with pixels. Bins of equal mass are brought together of 4097 fine
bins, 128 an octave of 1 − confidence: a pixel can stand in the neighbour of its bin where the border falls into its fine bin,
which moves the error by no more than the share of pixels in such fine bins. Those of a class's probability are 1024: 16 an octave of the
probability below a half, and of 1 minus it above.`
	groups["calibration"] = named("ece", "rmsce", "mce", "classwise_ece", "brier", "nll", "reliability_confidence", "reliability_accuracy", "reliability_pixels",
		"reliability_class_probability", "reliability_class_frequency", "reliability_class_pixels")
	calibrationError(Definition{Name: "ece", Formula: "Expected calibration error: Σ over bins of the share of pixels times |accuracy − mean confidence|.",
		Matches: "torchmetrics calibration_error(norm='l1'); scikit-learn calibration_curve",
		Paper:   "Guo et al., On calibration of modern neural networks, 2017"}, func(bins []bin) float64 {
		sum, pixels := 0.0, 0.0
		for _, b := range bins {
			sum += math.Abs(b.right - b.confidence)
			pixels += b.pixels
		}
		return sum / pixels
	})
	calibrationError(Definition{Name: "rmsce", Formula: "Root mean square calibration error: √ Σ over bins of the share of pixels times (accuracy − mean confidence)².",
		Matches: "torchmetrics calibration_error(norm='l2')"}, func(bins []bin) float64 {
		sum, pixels := 0.0, 0.0
		for _, b := range bins {
			if b.pixels > 0 {
				sum += b.pixels * b.gap() * b.gap()
			}
			pixels += b.pixels
		}
		return math.Sqrt(sum / pixels)
	})
	calibrationError(Definition{Name: "mce", Formula: "Maximum calibration error: the largest |accuracy − mean confidence| of a bin.",
		Matches: "torchmetrics calibration_error(norm='max')"}, func(bins []bin) float64 {
		largest := 0.0
		for _, b := range bins {
			if b.pixels > 0 {
				largest = max(largest, b.gap())
			}
		}
		return largest
	})
	reliabilityCurve("reliability_confidence", "Reliability diagram: the mean confidence of every bin.", func(b bin) float64 { return ratio(b.confidence, b.pixels) })
	reliabilityCurve("reliability_accuracy", "Reliability diagram: the accuracy of every bin.", func(b bin) float64 { return ratio(b.right, b.pixels) })
	reliabilityCurve("reliability_pixels", "Reliability diagram: the pixels of every bin.", func(b bin) float64 { return b.pixels })
}
