package losses

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/segmetry/segmetry/internal/fault"
)

var registry = map[string]Definition{}

// Register adds a loss. It panics on a second loss of the same name: that is a programmer's error.
func Register(d Definition) {
	if _, taken := registry[d.Name]; taken || d.Name == "" || d.New == nil || d.Options == nil {
		panic("losses: Register: incomplete or repeated definition of " + d.Name)
	}
	registry[d.Name] = d
}

// document lists the losses of the source document, in its order.
var document = []string{"ce", "bce", "weighted_bce", "focal", "soft_dice", "soft_iou"}

// Names returns the registered losses: the source document's first, the others by name.
func Names() []string {
	names := slices.Clone(document)
	for name := range registry {
		if !slices.Contains(document, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names[len(document):])
	return names
}

// Group returns the losses that a group's name stands for: document, all or none.
func Group(name string) (names []string, ok bool) {
	switch name {
	case "document":
		return slices.Clone(document), true
	case "all":
		return Names(), true
	case "none":
		return nil, true
	}
	return nil, false
}

// Find returns a loss's definition; an unknown name's error names the nearest.
func Find(name string) (Definition, error) {
	if d, ok := registry[name]; ok {
		return d, nil
	}
	known := Names()
	nearest := slices.MinFunc(known, func(a, b string) int {
		return levenshtein.ComputeDistance(name, a) - levenshtein.ComputeDistance(name, b)
	})
	return Definition{}, fault.Usagef("unknown loss %q; did you mean %q? Known: %s; or document, all, none", name, nearest, strings.Join(known, ", "))
}

// Option describes one option of a loss.
type Option struct {
	Name, Type, Default, Doc string
}

// ListOptions describes a loss's options.
func (d Definition) ListOptions() []Option {
	return listOptions(reflect.ValueOf(d.Options()).Elem())
}

func listOptions(v reflect.Value) []Option {
	var list []Option
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			list = append(list, listOptions(v.Field(i))...)
			continue
		}
		list = append(list, Option{f.Tag.Get("yaml"), optionType(f.Type), optionDefault(v.Field(i)), f.Tag.Get("doc")})
	}
	return list
}

func optionType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Slice:
		return "list of numbers"
	case reflect.Struct:
		return "auto, number or list"
	default:
		return "number"
	}
}

func optionDefault(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice:
		return "none"
	case reflect.Struct:
		return "auto"
	}
	if v.IsZero() && v.Kind() == reflect.String {
		return "none"
	}
	return fmt.Sprint(v.Interface())
}
