package losses

import (
	"fmt"
	"math"
)

func init() {
	Register(Definition{
		Name: "unified_focal", Title: "Unified focal loss (asymmetric)", Family: "compound",
		Formula:  "½·AFL + ½·AFTL; AFL = mean over the valid pixels of ½(1−δ)(1−p_t)^γ·(−log p_t) on background and ½δ·(−log p_t) on foreground; AFTL = mean over images of ½[(1−T_bg) + (1−T_fg)^(1−γ)], T = (I + s)/(I + δ·FN + (1−δ)·FP + s), δ = .7, γ = .5, s = 1e-7",
		Gradient: "the parts', weighted",
		Range:    "[0, ∞)",
		Matches:  "MONAI AsymmetricFocalLoss and AsymmetricFocalTverskyLoss of the softmax; part: focal or tversky gives one of them",
		Paper:    "Yeung et al., Unified Focal loss, 2022",
		Notes:    []string{"For two classes: a softmax head of two channels, or a one-channel head."},
		Options: func() any {
			return &UnifiedFocalOptions{Part: "both", Weight: 0.5, Delta: 0.7, Gamma: 0.5}
		},
		New: func(options any, s Shape) (Compound, error) {
			return newUnifiedFocal(options.(*UnifiedFocalOptions), s)
		},
		Fits: needsTwoClasses,
	})
}

func needsTwoClasses(s Shape) error {
	if s.Classes != 2 {
		return fmt.Errorf("needs two classes, the head has %d", s.Classes)
	}
	return nil
}

// UnifiedFocalOptions are the options of unified_focal.
type UnifiedFocalOptions struct {
	Part   string  `yaml:"part" doc:"both, focal or tversky"`
	Weight float64 `yaml:"weight" doc:"weight in [0, 1] of the focal part, the rest is the Tversky part's"`
	Delta  float64 `yaml:"delta" doc:"weight δ in [0, 1] of the foreground and of misses"`
	Gamma  float64 `yaml:"gamma" doc:"γ ≥ 0: dampens easy background, enhances the foreground's overlap; below 1 for the Tversky part's exponent 1−γ to be positive"`
}

func newUnifiedFocal(o *UnifiedFocalOptions, s Shape) (Compound, error) {
	switch {
	case o.Part != "both" && o.Part != "focal" && o.Part != "tversky":
		return Compound{}, fmt.Errorf("part: expected both, focal or tversky, found %q", o.Part)
	case !(o.Weight >= 0 && o.Weight <= 1):
		return Compound{}, fmt.Errorf("weight: expected a number in [0, 1], found %g", o.Weight)
	case !(o.Delta >= 0 && o.Delta <= 1):
		return Compound{}, fmt.Errorf("delta: expected a number in [0, 1], found %g", o.Delta)
	case !(o.Gamma >= 0) || undefined(o.Gamma) || o.Part != "focal" && o.Gamma >= 1:
		return Compound{}, fmt.Errorf("gamma: expected a number ≥ 0, below 1 with the Tversky part, found %g", o.Gamma)
	}
	background := Part{0.5, &Pixel{Shape: s, Curve: focalCurve{o.Gamma}, Weights: []float64{1 - o.Delta, 0}, Denominator: DenominatorValid}}
	foreground := Part{0.5, &Pixel{Shape: s, Curve: nllCurve{}, Weights: []float64{0, o.Delta}, Denominator: DenominatorValid}}
	tversky := Part{1, &Region{Shape: s, Function: asymmetricTversky{o.Delta, o.Gamma}}}
	switch o.Part {
	case "focal":
		return Compound{Parts: []Part{background, foreground}}, nil
	case "tversky":
		return Compound{Parts: []Part{tversky}}, nil
	}
	background.Weight, foreground.Weight, tversky.Weight = o.Weight/2, o.Weight/2, 1-o.Weight
	return Compound{Parts: []Part{background, foreground, tversky}}, nil
}

// asymmetricTversky is ½[(1 − T_bg) + (1 − T_fg)^(1−γ)].
type asymmetricTversky struct{ delta, gamma float64 }

func (l asymmetricTversky) Value(s *Sums, slopes []float64) float64 {
	last := len(s.Y) - 1
	bg, bgI, bgP := l.class(s.Pixels-s.P[last]-s.Y[last]+s.I[last], s.P[last]-s.I[last], s.Y[last]-s.I[last])
	fg, fgI, fgP := l.class(s.I[last], s.Y[last]-s.I[last], s.P[last]-s.I[last])
	fg = max(fg, 0)
	power := (1 - l.gamma) * math.Pow(max(fg, 1e-7), -l.gamma)
	if slopes != nil {
		// The background's hits are M−P−Y+I of the foreground's sums, its probability 1−p.
		at := slopes[slopeCount*last:]
		at[slopeI] = (bgI + power*fgI) / 2
		at[slopeP] = ((-bgI - bgP) + power*fgP) / 2
		if last == 1 { // as derivatives with respect to both planes' probabilities, which a softmax turns into the same
			at[slopeI] = power * fgI / 2
			at[slopeP] = power * fgP / 2
			slopes[slopeI], slopes[slopeP] = bgI/2, bgP/2
		}
	}
	return (bg + math.Pow(fg, 1-l.gamma)) / 2
}

// class returns 1 − T of a class with its derivatives by I and P: T = (I + s)/(I + δ·FN + (1−δ)·FP + s).
func (l asymmetricTversky) class(hits, misses, alarms float64) (loss, byI, byP float64) {
	const smooth = 1e-7
	wrong := l.delta*misses + (1-l.delta)*alarms
	den := hits + wrong + smooth
	t := (hits + smooth) / den
	// den is δ·Y + (1−δ)·P + s in terms of I, P and Y: I itself drops out, as δ + (1−δ) = 1.
	return wrong / den, -1 / den, (1 - l.delta) * t / den
}
