package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/configs"
	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/internal/nearest"
)

// schema compiles the embedded schema once. It is part of the program: an error is a programmer's.
var schema = sync.OnceValue(func() *jsonschema.Schema {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(configs.Schema))
	if err != nil {
		panic(fmt.Sprintf("config: the schema is not JSON: %v", err))
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("segmetry.schema.json", doc); err != nil {
		panic(fmt.Sprintf("config: %v", err))
	}
	return c.MustCompile("segmetry.schema.json")
})

// expectations say in words what a key takes, where the schema's types alone would not help.
var expectations = map[string]string{
	"preprocess.scale":     "a number or a ratio such as 1/255",
	"preprocess.size":      "two whole numbers, [height, width]",
	"preprocess.crop":      "two whole numbers, [height, width], or null",
	"preprocess.pad.value": "a number, or one a channel",
	"preprocess.mean":      "a list of numbers, one a channel",
	"preprocess.std":       "a list of numbers, one a channel",
	"dataset.classes":      "a list of class names",
	"dataset.palette":      "a list of [red, green, blue], each 0 to 255",
	"dataset.ignore_index": "a mask value from 0 to 65535",
	"dataset.label_map":    "mask values with their class, such as {8: 1, default: ignore}, or classes with their mask values, such as {cat: [8, 9]}",
	"dataset.regions":      "labels with their mask values, such as {whole: [1, 2, 3], core: [2, 3]}",
	"model.class_map":      "channels with their class, such as {8: 1, default: 0}",
	"model.inputs":         "image_size, original_size, scale, image_info, a number or a list of numbers",
	"model.threshold":      "a probability between 0 and 1, or a list of one a label",
	"run.tags":             "a list of names",
	"score.losses":         "a list of names or of {name: …, options}",
	"score.metrics":        "a list of names or of {name: …, options}",
	"score.slices":         "a list of names or of {name: …, options}",
}

// check holds the document against the schema.
func (d *document) check() []error {
	err := schema().Validate(plain(d.root))
	if err == nil {
		return nil
	}
	failed, ok := err.(*jsonschema.ValidationError)
	if !ok {
		return []error{fmt.Errorf("%s: %w", d.name(), err)}
	}
	found := d.explain(failed, nil)
	slices.SortStableFunc(found, func(a, b problem) int { return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column)) })
	var list []error
	for _, p := range found {
		if text := p.text; !slices.ContainsFunc(list, func(e error) bool { return e.Error() == text }) {
			list = append(list, fmt.Errorf("%s", text))
		}
	}
	return list
}

// checkGates reports every gate that cannot be read.
func (d *document) checkGates() (problems []error) {
	list := d.find([]string{"gates"})
	if list == nil {
		return nil
	}
	for _, n := range list.Content {
		var wrong *gate.NodeError
		switch err := n.Decode(&gate.Gate{}); {
		case errors.As(err, &wrong):
			problems = append(problems, fmt.Errorf("%s", d.say(wrong.Node, "gates: "+wrong.Err.Error())))
		case err != nil:
			problems = append(problems, fmt.Errorf("%s", d.say(n, "gates: "+err.Error())))
		}
	}
	return problems
}

type problem struct {
	line, column int
	text         string
}

