// Package slicing splits the images of an evaluation into slices: by size, by brightness, by the classes that are there,
// by a column of the metadata, by path. A kind of slice is one file that registers itself.
//
// What tells images apart is known of each when it is scored; bounds that follow from all of them, such as quartiles, are
// found at the end. The number of slices is limited, and memory is a few bytes an image.
package slicing

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/nearest"
)

// The limits of what is sliced.
const (
	// MaxSlices is how many slices one way of slicing makes at most.
	MaxSlices = 64
	maxSpecs  = 32
)

// Image is what tells scored images apart.
type Image struct {
	Name       string
	Pixels     int64   // width × height
	Brightness float64 // mean luma, 0 to 255; NaN where it is not known
	Truth      []int64 // valid pixels of each class; valid during the call
}

// Slice is a part of the images.
type Slice struct {
	Name   string
	Images []int32 // their places in the order in which they were added, ascending
}

// Splitter takes one image after another and says at the end which slices they make. A slice that has no image is left out.
type Splitter interface {
	Add(i *Image) error
	Slices() []Slice
}

// Slicing is one way of slicing, ready for use. It is immutable and may be shared.
type Slicing struct {
	By  string // names it in the output
	New func() Splitter
}

// Spec asks for one way of slicing by its kind's name.
type Spec struct {
	Name  string // of a kind; name:text sets the kind's first option, as in column:scene
	Label string // its name in the output; "" means the kind's choice
	// Decode fills the kind's options, which hold the defaults. nil leaves the defaults.
	Decode func(options any) error
}

// Data is what ways of slicing are made of.
type Data struct {
	Classes []string
	// Column returns a column of the metadata by the images' names.
	Column func(name string) (map[string]string, error)
	// Names are those of all images, for errors that come before the run; nil where they are not known yet.
	Names iter.Seq[string]
}

// Definition describes a kind of slice to the registry.
type Definition struct {
	Name string
	Doc  string
	// Options returns a pointer to the options, filled with the defaults; New gets it back decoded.
	Options func() any
	// Short sets the option that name:text stands for; nil where there is none.
	Short func(options any, text string)
	// New checks the options and returns the slicing. Its By is the default label.
	New func(options any, d Data) (Slicing, error)
}

var registry = map[string]Definition{}

// Register adds a kind. It panics on a second one of the same name: that is a programmer's error.
func Register(d Definition) {
	if _, taken := registry[d.Name]; taken || d.Name == "" || d.New == nil || d.Options == nil {
		panic("slicing: Register: incomplete or repeated definition of " + d.Name)
	}
	registry[d.Name] = d
}

// Definitions returns the registered kinds by name.
func Definitions() []Definition {
	var list []Definition
	for _, name := range slices.Sorted(maps.Keys(registry)) {
		list = append(list, registry[name])
	}
	return list
}

// Compile makes the ways of slicing that are asked for. Everything that is wrong is reported at once.
func Compile(specs []Spec, d Data) ([]Slicing, error) {
	if len(specs) > maxSpecs {
		return nil, fault.Usagef("score.slices: %d entries, expected at most %d", len(specs), maxSpecs)
	}
	var list []Slicing
	var problems []error
	for _, spec := range specs {
		s, err := compile(spec, d)
		if err == nil && slices.ContainsFunc(list, func(o Slicing) bool { return o.By == s.By }) {
			err = fault.Usagef("score.slices: %q is asked for twice: give one of them a label of its own", s.By)
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		list = append(list, s)
	}
	return list, errors.Join(problems...)
}

func compile(spec Spec, d Data) (Slicing, error) {
	name, text, short := strings.Cut(spec.Name, ":")
	kind, ok := registry[name]
	if !ok {
		known := slices.Sorted(maps.Keys(registry))
		return Slicing{}, fault.Usagef("score.slices: unknown kind %q%s Known: %s", name, nearest.Sentence(name, known), strings.Join(known, ", "))
	}
	options := kind.Options()
	if short {
		if kind.Short == nil {
			return Slicing{}, fault.Usagef("score.slices: %s takes nothing after a colon: write {name: %s, …} with its options", name, name)
		}
		kind.Short(options, text)
	}
	if spec.Decode != nil {
		if err := spec.Decode(options); err != nil {
			return Slicing{}, err
		}
	}
	s, err := kind.New(options, d)
	if err != nil {
		return s, fmt.Errorf("score.slices: %s: %w", name, err)
	}
	if spec.Label != "" {
		s.By = spec.Label
	}
	return s, nil
}
