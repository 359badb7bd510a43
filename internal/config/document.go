package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is a configuration as nodes, which know where they stand.
type document struct {
	file  string
	root  *yaml.Node
	flags map[*yaml.Node]string // nodes that came from the command line

	aliased bool // an alias was reported
}

func (d *document) name() string {
	if d.file == "" {
		return "the configuration"
	}
	return d.file
}

// at says where a node stands: the flag it came from, or file, line and column.
func (d *document) at(n *yaml.Node) string {
	if flag, ok := d.flags[n]; ok {
		return flag
	}
	if n == nil || n.Line == 0 {
		return d.name()
	}
	return fmt.Sprintf("%s:%d:%d", d.name(), n.Line, n.Column)
}

// say puts where a node stands before a text that begins with a key, which is not said twice: --set KEY says it.
func (d *document) say(n *yaml.Node, text string) string {
	at := d.at(n)
	if key, set := strings.CutPrefix(at, "--set "); set {
		if rest, twice := strings.CutPrefix(text, key+": "); twice {
			text = rest
		}
	}
	return at + ": " + text
}

// lookup returns the value of a mapping's key, or nil.
func lookup(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// set sets a mapping's key.
func set(n *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content[i+1] = value
			return
		}
	}
	n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, value)
}

// find follows keys and list indices from the root; nil where there is nothing.
func (d *document) find(path []string) *yaml.Node {
	n := d.root
	for _, key := range path {
		if n != nil && n.Kind == yaml.SequenceNode {
			var i int
			if _, err := fmt.Sscanf(key, "%d", &i); err != nil || i < 0 || i >= len(n.Content) {
				return nil
			}
			n = n.Content[i]
			continue
		}
		n = lookup(n, key)
	}
	return n
}

// nearest follows a path as far as it goes.
func (d *document) nearest(path []string) *yaml.Node {
	for len(path) > 0 {
		if n := d.find(path); n != nil {
			return n
		}
		path = path[:len(path)-1]
	}
	return d.root
}

// keyNode returns the node of a key itself, not of its value.
func keyNode(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i]
		}
	}
	return n
}

// locateAll puts a place before each of the joined errors, whose messages begin with a key such as dataset.images.
func (d *document) locateAll(err error) []error {
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		var list []error
		for _, e := range joined.Unwrap() {
			list = append(list, d.locateAll(e)...)
		}
		return list
	}
	key, _, _ := strings.Cut(err.Error(), ":")
	if !keyPattern.MatchString(key) {
		return []error{fmt.Errorf("%s: %w", d.name(), err)}
	}
	path := strings.Split(key, ".")
	n := d.nearest(path)
	if _, given := d.flags[n]; given && d.find(path) == nil { // a section that another flag has made
		return []error{fmt.Errorf("%s: %w", d.name(), err)}
	}
	return []error{&located{d.say(n, err.Error()), err}}
}

// located is an error with the place of its key before it.
type located struct {
	text string
	err  error
}

func (e *located) Error() string { return e.text }

// Unwrap returns the error without its place.
func (e *located) Unwrap() error { return e.err }

// decodeErrors turns what YAML's decoder and the types' own UnmarshalYAML complain about into one error each.
func (d *document) decodeErrors(err error) []error {
	var typed *yaml.TypeError
	if !errors.As(err, &typed) {
		return []error{fmt.Errorf("%s: %w", d.name(), err)}
	}
	var list []error
	for _, line := range typed.Errors {
		if m := unfit.FindStringSubmatch(line); m != nil { // the schema has seen that it is a number
			line = fmt.Sprintf("%s: expected a whole number that is not as large, found %s", m[1], m[2])
		}
		list = append(list, fmt.Errorf("%s: %s", d.name(), line))
	}
	return list
}

// unfit is what the decoder says of a number that is too large for its type.
var unfit = regexp.MustCompile("^(line [0-9]+): cannot unmarshal !!(?:int|float) `([^`]*)` into u?int[0-9]*$")

// describe says what a node is, in the user's words.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a section"
	case yaml.SequenceNode:
		return "a list"
	}
	if n.Tag == "!!null" {
		return "nothing"
	}
	return fmt.Sprintf("%q", n.Value)
}

// plain turns a node into what the schema checks: maps, slices, strings, numbers.
func plain(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, child := range n.Content {
			list = append(list, plain(child))
		}
		return list
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return n.Value
	}
	if _, isTime := v.(interface{ Unix() int64 }); isTime || slices.Contains([]string{"!!binary", "!!timestamp"}, n.Tag) {
		return n.Value
	}
	return v
}
