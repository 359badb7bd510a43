package model

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/internal/fault"
)

// Threshold is the probability from which on a sigmoid head says that a label is there: one value for all labels, or one a
// label. In YAML it is a number or a list. nil means 0.5.
type Threshold []float64

// UnmarshalYAML reads 0.5 or [0.5, 0.3].
func (t *Threshold) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Decode((*[]float64)(t))
	}
	var one float64
	if err := n.Decode(&one); err != nil {
		return fmt.Errorf("line %d: threshold: expected a probability, or a list of one a label, found %q", n.Line, n.Value)
	}
	*t = Threshold{one}
	return nil
}

// MarshalYAML writes one value as a number.
func (t Threshold) MarshalYAML() (any, error) {
	if len(t) == 1 {
		return t[0], nil
	}
	n := &yaml.Node{}
	err := n.Encode([]float64(t))
	n.Style = yaml.FlowStyle
	return n, err
}

// validate reports values that are no probabilities.
func (t Threshold) validate() error {
	for _, p := range t {
		if !(p > 0 && p < 1) {
			return fault.Usagef("model.threshold is %v; expected a probability between 0 and 1", p)
		}
	}
	return nil
}
