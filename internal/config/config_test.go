package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/configs"
	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/report/export"
)

func TestExamplesLoad(t *testing.T) {
	files, err := filepath.Glob("../../configs/*.yaml")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d examples: %v", len(files), err)
	}
	for _, file := range files {
		c, err := Load(file, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.HasPrefix(c.Model.Path, "../../") {
			t.Errorf("%s: the model's path %s is not relative to the file", file, c.Model.Path)
		}
		first, err := c.YAML()
		if err != nil {
			t.Fatal(err)
		}
		resolved := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(resolved, first, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(resolved, nil); err != nil {
			t.Errorf("what %s resolves to cannot be loaded: %v\n%s", file, err, first)
		}
	}
}

// TestSchemaAndStructsAgree: every key of the structs is in the schema. The schema may know more: what is refused as not
// supported yet.
func TestSchemaAndStructsAgree(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(configs.Schema, &schema); err != nil {
		t.Fatal(err)
	}
	var later []string
	compareKeys(t, "", schema, reflect.TypeFor[Config](), later)
}

func compareKeys(t *testing.T, path string, schema map[string]any, s reflect.Type, later []string) {
	t.Helper()
	properties, _ := schema["properties"].(map[string]any)
	if properties == nil {
		return
	}
	known := map[string]reflect.Type{}
	for i := range s.NumField() {
		name, _, _ := strings.Cut(s.Field(i).Tag.Get("yaml"), ",")
		if name != "-" {
			known[name] = s.Field(i).Type
		}
	}
	for name, sub := range properties {
		key := strings.TrimPrefix(path+"."+name, ".")
		typ, ok := known[name]
		if !ok {
			if !slices.Contains(later, key) {
				t.Errorf("%s is in the schema and not in the structs", key)
			}
			continue
		}
		if typ.Kind() == reflect.Struct {
			compareKeys(t, key, sub.(map[string]any), typ, later)
		}
		delete(known, name)
	}
	for name := range known {
		t.Errorf("%s.%s is in the structs and not in the schema", path, name)
	}
}

// TestDeviceOptionsAgree: the schema has the options of ONNX Runtime that the model takes, and no others.
func TestDeviceOptionsAgree(t *testing.T) {
	for section, want := range map[string][]string{
		"model.session_options": model.SessionOptionNames(), "model.provider_options.cpu": model.ProviderOptionNames("cpu"),
		"model.provider_options.cuda": model.ProviderOptionNames("cuda"), "model.provider_options.tensorrt": model.ProviderOptionNames("tensorrt"),
	} {
		if got := knownKeys(section); len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s: the schema has %v, the model takes %v", section, got, want)
		}
	}
	c, err := parse("x.yaml", []byte("model: {path: a, provider_options: {cuda: {device_id: 1, use_tf32: true}}}\ndataset: {images: a, masks: b, classes: [a]}"),
		[]Override{{Key: "model.session_options.session.intra_op.allow_spinning", Value: "1", Flag: "--set x"}})
	if err != nil {
		t.Fatal(err)
	}
	if o := c.Model; o.ProviderOptions["cuda"]["device_id"] != "1" || o.ProviderOptions["cuda"]["use_tf32"] != "true" || o.SessionOptions["session.intra_op.allow_spinning"] != "1" {
		t.Errorf("%+v", o)
	}
}

