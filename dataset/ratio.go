package dataset

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Ratio is a number written as one, or as a quotient such as 1/255.
type Ratio struct {
	Text  string
	Value float64
}

// ParseRatio reads 0.5 or 1/255.
func ParseRatio(text string) (Ratio, error) {
	top, bottom, quotient := strings.Cut(text, "/")
	value, err := strconv.ParseFloat(strings.TrimSpace(top), 64)
	if err == nil && quotient {
		var d float64
		if d, err = strconv.ParseFloat(strings.TrimSpace(bottom), 64); err == nil {
			value /= d
		}
	}
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return Ratio{}, fmt.Errorf("expected a number or a ratio such as 1/255, found %q", text)
	}
	return Ratio{strings.TrimSpace(text), value}, nil
}

// UnmarshalYAML reads a number or a ratio.
func (r *Ratio) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: scale: expected a number or a ratio such as 1/255, found a list or section", n.Line)
	}
	v, err := ParseRatio(n.Value)
	if err != nil {
		return fmt.Errorf("line %d: scale: %w", n.Line, err)
	}
	*r = v
	return nil
}

// MarshalYAML writes the ratio as it was read.
func (r Ratio) MarshalYAML() (any, error) { return r.Text, nil }
