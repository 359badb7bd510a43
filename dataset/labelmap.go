package dataset

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// ignoreTarget stands for the word ignore in a label map.
const ignoreTarget = -1

// LabelMap sends mask values to classes. Unnamed values stay what they are unless a default is given.
type LabelMap struct {
	values   map[int]int // mask value → class, or ignoreTarget
	fallback *int
}

// UnmarshalYAML reads {8: 1, "12": 2, default: ignore}.
func (m *LabelMap) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: label_map: expected mask values with their class, such as {8: 1, default: ignore}", n.Line)
	}
	m.values, m.fallback = map[int]int{}, nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		to, err := labelTarget(value)
		if err != nil {
			return err
		}
		if key.Value == "default" {
			m.fallback = &to
			continue
		}
		from, err := strconv.Atoi(key.Value)
		if err != nil || from < 0 || from > 65535 {
			return fmt.Errorf("line %d: label_map: key %q: expected a mask value from 0 to 65535, or default", key.Line, key.Value)
		}
		m.values[from] = to
	}
	return nil
}

func labelTarget(n *yaml.Node) (int, error) {
	if n.Value == "ignore" {
		return ignoreTarget, nil
	}
	to, err := strconv.Atoi(n.Value)
	if err != nil || to < 0 {
		return 0, fmt.Errorf("line %d: label_map: expected a class number or ignore, found %q", n.Line, n.Value)
	}
	return to, nil
}

// MarshalYAML writes the map as it was read, keys in order.
func (m LabelMap) MarshalYAML() (any, error) {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	add := func(key string, to int) {
		value := strconv.Itoa(to)
		if to == ignoreTarget {
			value = "ignore"
		}
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, &yaml.Node{Kind: yaml.ScalarNode, Value: value})
	}
	for _, from := range slices.Sorted(maps.Keys(m.values)) {
		add(strconv.Itoa(from), m.values[from])
	}
	if m.fallback != nil {
		add("default", *m.fallback)
	}
	return n, nil
}

// IsZero says that nothing is mapped.
func (m LabelMap) IsZero() bool { return len(m.values) == 0 && m.fallback == nil }

// validate reports classes that do not exist.
func (m LabelMap) validate(classes int) error {
	for from, to := range m.values {
		if to >= classes {
			return fmt.Errorf("dataset.label_map: mask value %d goes to class %d: the dataset has classes 0 to %d", from, to, classes-1)
		}
	}
	if m.fallback != nil && *m.fallback >= classes {
		return fmt.Errorf("dataset.label_map: default goes to class %d: the dataset has classes 0 to %d", *m.fallback, classes-1)
	}
	return nil
}
