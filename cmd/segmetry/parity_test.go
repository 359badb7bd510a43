package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

type difference struct{ Max, Mean float64 }

type parityFile struct {
	Reference struct{ Name string }
	Images    int
	Valid     struct {
		Pixels, Differ int64
		Share          *float64
	}
	Pairs  [][]int64
	Margin *struct {
		Of        string
		Median    float64
		Differ    *float64 `json:"differ_median"`
		Max       *float64 `json:"differ_max"`
		Histogram []struct{ Pixels, Differ int64 }
	}
	Logits, Probabilities *difference
	Metrics               []struct {
		Metric, Class string
		Difference    *float64
	}
	Most []struct {
		Image  string
		Differ int64
	}
}

func parityOf(t *testing.T, folder string) (p parityFile) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "parity.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// nucleiMaterial is the folder of the nuclei beside a checkout.
func nucleiMaterial(t *testing.T) string {
	t.Helper()
	base := filepath.Join(repository, "..", "shared", "material", "nuclei")
	if _, err := os.Stat(base); err != nil {
		t.Skipf("skipped: the shared material is not here: %v", err)
	}
	return base
}

// TestParityAgainstONNXRuntime holds six variants of the nuclei model against figures of onnxruntime 1.27 for Python and
// numpy (testdata/parity.py). Counts are exact; medians are codes of a sixteenth's width. The figures are of a processor with AVX2:
// with AVX-512 ONNX Runtime sums in another order, and a logit of about 20 is then off by some of its 2e-6 steps, so margins and
// the largest differences agree to 2e-5, and means to 1e-7.
func TestParityAgainstONNXRuntime(t *testing.T) {
	base := nucleiMaterial(t)
	text, err := os.ReadFile("testdata/parity.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]struct {
		Pairs                 [][]int64
		Images, Histogram     []int64
		Median                float64
		Differ                float64 `json:"differ_median"`
		Max                   float64 `json:"differ_max"`
		MIoU                  float64
		Logits, Probabilities *difference
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	const rounding = 2e-5
	near := func(got, want, relative, absolute float64) bool {
		return math.Abs(got-want) <= relative*math.Abs(want)+absolute
	}
	for model, w := range want {
		t.Run(model, func(t *testing.T) {
			if testing.Short() && model != "nuclei3_256_int8_qdq" {
				t.Skip("skipped: -short takes one variant")
			}
			folder, _ := evaluate(t, 0, "--images", filepath.Join(base, "images"), "--masks", filepath.Join(base, "masks"), "--losses", "none",
				"--model", filepath.Join(base, "models", model+".onnx"), "--reference", filepath.Join(base, "models", "nuclei3_dyn_logits.onnx"))
			p := parityOf(t, folder)
			if !slices.EqualFunc(p.Pairs, w.Pairs, slices.Equal[[]int64]) {
				t.Errorf("pairs %v, want %v", p.Pairs, w.Pairs)
			}
			for i, row := range rows(t, folder) {
				if row["parity.differ"] != strconv.FormatInt(w.Images[i], 10) {
					t.Errorf("%s: %s pixels differ, want %d", row["image"], row["parity.differ"], w.Images[i])
				}
			}
			m := p.Margin
			for i, b := range m.Histogram {
				if b.Differ != w.Histogram[i] {
					t.Errorf("margins of bin %d: %d, want %d", i, b.Differ, w.Histogram[i])
				}
			}
			if m.Of != "reference" || !near(m.Median, w.Median, 1./16, 0) {
				t.Errorf("margin of the %s, median %v, want %v", m.Of, m.Median, w.Median)
			}
			if p.Valid.Differ > 0 && (!near(*m.Differ, w.Differ, 1./16, 0) || !near(*m.Max, w.Max, 0, rounding)) || p.Valid.Differ == 0 && m.Max != nil {
				t.Errorf("margins of differing pixels %v, want %v and %v", m, w.Differ, w.Max)
			}
			for name, d := range map[string][2]*difference{"logits": {p.Logits, w.Logits}, "probabilities": {p.Probabilities, w.Probabilities}} {
				got, want := d[0], d[1]
				if (got == nil) != (want == nil) || got != nil && (!near(got.Max, want.Max, 0, rounding) || !near(got.Mean, want.Mean, 0, 1e-7)) {
					t.Errorf("%s: %v, want %v", name, got, want)
				}
			}
			for _, c := range p.Metrics {
				if c.Metric == "mIoU" && !near(*c.Difference, w.MIoU, 0, 1e-12) {
					t.Errorf("mIoU changes by %v, want %v", *c.Difference, w.MIoU)
				}
			}
		})
	}
}

// TestReference: a reference changes none of the model's own figures, and its bytes are the same at any number of workers.
func TestReference(t *testing.T) {
	alone, _ := evaluate(t, 0)
	flags := []string{"--reference", models + "nuclei3_256_int8_qdq.onnx"}
	one, _ := evaluate(t, 0, append(flags, "--workers", "1")...)
	three, _ := evaluate(t, 0, append(flags, "--workers", "3")...)
	for _, name := range []string{"images.csv", "summary.csv", "summary.json", "config.yaml", "parity.csv", "parity.json"} {
		a, err1 := os.ReadFile(filepath.Join(one, name))
		b, err2 := os.ReadFile(filepath.Join(three, name))
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs between 1 and 3 workers: %v %v", name, err1, err2)
		}
	}
	plain, compared := rows(t, alone), rows(t, one)
	for i, row := range plain {
		for name, value := range row {
			if compared[i][name] != value {
				t.Errorf("%s: %s is %s with a reference, %s without", row["image"], name, compared[i][name], value)
			}
		}
	}
	if _, there := plain[0]["parity.differ"]; there {
		t.Error("columns of a reference without one")
	}
	html, err := os.ReadFile(filepath.Join(one, "report.html"))
	if err != nil || !bytes.Contains(html, []byte("Against the reference")) || !bytes.Contains(html, []byte("parity-pairs")) {
		t.Errorf("the report has no section of the reference: %v", err)
	}
	manifest, err := os.ReadFile(filepath.Join(one, "manifest.json"))
	if err != nil || !bytes.Contains(manifest, []byte(`"reference"`)) {
		t.Errorf("the manifest does not say how the reference ran: %v", err)
	}
}