func TestBad(t *testing.T) {
	for name, c := range map[string]struct {
		yaml string
		say  []string
	}{
		"unknown section":        {"modell: {}", []string{"x.yaml:1:1", `unknown key "modell"`, `"model"`}},
		"unknown key":            {"model:\n  pth: a", []string{"x.yaml:2:3", `model: unknown key "pth"`, `"path"`}},
		"a list of ratios":       {"preprocess: {scale: [1, 2]}", []string{"preprocess.scale: expected a number or a ratio such as 1/255, found a list"}},
		"ratio of words":         {"preprocess: {scale: a/b}", []string{"preprocess.scale", `found "a/b"`}},
		"choice":                 {"preprocess: {fit: crop}", []string{"expected stretch, short, long, rescale, letterbox, none", `found "crop"`}},
		"a number for text":      {"model: {path: [a]}", []string{"model.path: expected text, found a list"}},
		"what an input is given": {"model: {inputs: {a: image_siz}}", []string{"x.yaml:1:21: model.inputs.a: expected image_size", `found "image_siz"`}},
		"text for a number":      {"report: {worst: many}", []string{"report.worst: expected a whole number"}},
		"negative":               {"report: {worst: -1}", []string{"a number from 0 on"}},
		"too many":               {"report: {worst: 5000}", []string{"a number up to 1000"}},
		"map key":                {"dataset: {label_map: {a: 1}}", []string{"dataset.label_map.a", "{cat: [8, 9]}"}},
		"classes twice":          {"dataset: {classes: [b, a, a]}", []string{"dataset.classes: expected no name twice: elements 1 and 2 are one"}},
		"a class unnamed":        {"dataset: {classes: [a, '']}", []string{"dataset.classes.1: expected a name that is not empty"}},
		"a size too large":       {"preprocess: {size: [1000000000, 9]}", []string{"x.yaml:1:21: preprocess.size.0: expected a number up to 65536"}},
		"a size of text":         {"preprocess: {size: [a, 9]}", []string{"preprocess.size.0: expected two whole numbers, [height, width]"}},
		"list for section":       {"model: [1]", []string{"model: expected a section, found a list"}},
		"no mapping":             {"- a", []string{"expected sections"}},
		"not YAML":               {"a: [", []string{"not YAML"}},
		"key twice":              {"model: {}\nmodel: {}", []string{"model"}},
		"alias":                  {"model: &a {path: x}\ndataset: *a", []string{"aliases"}},
		"entry without":          {"score: {losses: [{gamma: 2}]}", []string{"expected a name"}},
		"later":                  {"model: {path: a}\ndataset: {images: a, masks: b, classes: [a]}\nscore: {at: model}", []string{"score.at model"}},
		"missing":                {"dataset: {classes: [a]}", []string{"model.path", "dataset.images", "dataset.masks"}},
		"a session entry":        {"model:\n  session_options:\n    session.intra_op.allow_spining: 1", []string{"x.yaml:3:5", `"session.intra_op.allow_spinning"`}},
		"a provider":             {"model: {provider_options: {cudda: {}}}", []string{`"cuda"`}},
		"a provider option":      {"model: {provider_options: {cuda: {gpu_memlimit: 1}}}", []string{"model.provider_options.cuda", `"gpu_mem_limit"`}},
		"an option's value":      {"model: {path: a, provider_options: {cuda: {device_id: [1]}}}", []string{"model.provider_options.cuda.device_id: expected true or false or a number or text"}},
		"a switch":               {"model: {path: a, session_options: {session.intra_op.allow_spinning: 7}}", []string{"x.yaml:1", "expected 0 or 1"}},
		"everything":             {"modl: {}\npreprocess: {fit: x, scale: [1]}", []string{"modl", "preprocess.fit", "preprocess.scale"}},
	} {
		_, err := parse("x.yaml", []byte(c.yaml), nil)
		if err == nil || fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, say := range c.say {
			if !strings.Contains(err.Error(), say) {
				t.Errorf("%s: %q does not say %q", name, err, say)
			}
		}
	}
}

