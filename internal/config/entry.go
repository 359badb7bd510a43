package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/nearest"
)

// Entry asks for a loss or a metric: a name, or a name with options and a label of its own.
type Entry struct {
	Name  string
	Label string
	file  string
	node  *yaml.Node // a mapping with the options; nil for a bare name
}

// UnmarshalYAML reads a name or {name: …, label: …, options}.
func (e *Entry) UnmarshalYAML(n *yaml.Node) error {
	*e = Entry{}
	if n.Kind == yaml.ScalarNode {
		e.Name = n.Value
		return nil
	}
	name := lookup(n, "name")
	if name == nil || name.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: expected a name or {name: …, options}, found %s", n.Line, describe(n))
	}
	e.Name, e.node = name.Value, n
	if label := lookup(n, "label"); label != nil {
		e.Label = label.Value
	}
	return nil
}

// Bare says that the entry is a name alone, without options or label.
func (e Entry) Bare() bool { return e.node == nil }

// MarshalYAML writes the entry as it was read.
func (e Entry) MarshalYAML() (any, error) {
	if e.node == nil {
		return e.Name, nil
	}
	flow := *e.node
	flow.Style = yaml.FlowStyle
	return &flow, nil
}

// Decode fills the options, a pointer to a struct, from the entry. Unknown options and wrong types are errors that say
// where, what was expected and which options there are.
func (e Entry) Decode(options any) error {
	if e.node == nil {
		return nil
	}
	d := document{file: e.file}
	fields := optionFields(reflect.ValueOf(options).Elem())
	var problems []error
	for i := 0; i+1 < len(e.node.Content); i += 2 {
		key, value := e.node.Content[i], e.node.Content[i+1]
		if key.Value == "name" || key.Value == "label" {
			continue
		}
		field, known := fields[key.Value]
		if !known {
			problems = append(problems, fmt.Errorf("%s: %s", d.at(key), unknownOption(e.Name, key.Value, fields)))
			continue
		}
		err := value.Decode(field.Addr().Interface())
		if wrongType := (*yaml.TypeError)(nil); err != nil && !errors.As(err, &wrongType) { // the option's own words
			problems = append(problems, fmt.Errorf("%s: %s: option %s: %w", d.at(value), e.Name, key.Value, err))
		} else if err != nil {
			problems = append(problems, fmt.Errorf("%s: %s: option %s: expected %s, found %s", d.at(value), e.Name, key.Value, kindName(field.Type()), describe(value)))
		}
	}
	if len(problems) > 0 {
		return fault.Usagef("%w", errors.Join(problems...))
	}
	return nil
}

func optionFields(v reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous { // options of another entry, inline
			maps.Copy(fields, optionFields(v.Field(i)))
			continue
		}
		fields[f.Tag.Get("yaml")] = v.Field(i)
	}
	return fields
}

func unknownOption(entry, name string, fields map[string]reflect.Value) string {
	if len(fields) == 0 {
		return fmt.Sprintf("%s has no options, found %q", entry, name)
	}
	var known []string
	for key := range fields {
		known = append(known, key)
	}
	slices.Sort(known)
	return fmt.Sprintf("%s: unknown option %q%s Its options: %s", entry, name, nearest.Sentence(name, known), strings.Join(known, ", "))
}

func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return kindName(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.String {
			return "a list of texts"
		}
		return "a list of numbers"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	}
	return "auto, a number or a list of numbers"
}

// nameEntries tells the entries which file they stand in.
func (c *Config) nameEntries(d *document) {
	for _, list := range [][]Entry{c.Score.Losses, c.Score.Metrics, c.Score.Slices} {
		for i := range list {
			list[i].file = d.name()
		}
	}
}

// LoadEntries reads a YAML file that is a list of entries.
func LoadEntries(path string) ([]Entry, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	var list []Entry
	if err := yaml.Unmarshal(text, &list); err != nil {
		return nil, fault.Usagef("%s: expected a list of names or of {name: …, options}: %s", path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	for i := range list {
		list[i].file = path
		if n := list[i].node; n != nil {
			d := document{file: path}
			if err := errors.Join(d.refuse(n)...); err != nil {
				return nil, fault.Usagef("%w", err)
			}
		}
	}
	return list, nil
}

// ParseEntries reads a comma-separated list of names.
func ParseEntries(list string) ([]Entry, error) {
	var entries []Entry
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name == "" {
			return nil, fault.Usagef("%q: an empty name in the list", list)
		}
		entries = append(entries, Entry{Name: name})
	}
	return entries, nil
}
