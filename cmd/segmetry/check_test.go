package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checked runs check with some keys set and returns the findings.
func checked(t *testing.T, set ...string) (found []struct{ Level, Check, Found, Do string }) {
	t.Helper()
	args := []string{"check", repository + "/configs/quickstart.yaml", "--json", "--trial", "7"}
	for _, s := range set {
		args = append(args, "--set", s)
	}
	code, stdout, stderr := command(t, args...)
	if code != 0 {
		t.Fatalf("%v: exit %d: %s", set, code, stderr)
	}
	var r struct {
		Findings []struct{ Level, Check, Found, Do string }
	}
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatal(err)
	}
	return r.Findings
}

// TestCheckTriesOtherPreprocessing holds the trial's margin against models whose right preprocessing is known: nothing is
// found with it, and each way of being wrong is found by its name.
func TestCheckTriesOtherPreprocessing(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it evaluates pictures a hundred times")
	}
	material, err := filepath.Abs(filepath.Join(repository, "..", "shared", "material"))
	if err != nil {
		t.Fatal(err)
	}
	nuclei := []string{"dataset.images=" + material + "/nuclei/images", "dataset.masks=" + material + "/nuclei/masks"}
	pets := []string{"model.path=" + material + "/pets/dicenet_s1.0_pascal_384x384.onnx", "model.class_map={8: 1, 12: 2, default: 0}",
		"dataset.images=" + material + "/pets/images", "dataset.masks=" + material + "/pets/masks", "dataset.classes=[background, cat, dog]", "dataset.ignore_index=255",
		"preprocess.size=[384, 384]", "preprocess.mean=[0.485, 0.456, 0.406]", "preprocess.std=[0.229, 0.224, 0.225]"}
	for name, c := range map[string]struct {
		base, wrong []string
		do          string // "": nothing is found
	}{
		"quickstart":                  {nil, nil, ""},
		"quickstart, scale left out":  {nil, []string{"preprocess.scale=1"}, "preprocess.scale: 1/255"},
		"quickstart, a mean too many": {nil, []string{"preprocess.mean=[0.485, 0.456, 0.406]", "preprocess.std=[0.229, 0.224, 0.225]"}, "preprocess.mean: null"},
		"nuclei":                      {nuclei, nil, ""},
		"nuclei, scale left out":      {nuclei, []string{"preprocess.scale=1"}, "preprocess.scale: 1/255"},
		"nuclei, from -1 to 1":        {nuclei, []string{"preprocess.mean=[0.5]", "preprocess.std=[0.5]"}, "preprocess.mean: null"},
		"pets":                        {pets, nil, ""},
		"pets, BGR":                   {pets, []string{"preprocess.color=bgr"}, "preprocess.color: rgb"},
		"pets, the mean reversed":     {pets, []string{"preprocess.mean=[0.406, 0.456, 0.485]"}, "preprocess.mean: [0.485, 0.456, 0.406]"},
		"pets, no mean":               {pets, []string{"preprocess.mean=null", "preprocess.std=null"}, "preprocess.mean: [0.485, 0.456, 0.406]"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.base != nil {
				if _, err := os.Stat(material); err != nil {
					t.Skipf("skipped: the material is not here: %v", err)
				}
			}
			found := checked(t, append(append([]string{}, c.base...), c.wrong...)...)
			if c.do == "" && len(found) > 0 || c.do != "" && (len(found) != 1 || found[0].Check != "normalisation" || !strings.Contains(found[0].Do, c.do)) {
				t.Errorf("%+v, want %q", found, c.do)
			}
		})
	}
}
