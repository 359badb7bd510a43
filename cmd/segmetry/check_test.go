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
	variant := func(name string) []string {
		return append([]string{"model.path=" + models + name + ".onnx"}, nuclei...)
	}
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
		"bytes in, labels out":        {variant("nuclei3_dyn_u8_argmax"), []string{"preprocess.scale=1"}, ""},
		"bytes in, from 0 to 1":       {variant("nuclei3_dyn_u8_argmax"), []string{"preprocess.scale=1/255"}, "preprocess.scale: 1"},
		"int8":                        {variant("nuclei3_256_int8_qdq"), nil, ""},
		"int8, scale left out":        {variant("nuclei3_256_int8_qdq"), []string{"preprocess.scale=1"}, "preprocess.scale: 1/255"},
		"channels last":               {variant("nuclei3_256_nhwc_softmax"), nil, ""},
		"channels last, a mean":       {variant("nuclei3_256_nhwc_softmax"), []string{"preprocess.mean=[0.485, 0.456, 0.406]", "preprocess.std=[0.229, 0.224, 0.225]"}, "preprocess.mean: null"},
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

// TestCheckTakesRunsFlags: a dataset is looked at without a configuration and without a model, and what was found is said first.
func TestCheckTakesRunsFlags(t *testing.T) {
	code, stdout, stderr := command(t, "check", "--images", data+"images", "--masks", data+"masks", "--classes", "background,interior,border", "--filter", "*", "--out", "runs/x")
	if code != 0 || !strings.HasPrefix(stdout, "format folder\n24 items") || !strings.Contains(stdout, "no model is named") || !strings.Contains(stdout, "nothing found") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	code, stdout, stderr = command(t, "check", "--set", "dataset.path="+repository+"/testdata/datasets/voc")
	if !strings.HasPrefix(stdout, "format voc (it has ") || strings.Contains(stderr, "format voc") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	code, stdout, stderr = command(t, "check", "--model", "nowhere.onnx", "--set", "dataset.path="+repository+"/testdata/datasets/voc")
	if code == 0 || !strings.HasPrefix(stdout, "format voc (it has ") || !strings.Contains(stderr, "nowhere.onnx") {
		t.Errorf("a model that is not there: exit %d: %s%s", code, stdout, stderr)
	}
	if code, _, stderr = command(t, "check"); code != 2 || !strings.Contains(stderr, "dataset.images") {
		t.Errorf("nothing is named: exit %d: %s", code, stderr)
	}
}

// TestDataErrorsOfTheConfiguration: what is wrong with the dataset's files is data, what is wrong with its name is usage.
func TestDataErrorsOfTheConfiguration(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.zip")
	if err := os.WriteFile(broken, []byte("PK\x03\x04 not much"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		code int
		path string
	}{"a zip file that is cut off": {3, broken}, "a folder that is not there": {2, filepath.Join(t.TempDir(), "nowhere")}} {
		for _, verb := range []string{"run", "check"} {
			code, _, stderr := command(t, verb, "--model", models+"nuclei3_dyn_logits.onnx", "--set", "dataset.path="+c.path, "--out", filepath.Join(t.TempDir(), "run"))
			if code != c.code || !strings.Contains(stderr, c.path) {
				t.Errorf("%s, %s: exit %d, want %d: %s", name, verb, code, c.code, stderr)
			}
		}
	}
}

// TestCheckPredictsDisk holds the room that check asks for against what a run folder takes.
func TestCheckPredictsDisk(t *testing.T) {
	args := []string{"--model", models + "nuclei3_dyn_logits.onnx", "--images", data + "images", "--masks", data + "masks", "--classes", "background,interior,border"}
	folder := filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := command(t, append([]string{"check", "--json", "--trial", "0", "--out", folder}, args...)...)
	var r struct {
		Disk []struct {
			Path   string
			Needed int64 `json:"needed_bytes"`
			Free   int64 `json:"free_bytes"`
		}
	}
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || code != 0 || len(r.Disk) != 1 || r.Disk[0].Path != folder || r.Disk[0].Free == 0 {
		t.Fatalf("exit %d, %v: %s%s", code, err, stdout, stderr)
	}
	if _, err := os.Stat(folder); err == nil {
		t.Error("check has made the run folder")
	}
	if code, _, stderr = command(t, append([]string{"run", "--quiet", "--out", folder}, args...)...); code != 0 {
		t.Fatal(stderr)
	}
	var used int64
	err := filepath.WalkDir(folder, func(_ string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			info, err := e.Info()
			if err != nil {
				return err
			}
			used += info.Size()
		}
		return err
	})
	if err != nil || used > r.Disk[0].Needed || r.Disk[0].Needed > 12*used {
		t.Errorf("%d bytes, and %d were predicted; %v", used, r.Disk[0].Needed, err)
	}
}
