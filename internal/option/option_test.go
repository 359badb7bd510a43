package option

import (
	"slices"
	"testing"
)

type share struct{}

func (share) OptionType() string    { return "auto or number" }
func (share) OptionDefault() string { return "auto" }

type inner struct {
	Depth int `yaml:"depth" doc:"how deep"`
}

func TestList(t *testing.T) {
	options := struct {
		inner
		Name    string      `yaml:"name" doc:"a name"`
		Weight  *float64    `yaml:"weight" doc:"a weight"`
		Each    []float64   `yaml:"each" doc:"one a class"`
		Costs   [][]float64 `yaml:"costs" doc:"of each pair"`
		Smooth  float64     `yaml:"smooth" doc:"added to both"`
		Squared bool        `yaml:"squared" doc:"squares"`
		Share   share       `yaml:"share" doc:"a share"`
	}{inner: inner{3}, Smooth: 0.5}
	want := []Option{
		{"depth", "whole number", "3", "how deep"},
		{"name", "text", "none", "a name"},
		{"weight", "number", "none", "a weight"},
		{"each", "list of numbers", "none", "one a class"},
		{"costs", "matrix of numbers", "none", "of each pair"},
		{"smooth", "number", "0.5", "added to both"},
		{"squared", "true or false", "false", "squares"},
		{"share", "auto or number", "auto", "a share"},
	}
	if got := List(&options); !slices.Equal(got, want) {
		t.Errorf("List = %v, want %v", got, want)
	}
}
