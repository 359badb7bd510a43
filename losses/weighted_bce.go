package losses

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

func init() {
	Register(Definition{
		Name: "weighted_bce", Title: "Weighted binary cross-entropy", Family: "pixel",
		Formula:  "mean over planes and valid pixels of −w·y·log p − (1−y)·log(1−p), w = negatives/positives of the image unless given",
		Gradient: "one-channel head: [(1−y)·σ(x) − w·y·σ(−x)]/n; softmax head as bce, the positives' part times w_c",
		Range:    "[0, ∞)",
		Matches:  "torch.nn.BCEWithLogitsLoss(pos_weight=w)",
		Notes: []string{
			"A class without positives has weight 1.",
			"pos_weight: auto is taken from each image; with batch: true from the whole batch.",
			"The pooled value takes the weights from the whole dataset.",
		},
		Document:   "The formula is right, the prose twice wrong: the gradient's negative branch is +ŷ, and pos_weight = neg/pos amplifies the positives.",
		Options:    func() any { return &WeightedBCEOptions{PosWeight: PosWeight{Auto: true}} },
		Sample:     func(options any) { options.(*WeightedBCEOptions).PosWeight = PosWeight{Values: []float64{3}} },
		SampleNote: "pos_weight: 3",
		New: func(options any, s Shape) (Compound, error) {
			return alone(newWeightedBCE(options.(*WeightedBCEOptions), s))
		},
	})
}

// WeightedBCEOptions are the options of weighted_bce.
type WeightedBCEOptions struct {
	PosWeight PosWeight `yaml:"pos_weight" doc:"weight of the positives: auto (negatives/positives), one number, or one a class"`
	Batch     bool      `yaml:"batch" doc:"take automatic weights from the whole batch instead of each image"`
}

// PosWeight is auto, one number, or one number a class.
type PosWeight struct {
	Auto   bool
	Values []float64
}

// OptionType says what it takes.
func (w PosWeight) OptionType() string { return "auto, number or list" }

// OptionDefault is auto or the numbers.
func (w PosWeight) OptionDefault() string {
	if w.Auto {
		return "auto"
	}
	return fmt.Sprint(w.Values)
}

// UnmarshalYAML reads the word auto, a number, or a list of numbers.
func (w *PosWeight) UnmarshalYAML(n *yaml.Node) error {
	*w = PosWeight{}
	if n.Kind == yaml.ScalarNode && n.Value == "auto" {
		w.Auto = true
		return nil
	}
	if n.Kind == yaml.SequenceNode {
		return n.Decode(&w.Values)
	}
	var x float64
	if err := n.Decode(&x); err != nil {
		return fmt.Errorf("line %d: pos_weight: expected auto, a number or a list of numbers, found %q", n.Line, n.Value)
	}
	w.Values = []float64{x}
	return nil
}

func newWeightedBCE(o *WeightedBCEOptions, s Shape) (Loss, error) {
	l := &oneVsRest{shape: s, auto: o.PosWeight.Auto, perImage: o.PosWeight.Auto && !o.Batch}
	if l.auto {
		return l, nil
	}
	l.weights = o.PosWeight.Values
	if len(l.weights) == 1 && s.Planes() > 1 {
		l.weights = make([]float64, s.Planes())
		for c := range l.weights {
			l.weights[c] = o.PosWeight.Values[0]
		}
	}
	if len(l.weights) != s.Planes() {
		return nil, fmt.Errorf("pos_weight: expected 1 or %d numbers, found %d", s.Planes(), len(l.weights))
	}
	for _, w := range l.weights {
		if w < 0 || undefined(w) {
			return nil, fmt.Errorf("pos_weight: expected numbers ≥ 0, found %g", w)
		}
	}
	return l, nil
}
