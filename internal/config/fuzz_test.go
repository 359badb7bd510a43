package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
)

// FuzzOverride: --set with any key and any YAML, over a configuration with every kind of node.
func FuzzOverride(f *testing.F) {
	for _, seed := range [][2]string{{"preprocess.size", "[3, 4]"}, {"model.session_options.a.b", "1"}, {"score.losses", "[{name: focal, gamma: 2}]"}, {"dataset", "null"}, {"a..b", "{"}, {"score.losses.0", "ce"},
		{"dataset.palette", "[[1, 2, 3]]"}, {"dataset.label_map", "&x {1: *x}"}, {"run.shard", "1/0"}, {"run.memory", "1e9GiB"}, {"dataset.classes", "a: &a [*a]"}} {
		f.Add(seed[0], seed[1])
	}
	base := []byte("model: {path: m.onnx}\ndataset: {images: i, masks: m, classes: [a, b]}\nscore: {losses: [ce]}\n")
	f.Fuzz(func(t *testing.T, key, value string) {
		if len(value) > 1<<12 {
			return
		}
		if _, err := parse("x.yaml", base, []Override{{Key: key, Value: value, Flag: "--set " + key}}); err != nil && fault.KindOf(err) == fault.Runtime {
			t.Errorf("an error of neither data nor usage: %v", err)
		}
	})
}

// FuzzEntries: a file of losses or metrics, and a list of them on the command line.
func FuzzEntries(f *testing.F) {
	for _, seed := range []string{"[ce, {name: focal, gamma: 2}]", "- ce\n- dice", "{a: b}", "[[]]", "- &x {name: *x}", "ce,dice", ",", "[{name: [1]}]", "[null]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(t.TempDir(), "x.yaml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		fromFile, _ := LoadEntries(file)
		fromList, _ := ParseEntries(string(text))
		for _, e := range append(fromFile, fromList...) {
			var options struct {
				Gamma float64 `yaml:"gamma"`
				Top   *int    `yaml:"top,omitempty"`
			}
			_ = e.Decode(&options) // errors are expected, crashes are not
		}
	})
}