// TestReferenceKinds: a model against itself on the CPU, label maps on either side, another kind of head.
func TestReferenceKinds(t *testing.T) {
	for name, c := range map[string]struct {
		flags    []string
		marginOf string
		losses   bool
	}{
		"the same model":        {[]string{"--reference", "cpu"}, "reference", true},
		"a label map":           {[]string{"--reference", models + "nuclei3_dyn_u8_argmax.onnx"}, "model", true},
		"against a label map":   {[]string{"--model", models + "nuclei3_dyn_u8_argmax.onnx", "--reference", models + "nuclei3_dyn_logits.onnx"}, "reference", false},
		"label maps both":       {[]string{"--model", models + "nuclei3_dyn_u8_argmax.onnx", "--reference", "cpu"}, "", false},
		"words for the model":   {[]string{"--reference", models + "nuclei3_dyn_u8_argmax.onnx", "--set", "model.kind=logits", "--set", "model.output=logits"}, "model", true},
		"measures of scores":    {[]string{"--reference", models + "nuclei3_dyn_u8_argmax.onnx", "--metrics", "standard,ece,hd95"}, "model", true},
		"flipped views of both": {[]string{"--reference", "cpu", "--set", "inference.tta={flip: [none, horizontal]}"}, "reference", true},
	} {
		t.Run(name, func(t *testing.T) {
			folder, _ := evaluate(t, 0, append([]string{"--limit", "3"}, c.flags...)...)
			p := parityOf(t, folder)
			if p.Images != 3 || p.Valid.Pixels == 0 || p.Valid.Differ != 0 {
				t.Errorf("%d of %d pixels differ in %d images: these variants give the same labels", p.Valid.Differ, p.Valid.Pixels, p.Images)
			}
			of := ""
			if p.Margin != nil {
				of = p.Margin.Of
			}
			if of != c.marginOf {
				t.Errorf("the margin is of the %q, want %q", of, c.marginOf)
			}
			row := rows(t, folder)[0]
			if (row["loss.ce"] != "") != c.losses {
				t.Errorf("loss.ce is %q", row["loss.ce"])
			}
		})
	}
}

func TestReferenceRefused(t *testing.T) {
	for name, c := range map[string]struct {
		code  int
		flags []string
		say   []string
	}{
		"absent":          {2, []string{"--reference", "absent.onnx"}, []string{"model.reference", "absent.onnx"}},
		"other classes":   {2, []string{"--reference", models + "nuclei2_dyn_sigmoid.onnx"}, []string{"model.reference", "two classes"}},
		"windows of maps": {2, []string{"--reference", models + "nuclei3_256_u8_label_u8.onnx", "--set", "inference={mode: slide, crop_size: [256, 256]}"}, []string{"model.reference", "label maps"}},
		"empty":           {2, []string{"--reference", ""}, []string{"model.reference"}},
	} {
		_, stderr := evaluate(t, c.code, c.flags...)
		for _, say := range c.say {
			if !strings.Contains(stderr, say) {
				t.Errorf("%s: %q does not say %q", name, stderr, say)
			}
		}
	}
}