func TestOverrides(t *testing.T) {
	base := "model: {path: a}\ndataset: {images: i, masks: m, classes: [a, b]}\n"
	c, err := parse("dir/x.yaml", []byte(base), []Override{
		{Key: "preprocess.pad.multiple", Value: "8"}, {Key: "dataset.classes", Value: "[x, y, z]"}, {Key: "model.path", Value: "m: n.onnx", Text: true},
		{Key: "score.losses", Value: "[ce, {name: focal, label: f, gamma: 1}]"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Preprocess.Pad.Multiple != 8 || len(c.Dataset.Classes) != 3 || c.Model.Path != "m: n.onnx" || c.Dataset.Images != filepath.Join("dir", "i") || c.Score.Losses[1].Label != "f" {
		t.Errorf("%+v", c)
	}
	for _, o := range []Override{{Key: "Bad Key", Flag: "--set"}, {Key: "a.b", Value: "["}, {Key: "model.devic", Value: "x", Flag: "--set model.devic"}} {
		if _, err := parse("x.yaml", []byte(base), []Override{o}); err == nil || o.Flag != "" && !strings.Contains(err.Error(), o.Flag) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestWhereOverridesStand(t *testing.T) {
	for name, c := range map[string]struct {
		override Override
		say      string
	}{
		"an element":              {Override{Key: "inference.stride", Value: "[0, 4]", Flag: "--set inference.stride"}, "--set inference.stride: inference.stride.0: expected a number from 1 on"},
		"a key said once":         {Override{Key: "score.bootstrap.method", Value: "t", Flag: "--set score.bootstrap.method"}, "--set score.bootstrap.method: expected bca"},
		"a section":               {Override{Key: "score.bootstrap", Value: "{method: t}", Flag: "--set score.bootstrap"}, "--set score.bootstrap: score.bootstrap.method: expected bca"},
		"a flag":                  {Override{Key: "report.worst", Value: "-1", Flag: "--worst"}, "--worst: report.worst: expected a number from 0 on"},
		"a gate":                  {Override{Key: "gates", Value: `["mIoU"]`, Flag: "--gate"}, `--gate: gates: gate "mIoU": expected METRIC: CONDITION`},
		"two gates":               {Override{Key: "gates", Value: `["mIoU", "mIoU: min x"]`, Flag: "--gate"}, "\n--gate: gates: gate \"mIoU: min x\": expected a number"},
		"no gate":                 {Override{Key: "gates", Value: "[{min: 1}]", Flag: "--set gates"}, "--set gates: gates.0: expected a metric and a condition"},
		"a key that none has set": {Override{Key: "dataset.images", Value: "i", Flag: "--images"}, "the configuration: dataset.classes: name the classes"},
	} {
		if _, err := parse("", nil, []Override{c.override}); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v, which does not say %q", name, err, c.say)
		}
	}
}

func TestEntries(t *testing.T) {
	file := filepath.Join(t.TempDir(), "l.yaml")
	if err := os.WriteFile(file, []byte("- ce\n- {name: focal, label: f, gamma: 1.5, flag: true, list: [1, 2]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := LoadEntries(file)
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	type options struct {
		Gamma float64   `yaml:"gamma"`
		Flag  bool      `yaml:"flag"`
		List  []float64 `yaml:"list"`
	}
	var o options
	if err := list[1].Decode(&o); err != nil || o.Gamma != 1.5 || !o.Flag || len(o.List) != 2 || list[0].Decode(&o) != nil {
		t.Errorf("%+v %v", o, err)
	}
	var wrong struct {
		Gamma int     `yaml:"gamma"`
		Flags *string `yaml:"flags"`
		List  string  `yaml:"list"`
	}
	err = list[1].Decode(&wrong)
	for _, say := range []string{"l.yaml:2", `"flags"`, "text"} {
		if err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%v does not say %q", err, say)
		}
	}
	if err := list[1].Decode(&struct{}{}); err == nil || !strings.Contains(err.Error(), "no options") {
		t.Error(err)
	}
	if l, err := ParseEntries("ce, focal"); err != nil || l[1].Name != "focal" {
		t.Error(l, err)
	}
	if _, err := ParseEntries("ce,,focal"); err == nil {
		t.Error("an empty name was accepted")
	}
	for _, bad := range []string{"a: b", "- {gamma: 1}", "- &a {name: b}\n- *a"} {
		if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if l, err := LoadEntries(file); err == nil && !strings.Contains(bad, "*a") {
			t.Errorf("%q was accepted: %v", bad, l)
		}
	}
	if _, err := LoadEntries(filepath.Join(t.TempDir(), "absent.yaml")); err == nil {
		t.Error("a file that is not there")
	}
}

func TestFiles(t *testing.T) {
	if _, err := Load(t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Error(err)
	}
	big := filepath.Join(t.TempDir(), "big.yaml")
	if err := os.WriteFile(big, bytes.Repeat([]byte("# x\n"), maxFile/4+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(big, nil); err == nil || !strings.Contains(err.Error(), "expected at most") {
		t.Error(err)
	}
	if p, err := LoadPreprocess("", []Override{{Key: "preprocess.size", Value: "[3, 4]"}}); err != nil || p.Size[1] != 4 {
		t.Error(p, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("model: {path: a, class_map: {1: 2}}\npreprocess: {scale: 1/255}"))
	f.Add([]byte("score: {losses: [ce, {name: focal}]}"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		_, _ = parse("x.yaml", text, nil) // errors are expected, crashes are not
	})
}

// TestPreset: a preset's values lie under the keys that are set, whatever their order, and config.yaml has them resolved.
func TestPreset(t *testing.T) {
	text := []byte("model: {path: m.onnx}\ndataset: {images: i, masks: m, classes: [a, b]}\npreprocess: {interpolation: cv_area, pad: {value: 7}, preset: mmseg, std: [2]}\n")
	c, err := parse("x.yaml", text, []Override{{Key: "preprocess.size", Value: "null"}})
	if err != nil {
		t.Fatal(err)
	}
	p := c.Preprocess
	if p.Interpolation != "cv_area" || p.Size != nil || p.Fit != dataset.FitRescale || len(p.Std) != 1 || p.Mean[0] != 123.675 || p.Scale.Value != 1 || p.Pad.Value[0] != 7 || p.Orientation != dataset.OrientationApply {
		t.Errorf("%+v", p)
	}
	resolved, err := c.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := parse("again.yaml", resolved, nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, resolved)
	}
	p.Preset = ""
	if !reflect.DeepEqual(again.Preprocess, p) {
		t.Errorf("read again: %+v, want %+v", again.Preprocess, p)
	}
	if _, err := parse("x.yaml", []byte("preprocess: {preset: mmsegm}"), nil); err == nil || !strings.Contains(err.Error(), "keras, mmseg, nnunet, smp, timm, torchvision") {
		t.Errorf("an unknown preset: %v", err)
	}
}

// TestReferencePath: a file is relative to the configuration, the word cpu is not a file.
func TestReferencePath(t *testing.T) {
	for value, want := range map[string]string{"cpu": "cpu", "./cpu": filepath.Join("dir", "cpu"), "b.onnx": filepath.Join("dir", "b.onnx")} {
		c, err := parse("dir/x.yaml", []byte("model: {path: a.onnx, reference: "+value+"}\ndataset: {images: i, masks: m, classes: [a, b]}\n"), nil)
		if err != nil || c.Model.Reference != want {
			t.Errorf("reference %s becomes %v, want %s: %v", value, c, want, err)
		}
	}
	c, err := parse("x.yaml", []byte("model: {path: a.onnx, reference: ./cpu}\ndataset: {images: i, masks: m, classes: [a, b]}\n"), nil)
	if err != nil || c.Model.Reference != "."+string(filepath.Separator)+"cpu" {
		t.Errorf("the file cpu beside the configuration becomes %v: %v", c, err)
	}
}

// TestPlotsAgree: the schema names every format of figures, and both it and the code refuse what is none.
func TestPlotsAgree(t *testing.T) {
	for value, good := range map[string]bool{"{format: png}": true, "{format: svg, width: 3.5}": true, "{format: pdf, dpi: 50}": true,
		"{format: gif}": false, "{width: 13}": false, "{dpi: 49}": false, "{height: 3}": false} {
		if _, err := Load("", []Override{{Key: "report.plots", Value: value, Flag: "--set"}, {Key: "model.path", Value: "m.onnx", Text: true}}); strings.Contains(fmt.Sprint(err), "plots") == good {
			t.Errorf("report.plots: %s gives %v", value, err)
		}
	}
}

// TestExportsAgree: the schema names every export.
func TestExportsAgree(t *testing.T) {
	for _, name := range append(export.Names(), "all") {
		if _, err := Load("", []Override{{Key: "report.exports", Value: "[" + name + "]", Flag: "--export"}, {Key: "model.path", Value: "m.onnx", Text: true}}); err != nil && strings.Contains(err.Error(), "report.exports") {
			t.Error(err)
		}
	}
}
