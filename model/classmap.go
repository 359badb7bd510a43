package model

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/segmetry/segmetry/internal/fault"
	"go.yaml.in/yaml/v3"
)

// ClassMap says which dataset class each class (channel) of the model stands for. Several channels may share a class.
// In YAML it is a map whose keys are channels, or `default` for all that are not named: {8: 1, "12": 2, default: 0}.
// The zero value maps every channel to itself.
type ClassMap struct {
	Classes map[int]int
	Default *int
}

// IsZero reports whether the map is empty, so that YAML leaves it out.
func (m ClassMap) IsZero() bool { return len(m.Classes) == 0 && m.Default == nil }

// Table returns the dataset class of each of the model's channels, an error where a channel is neither named nor covered
// by a default, or where a named one does not exist.
func (m ClassMap) Table(channels int) ([]int16, error) {
	table := make([]int16, channels)
	var errs []error
	for c := range table {
		class, ok := m.Classes[c]
		switch {
		case m.IsZero():
			class = c
		case !ok && m.Default != nil:
			class = *m.Default
		case !ok:
			errs = append(errs, fault.Usagef("model.class_map does not say what the model's class %d is; name it or add `default: 0`", c))
		}
		table[c] = int16(class)
	}
	for _, c := range m.channels() {
		if c >= channels {
			errs = append(errs, fault.Usagef("model.class_map names class %d, but the model has classes 0 to %d", c, channels-1))
		}
	}
	if len(errs) > 0 {
		return nil, fault.Usagef("%w", errors.Join(errs...))
	}
	return table, nil
}

// channels returns the named channels in order.
func (m ClassMap) channels() []int {
	keys := make([]int, 0, len(m.Classes))
	for c := range m.Classes {
		keys = append(keys, c)
	}
	slices.Sort(keys)
	return keys
}

// UnmarshalYAML reads a mapping node; errors carry line and column, all of them at once.
func (m *ClassMap) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d, column %d: class_map must be a mapping such as {8: 1, default: 0}", node.Line, node.Column)
	}
	*m = ClassMap{Classes: map[int]int{}}
	var errs []error
	for i := 0; i+1 < len(node.Content); i += 2 {
		if err := m.pair(node.Content[i], node.Content[i+1]); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// pair reads one key and its value.
func (m *ClassMap) pair(key, value *yaml.Node) error {
	class, err := strconv.Atoi(value.Value)
	if value.Kind != yaml.ScalarNode || err != nil || class < 0 || class > math.MaxInt16 {
		return fmt.Errorf("line %d, column %d: class_map: %q is not a class; expected 0 to %d", value.Line, value.Column, value.Value, math.MaxInt16)
	}
	if key.Value == "default" {
		m.Default = &class
		return nil
	}
	channel, err := strconv.Atoi(key.Value)
	if err != nil || channel < 0 || channel > math.MaxInt16 {
		return fmt.Errorf("line %d, column %d: class_map: %q is not a class of the model; expected a number from 0, or default", key.Line, key.Column, key.Value)
	}
	if _, twice := m.Classes[channel]; twice {
		return fmt.Errorf("line %d, column %d: class_map names class %d twice", key.Line, key.Column, channel)
	}
	m.Classes[channel] = class
	return nil
}

// MarshalYAML writes the mapping with its channels in order and the default last.
func (m ClassMap) MarshalYAML() (any, error) {
	node := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	add := func(key string, tag string, class int) {
		node.Content = append(node.Content,
			&yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: key},
			&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(class)})
	}
	for _, c := range m.channels() {
		add(strconv.Itoa(c), "!!int", m.Classes[c])
	}
	if m.Default != nil {
		add("default", "!!str", *m.Default)
	}
	return node, nil
}
