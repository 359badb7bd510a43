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

// LabelMap sends mask values to classes. Unnamed values stay what they are unless a default is given. It is written from
// values to classes, or from the names of classes, or ignore, to lists of values.
type LabelMap struct {
	values   map[int]int // mask value → class, or ignoreTarget
	fallback *int
	named    []labelList
}

// labelList is the values of a class that is called by its name.
type labelList struct {
	name   string
	values []int
}

// UnmarshalYAML reads {8: 1, "12": 2, default: ignore} or {cat: [8, 9], ignore: [254, 255]}.
func (m *LabelMap) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: label_map: expected mask values with their class, such as {8: 1, default: ignore}", n.Line)
	}
	m.values, m.fallback, m.named = map[int]int{}, nil, nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if value.Kind == yaml.SequenceNode {
			if err := m.readList(key, value); err != nil {
				return err
			}
			continue
		}
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
			return fmt.Errorf("line %d: label_map: key %q: expected a mask value from 0 to 65535 or default, or a class with a list of mask values", key.Line, key.Value)
		}
		m.values[from] = to
	}
	return nil
}

// readList reads a class and its values.
func (m *LabelMap) readList(key, list *yaml.Node) error {
	l := labelList{name: key.Value}
	for _, n := range list.Content {
		v, err := strconv.Atoi(n.Value)
		if err != nil || v < 0 || v > 65535 {
			return fmt.Errorf("line %d: label_map: %s: expected mask values from 0 to 65535, found %q", n.Line, key.Value, n.Value)
		}
		l.values = append(l.values, v)
	}
	m.named = append(m.named, l)
	return nil
}

// resolved is what each mask value goes to, with the lists of classes by name.
func (m LabelMap) resolved(classes []string) map[int]int {
	all := maps.Clone(m.values)
	for _, l := range m.named {
		if all == nil {
			all = map[int]int{}
		}
		for _, v := range l.values {
			all[v] = l.class(classes)
		}
	}
	return all
}

// class is the number of the class that the list names, or ignoreTarget.
func (l labelList) class(classes []string) int {
	if i := slices.Index(classes, l.name); i >= 0 {
		return i
	}
	return ignoreTarget
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
	for _, l := range m.named {
		list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, v := range l.values {
			list.Content = append(list.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.Itoa(v)})
		}
		name := &yaml.Node{}
		name.SetString(l.name)
		n.Content = append(n.Content, name, list)
	}
	if m.fallback != nil {
		add("default", *m.fallback)
	}
	return n, nil
}

// IsZero says that nothing is mapped.
func (m LabelMap) IsZero() bool { return len(m.values) == 0 && m.fallback == nil && len(m.named) == 0 }

// validate reports classes that do not exist, and values that are mapped twice.
func (m LabelMap) validate(classes []string) error {
	last := len(classes) - 1
	for _, from := range slices.Sorted(maps.Keys(m.values)) {
		if to := m.values[from]; to > last {
			return fmt.Errorf("dataset.label_map: mask value %d goes to class %d: the dataset has classes 0 to %d", from, to, last)
		}
	}
	if m.fallback != nil && *m.fallback > last {
		return fmt.Errorf("dataset.label_map: default goes to class %d: the dataset has classes 0 to %d", *m.fallback, last)
	}
	taken := map[int]bool{}
	for _, l := range m.named {
		if l.name != "ignore" && !slices.Contains(classes, l.name) {
			return fmt.Errorf("dataset.label_map: %q is no class; did you mean %q?", l.name, nearest(l.name, classes))
		}
		for _, v := range l.values {
			if _, other := m.values[v]; other || taken[v] {
				return fmt.Errorf("dataset.label_map: mask value %d is mapped twice", v)
			}
			taken[v] = true
		}
	}
	return nil
}
