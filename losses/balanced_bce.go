package losses

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

func init() {
	Register(Definition{
		Name: "balanced_bce", Title: "Balanced binary cross-entropy", Family: "pixel",
		Formula:    "mean over planes and valid pixels of −β·y·log p − (1−β)·(1−y)·log(1−p), β the negatives' share unless given",
		Gradient:   "one-channel head: [(1−β)(1−y)·σ(x) − β·y·σ(−x)]/n; softmax head as bce, both parts weighted",
		Range:      "[0, ∞)",
		Matches:    "the closed form; β = 1 is fine here and singular as torch's pos_weight β/(1−β)",
		Paper:      "Xie and Tu, Holistically-Nested Edge Detection, 2015",
		Notes:      []string{"beta: auto is taken from each image, with batch: true from the whole batch; on a softmax head it is (C−1)/C."},
		Options:    func() any { return &BalancedBCEOptions{Beta: Share{Auto: true}} },
		Sample:     func(options any) { options.(*BalancedBCEOptions).Beta = Share{Value: 0.7} },
		SampleNote: "beta: 0.7",
		New: func(options any, s Shape) (Compound, error) {
			return alone(newBalancedBCE(options.(*BalancedBCEOptions), s))
		},
	})
}

// BalancedBCEOptions are the options of balanced_bce.
type BalancedBCEOptions struct {
	Beta  Share `yaml:"beta" doc:"weight β in [0, 1] of the positives, 1−β of the negatives: auto or a number"`
	Batch bool  `yaml:"batch" doc:"take automatic weights from the whole batch instead of each image"`
}

// Share is auto or a number in [0, 1].
type Share struct {
	Auto  bool
	Value float64
}

// UnmarshalYAML reads the word auto or a number.
func (s *Share) UnmarshalYAML(n *yaml.Node) error {
	*s = Share{}
	if n.Kind == yaml.ScalarNode && n.Value == "auto" {
		s.Auto = true
		return nil
	}
	if err := n.Decode(&s.Value); err != nil {
		return fmt.Errorf("line %d: expected auto or a number, found %q", n.Line, n.Value)
	}
	return nil
}

// OptionType says what it takes.
func (s Share) OptionType() string { return "auto or number" }

// OptionDefault is auto or the number.
func (s Share) OptionDefault() string {
	if s.Auto {
		return "auto"
	}
	return fmt.Sprint(s.Value)
}

func (s Share) validate(key string) error {
	if !s.Auto && !(s.Value >= 0 && s.Value <= 1) {
		return fmt.Errorf("%s: expected auto or a number in [0, 1], found %g", key, s.Value)
	}
	return nil
}

func newBalancedBCE(o *BalancedBCEOptions, s Shape) (Loss, error) {
	if err := o.Beta.validate("beta"); err != nil {
		return nil, err
	}
	return &oneVsRest{shape: s, balance: &o.Beta, perImage: o.Beta.Auto && !o.Batch}, nil
}
