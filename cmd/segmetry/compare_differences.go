package main

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/store"
)

// whereFilesLie are keys whose values say where something is and not what: the digests say that.
var whereFilesLie = []string{"model.path", "model.reference", "dataset.images", "dataset.masks", "dataset.path", "dataset.metadata", "dataset.split"}

// differencesOf lists in what two runs differ beside their figures, as far as it is known before their images are read.
func differencesOf(a, b store.Header) []record.RunDifference {
	var list []record.RunDifference
	add := func(what, allowance, a, b string) {
		if a != b {
			list = append(list, record.RunDifference{What: what, Base: a, New: b, Allowance: allowance})
		}
	}
	add("model.sha256", "model", a.Model.SHA256, b.Model.SHA256)
	add("model.kind", "model", a.Model.Kind, b.Model.Kind)
	add("model.activation", "model", a.Model.Activation, b.Model.Activation)
	add("classes", "dataset", strings.Join(a.Columns.Classes, ", "), strings.Join(b.Columns.Classes, ", "))
	add("dataset.name", "dataset", a.Dataset.Name, b.Dataset.Name)
	add("onnxruntime", "runtime", a.Runtime, b.Runtime)
	first, second := flattened(a.Config), flattened(b.Config)
	var keys []string
	for key := range first {
		keys = append(keys, key)
	}
	for key := range second {
		if _, both := first[key]; !both {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		section, _, _ := strings.Cut(key, ".")
		if slices.Contains([]string{"model", "dataset", "preprocess", "inference", "score"}, section) && !slices.Contains(whereFilesLie, key) && key != "dataset.classes" {
			add(key, section, first[key], second[key])
		}
	}
	return list
}

// flattened are a configuration's values by their keys, model.device; lists and their options are one value.
func flattened(config string) map[string]string {
	values := map[string]string{}
	var top yaml.Node
	if yaml.Unmarshal([]byte(config), &top) != nil || len(top.Content) != 1 {
		return values // it was read before
	}
	var walk func(key string, n *yaml.Node)
	walk = func(key string, n *yaml.Node) {
		if n.Kind == yaml.MappingNode {
			for i := 0; i+1 < len(n.Content); i += 2 {
				walk(strings.TrimPrefix(key+"."+n.Content[i].Value, "."), n.Content[i+1])
			}
			return
		}
		if n.Kind == yaml.ScalarNode {
			values[key] = n.Value
			return
		}
		text, err := yaml.Marshal(n)
		if err != nil {
			text = []byte(fmt.Sprint(err))
		}
		values[key] = strings.TrimSpace(string(text))
	}
	walk("", top.Content[0])
	return values
}
