// Package option describes the options of a loss or of a measure to people, from the struct that holds them.
package option

import (
	"fmt"
	"reflect"
)

// Option is one option: its key in the configuration, what it takes, its default and what it does.
type Option struct {
	Name, Type, Default, Doc string
}

// Typed is an option whose type has words of its own, such as a number that may be the word auto.
type Typed interface {
	// OptionType says what the option takes.
	OptionType() string
	// OptionDefault is the default, as people write it.
	OptionDefault() string
}

// List describes the fields of the struct that options points to, which holds the defaults. Keys come from their yaml tags,
// what they do from their doc tags; an embedded struct's fields count as its own. No options, no list.
func List(options any) []Option {
	return list(reflect.ValueOf(options).Elem())
}

func list(v reflect.Value) []Option {
	var all []Option
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Anonymous {
			all = append(all, list(v.Field(i))...)
			continue
		}
		all = append(all, Option{f.Tag.Get("yaml"), typeOf(v.Field(i)), defaultOf(v.Field(i)), f.Tag.Get("doc")})
	}
	return all
}

func typeOf(v reflect.Value) string {
	if t, ok := v.Interface().(Typed); ok {
		return t.OptionType()
	}
	switch v.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Int:
		return "whole number"
	case reflect.Slice:
		switch v.Type().Elem().Kind() {
		case reflect.Struct:
			return "list"
		case reflect.Slice:
			return "matrix of numbers"
		}
		return "list of numbers"
	}
	return "number"
}

func defaultOf(v reflect.Value) string {
	if t, ok := v.Interface().(Typed); ok {
		return t.OptionDefault()
	}
	nothing := v.Kind() == reflect.String && v.IsZero() || v.Kind() == reflect.Slice && v.IsNil() || v.Kind() == reflect.Pointer && v.IsNil()
	if nothing {
		return "none"
	}
	return fmt.Sprint(v.Interface())
}
