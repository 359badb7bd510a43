package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Difference is a key that two configurations give different values.
type Difference struct{ Key, Base, New string }

func (d Difference) String() string { return fmt.Sprintf("%s was %s and is %s", d.Key, d.Base, d.New) }

// places are the keys that say where something lies, and not what it is: digests say that. model.rewrite, report.exports,
// report.plots and gates change no figure.
var places = append([]string{"model.rewrite", "report.exports", "report.plots", "gates"}, pathKeys...)

// Differences lists what two resolved configurations (a run folder's config.yaml) say differently, by key. Where model and
// dataset lie is left out.
func Differences(base, other []byte) ([]Difference, error) { return differences(base, other, places) }

// differences leaves keys out.
func differences(base, other []byte, leftOut []string) ([]Difference, error) {
	a, err := flatten(base)
	if err != nil {
		return nil, err
	}
	b, err := flatten(other)
	if err != nil {
		return nil, err
	}
	keys := map[string]bool{}
	for _, m := range []map[string]string{a, b} {
		for key := range m {
			keys[key] = true
		}
	}
	var list []Difference
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		within := func(section string) bool { return key == section || strings.HasPrefix(key, section+".") }
		if a[key] != b[key] && !slices.ContainsFunc(leftOut, within) {
			list = append(list, Difference{key, orNothing(a[key]), orNothing(b[key])})
		}
	}
	return list, nil
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// flatten lists a configuration's values by key; lists are values.
func flatten(text []byte) (map[string]string, error) {
	var top yaml.Node
	if err := yaml.Unmarshal(text, &top); err != nil {
		return nil, err
	}
	values := map[string]string{}
	var walk func(key string, n *yaml.Node) error
	walk = func(key string, n *yaml.Node) error {
		if n.Kind != yaml.MappingNode {
			flow := *n
			if flow.Kind == yaml.SequenceNode {
				flow.Style = yaml.FlowStyle
			}
			b, err := yaml.Marshal(&flow)
			values[key] = string(b[:max(0, len(b)-1)])
			return err
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			inner := n.Content[i].Value
			if key != "" {
				inner = key + "." + inner
			}
			if err := walk(inner, n.Content[i+1]); err != nil {
				return err
			}
		}
		return nil
	}
	for _, n := range top.Content {
		if err := walk("", n); err != nil {
			return nil, err
		}
	}
	return values, nil
}
