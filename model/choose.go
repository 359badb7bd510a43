package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

// named returns the value of a name that the options give, nil where they give none.
func named(what, name string, values []Value) (*Value, error) {
	if name == "" {
		return nil, nil
	}
	for i := range values {
		if values[i].Name == name {
			return &values[i], nil
		}
	}
	return nil, fault.Usagef("model.%s is %q, but the model's %ss are %s%s", what, name, what, describe(values), didYouMean(name, names(values)))
}

// only keeps the values that may be it; the only one of several is a choice with evidence.
func (s *Signature) only(about string, values, candidates []Value, why string) *Value {
	if len(candidates) != 1 {
		return nil
	}
	if len(values) > 1 {
		s.say(about, fmt.Sprintf("%s %q is the only one of %d that %s", about, candidates[0].Name, len(values), why))
	}
	return &candidates[0]
}

func keep(values []Value, good func(Value) bool) []Value {
	return slices.DeleteFunc(slices.Clone(values), func(v Value) bool { return !good(v) })
}

// chooseInput returns the image input: the one that the options name, the only one, the only one with four axes, or with
// three, or that a convolution takes; nil and a question where none of these tells.
func (s *Signature) chooseInput(g *graph, name string) (*Value, error) {
	values := g.Inputs
	if v, err := named(aboutInput, name, values); v != nil || err != nil {
		return v, err
	}
	if len(values) == 1 {
		s.say(aboutInput, "the only input")
		return &values[0], nil
	}
	axes := func(n int) func(Value) bool { return func(v Value) bool { return len(v.Dims) == n } }
	four, three := keep(values, axes(4)), keep(values, axes(3))
	if v := s.only(aboutInput, values, four, "has four axes"); v != nil {
		return v, nil
	}
	if len(four) == 0 {
		if v := s.only(aboutInput, values, three, "has three axes"); v != nil {
			return v, nil
		}
	}
	used := keep(four, func(v Value) bool { layout, _ := g.layoutByUse(v); return layout != "" })
	if v := s.only(aboutInput, values, used, "a convolution takes"); v != nil {
		return v, nil
	}
	s.ask(aboutInput, fmt.Sprintf("which of the inputs %s is it? (model.input)", describe(values)))
	return nil, nil
}

// Names of outputs that training alone needs, and of those that hold the classes, as exporters write them.
var (
	auxiliaryNames = []string{"aux", "auxiliary", "auxlogits"}
	scoreNames     = []string{"logits", "logit", "seg", "segs", "segment", "segments", "segmentation", "semantic", "semseg", "mask", "masks"}
)

// chooseOutput returns the output that is scored: the one that the options name, the only one, the only one that has a
// map's axes; else, in doubt, the one whose name says so; nil and a question where none of these tells.
func (s *Signature) chooseOutput(g *graph, name string) (*Value, error) {
	values := g.Outputs
	if v, err := named(aboutOutput, name, values); v != nil || err != nil {
		return v, err
	}
	if len(values) == 1 {
		s.say(aboutOutput, "the only output")
		return &values[0], nil
	}
	maps := keep(values, func(v Value) bool { return !v.HasShape || len(v.Dims) == 3 || len(v.Dims) == 4 })
	if v := s.only(aboutOutput, values, maps, "can be a map"); v != nil {
		return v, nil
	}
	for _, rule := range []struct {
		why  string
		good func(Value) bool
	}{
		{"whose name is not an auxiliary's", func(v Value) bool { return !says(v.Name, auxiliaryNames) }},
		{"whose name says classes or masks", func(v Value) bool { return says(v.Name, scoreNames) }},
	} {
		if kept := keep(maps, rule.good); len(kept) == 1 {
			s.doubt(aboutOutput, fmt.Sprintf("output %q is the only one of %d %s; is it the one? (model.output: one of %s)", kept[0].Name, len(values), rule.why, describe(values)))
			return &kept[0], nil
		}
	}
	s.ask(aboutOutput, fmt.Sprintf("which of the outputs %s is it? (model.output)", describe(values)))
	return nil, nil
}

// says reports whether one of a name's parts is one of the words. Parts end at anything that is no letter.
func says(name string, words []string) bool {
	parts := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r < 'a' || r > 'z' })
	return slices.ContainsFunc(parts, func(part string) bool { return slices.Contains(words, part) })
}