// explain collects the leaves of a validation error.
func (d *document) explain(e *jsonschema.ValidationError, list []problem) []problem {
	_, aboutNames := e.ErrorKind.(*kind.PropertyNames) // its causes do not say where the name stands
	if len(e.Causes) > 0 && !aboutNames {
		for _, cause := range e.Causes {
			list = d.explain(cause, list)
		}
		return list
	}
	n := d.nearest(e.InstanceLocation)
	add := func(n *yaml.Node, text string) {
		list = append(list, problem{n.Line, n.Column, d.say(n, text)})
	}
	key := strings.Join(e.InstanceLocation, ".")
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			at := keyNode(n, name)
			if flag, ok := d.flags[lookup(n, name)]; ok {
				d.flags[at] = flag
			}
			add(at, unknownKey(key, name))
		}
	case *kind.Enum:
		add(n, fmt.Sprintf("%s: expected %s, found %s", key, choices(k.Want), describe(n)))
	case *kind.PropertyNames:
		add(keyNode(n, k.Property), fmt.Sprintf("%s: key %q: expected %s", key, k.Property, d.expected(e)))
	case *kind.UniqueItems:
		add(n, fmt.Sprintf("%s: expected %s", key, d.expected(e)))
	case *kind.Required:
		if strings.HasPrefix(key, "gates.") {
			add(n, key+": expected a metric and a condition, as in {metric: mIoU, min: 0.69}")
		} else {
			add(n, key+": expected a name, as in {name: tversky}")
		}
	default:
		add(n, fmt.Sprintf("%s: expected %s, found %s", key, d.expected(e), describe(n)))
	}
	return list
}

// expected says what a key takes: in our words, or in the schema's.
func (d *document) expected(e *jsonschema.ValidationError) string {
	if text := limit(e.ErrorKind); text != "" && expectations[strings.Join(e.InstanceLocation, ".")] == "" { // an element of a list
		return text
	}
	if k, ok := e.ErrorKind.(*kind.UniqueItems); ok {
		return fmt.Sprintf("no name twice: elements %d and %d are one", k.Duplicates[0], k.Duplicates[1])
	}
	for path := e.InstanceLocation; len(path) > 0; path = path[:len(path)-1] {
		if text, ok := expectations[strings.Join(path, ".")]; ok {
			return text
		}
	}
	if k, ok := e.ErrorKind.(*kind.Type); ok {
		return typeNames(k.Want)
	}
	return "another value"
}

// limit says what a value that has the right type should be, "" where it is the type that is wrong.
func limit(e jsonschema.ErrorKind) string {
	switch k := e.(type) {
	case *kind.Minimum:
		f, _ := k.Want.Float64()
		return fmt.Sprintf("a number from %g on", f)
	case *kind.Maximum:
		f, _ := k.Want.Float64()
		return fmt.Sprintf("a number up to %g", f)
	case *kind.MinLength:
		return "a name that is not empty"
	}
	return ""
}

var words = map[string]string{"object": "a section", "array": "a list", "string": "text", "number": "a number", "integer": "a whole number", "boolean": "true or false", "null": "null"}

func typeNames(want []string) string {
	var list []string
	for _, w := range want {
		list = append(list, words[w])
	}
	return strings.Join(list, " or ")
}

func choices(want []any) string {
	var list []string
	for _, w := range want {
		list = append(list, fmt.Sprint(w))
	}
	return strings.Join(list, ", ")
}

// unknownKey names the nearest known key of the section.
func unknownKey(section, name string) string {
	text := fmt.Sprintf("unknown key %q", name)
	if section != "" {
		text = fmt.Sprintf("%s: unknown key %q", section, name)
	}
	known := knownKeys(section)
	if len(known) == 0 {
		return text
	}
	return text + nearest.Hint(name, known)
}

// knownKeys lists a section's keys by the schema.
func knownKeys(section string) []string {
	s := schema()
	for _, key := range strings.FieldsFunc(section, func(r rune) bool { return r == '.' }) {
		if s = s.Properties[key]; s == nil {
			return nil
		}
	}
	var keys []string
	for key := range s.Properties {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// unsupported refuses what the schema knows and this version does not do.
func (d *document) unsupported() (problems []error) {
	refuse := func(n *yaml.Node, what string) {
		if n != nil {
			problems = append(problems, fmt.Errorf("%s: %s is not supported yet", d.at(n), what))
		}
	}
	if n := d.find([]string{"score", "at"}); n != nil && n.Value != "label" {
		refuse(n, "score.at "+n.Value)
	}
	return problems
}
