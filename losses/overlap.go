package losses

import (
	"fmt"
	"math"
)

// OverlapOptions are the options of the losses 1 − S with the overlap S = (I+s_n)/den,
// den = (1−a−b)·I + a·P + b·Y + s_d (Dice a=b=½, Jaccard a=b=1).
type OverlapOptions struct {
	Smooth            float64   `yaml:"smooth" doc:"added to 2I and to P+Y (Dice), MONAI's smooth_nr = smooth_dr"`
	Batch             bool      `yaml:"batch" doc:"one region for the whole batch instead of one an image"`
	Squared           bool      `yaml:"squared" doc:"p² and y² in the denominator instead of p and y"`
	IncludeBackground bool      `yaml:"include_background" doc:"count class 0 too"`
	Absent            string    `yaml:"absent" doc:"a class without truth: smooth (as it comes out; MONAI), zero (0, still averaged; SMP), skip (left out of the mean; kornia), auto (smooth where there is smoothing to speak of, from 1e-6 on, else skip)"`
	ClassWeights      []float64 `yaml:"class_weights" doc:"weight of each class's loss in the mean over classes"`
	LogLoss           bool      `yaml:"log_loss" doc:"−log S instead of 1 − S"`
}

// What becomes of a class without truth.
const (
	AbsentAuto   = "auto"
	AbsentSmooth = "smooth"
	AbsentZero   = "zero"
	AbsentSkip   = "skip"
)

// negligible is the smoothing below which an absent class's loss says nothing: MONAI smooths by 1e-5, kornia adds 1e-8
// against division by zero and leaves absent classes out.
const negligible = 1e-6

func defaultOverlap() *OverlapOptions {
	return &OverlapOptions{Smooth: 1e-5, IncludeBackground: true, Absent: AbsentAuto}
}

func (o *OverlapOptions) validate(s Shape) error {
	if err := checkSmooth(o.Smooth); err != nil {
		return err
	}
	switch o.Absent {
	case AbsentAuto, AbsentSmooth, AbsentZero, AbsentSkip:
	default:
		return fmt.Errorf("absent: expected auto, smooth, zero or skip, found %q", o.Absent)
	}
	if err := checkBackground(o.IncludeBackground, s); err != nil {
		return err
	}
	return checkWeights(o.ClassWeights, s.Planes())
}

func checkSmooth(x float64) error {
	if x < 0 || undefined(x) {
		return fmt.Errorf("smooth: expected a number ≥ 0, found %g", x)
	}
	return nil
}

func checkBackground(include bool, s Shape) error {
	if !include && s.Planes() == 1 {
		return fmt.Errorf("include_background: a one-channel head has no background plane to leave out")
	}
	return nil
}

// shaping is what becomes of a class's 1 − S, and how it changes with it.
type shaping func(v float64) (value, slope float64)

// overlap is the mean over classes of 1 − S (or −log S).
type overlap struct {
	options OverlapOptions
	shape   Shape
	shaping shaping // nil: 1 − S itself
	a, b    float64 // weights of P−I (false positives) and Y−I (false negatives)
}

func newOverlap(o *OverlapOptions, shape Shape, a, b float64) (Loss, error) {
	if o.LogLoss {
		return newShapedOverlap(o, shape, a, b, func(v float64) (float64, float64) { return -math.Log1p(-v), 1 / (1 - v) })
	}
	return newShapedOverlap(o, shape, a, b, nil)
}

func newShapedOverlap(o *OverlapOptions, shape Shape, a, b float64, shaped shaping) (Loss, error) {
	if err := o.validate(shape); err != nil {
		return nil, err
	}
	l := &overlap{*o, shape, shaped, a, b}
	if o.Absent == AbsentAuto {
		l.options.Absent = AbsentSmooth
		if o.Smooth < negligible {
			l.options.Absent = AbsentSkip
		}
	}
	return &Region{Shape: shape, Function: l, Batch: o.Batch}, nil
}

func (l *overlap) Value(s *Sums, slopes []float64) float64 {
	total, n := 0.0, 0.0
	for c := range l.shape.Planes() {
		if !l.counts(s, c) {
			continue
		}
		n++
		if l.options.Absent == AbsentZero && s.Y[c] == 0 {
			continue
		}
		total += l.weight(c) * l.class(s, c, slopes)
	}
	if n == 0 {
		return 0
	}
	for i := range slopes {
		slopes[i] /= n
	}
	return total / n
}

// counts says whether a class enters the mean.
func (l *overlap) counts(s *Sums, c int) bool {
	if c == 0 && !l.options.IncludeBackground {
		return false
	}
	return l.options.Absent != AbsentSkip || s.Y[c] > 0
}

// class returns one class's loss and writes its slopes: with S = num/den, ∂S/∂I = (1 − (1−a−b)·S)/den and
// ∂S/∂P = −a·S/den; with squared probabilities Q stands in P's place.
func (l *overlap) class(s *Sums, c int, slopes []float64) float64 {
	smooth := l.options.Smooth / 2 // MONAI's smooth stands beside 2I, here the numerator is I
	mass := s.P[c]
	if l.options.Squared {
		mass = s.Q[c]
	}
	rest := 1 - l.a - l.b
	den := rest*s.I[c] + l.a*mass + l.b*s.Y[c] + smooth
	if den == 0 { // neither truth nor prediction, and nothing to smooth with: a perfect match of nothing
		return 0
	}
	S := (s.I[c] + smooth) / den
	value, outer := (l.a*(mass-s.I[c])+l.b*(s.Y[c]-s.I[c]))/den, -1.0
	if l.shaping != nil {
		var slope float64
		value, slope = l.shaping(value)
		outer = -slope
	}
	if slopes != nil {
		outer *= l.weight(c)
		slopes[slopeCount*c+slopeI] = outer * (1 - rest*S) / den
		if l.options.Squared {
			slopes[slopeCount*c+slopeQ] = outer * -l.a * S / den
		} else {
			slopes[slopeCount*c+slopeP] = outer * -l.a * S / den
		}
	}
	return value
}

func (l *overlap) weight(c int) float64 {
	if l.options.ClassWeights == nil {
		return 1
	}
	return l.options.ClassWeights[c]
}

// checkWeights reports weights that are not one finite number ≥ 0 a class.
func checkWeights(w []float64, classes int) error {
	if w != nil && len(w) != classes {
		return fmt.Errorf("class_weights: expected %d numbers, one a class, found %d", classes, len(w))
	}
	for i, x := range w {
		if x < 0 || undefined(x) {
			return fmt.Errorf("class_weights: expected numbers ≥ 0, found %g for class %d", x, i)
		}
	}
	return nil
}
