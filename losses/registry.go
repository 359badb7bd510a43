package losses

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/nearest"
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

// Group returns the losses that a group's name stands for: document, all (but for weighted_sum, which has nothing to add
// up by default) or none.
func Group(name string) (names []string, ok bool) {
	switch name {
	case "document":
		return slices.Clone(document), true
	case "all":
		return slices.DeleteFunc(Names(), func(name string) bool { return name == "weighted_sum" }), true
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
	return Definition{}, fault.Usagef("unknown loss %q; did you mean %q? Known: %s; or document, all, none", name, nearest.Of(name, known), strings.Join(known, ", "))
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
		if f.Anonymous { // options of another loss, inline
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
		switch t.Elem().Kind() {
		case reflect.Struct:
			return "list of losses"
		case reflect.Slice:
			return "matrix of numbers"
		}
		return "list of numbers"
	case reflect.Struct:
		if t == reflect.TypeFor[Share]() {
			return "auto or number"
		}
		return "auto, number or list"
	default:
		return "number"
	}
}

func optionDefault(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice:
		if v.IsNil() {
			return "none"
		}
	case reflect.Struct:
		return "auto"
	}
	if v.IsZero() && v.Kind() == reflect.String {
		return "none"
	}
	return fmt.Sprint(v.Interface())
}
