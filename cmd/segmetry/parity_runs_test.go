package main

import (
	"bytes"
	"encoding/json"
	"image"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// storedRun runs a quickstart model with its predictions stored.
func storedRun(t *testing.T, model string, flags ...string) string {
	t.Helper()
	folder, _ := evaluate(t, 0, append([]string{"--model", models + model + ".onnx", "--losses", "ce", "--predictions"}, flags...)...)
	return folder
}

// TestParityOfRuns: two run folders say what a run with a reference says, but for what needs the logits themselves; on
// pictures of several sizes, of which some pixels are ignored.
func TestParityOfRuns(t *testing.T) {
	ignoring := []string{"--ignore-index", "2"} // borders, so that a pixel may be predicted as what is ignored
	a, b := storedRun(t, "nuclei3_dyn_logits", ignoring...), storedRun(t, "nuclei3_256_int8_qdq", ignoring...)
	out := filepath.Join(t.TempDir(), "out")
	code, stdout, stderr := command(t, "parity", a, b, "--out", out)
	if code != 0 || !strings.Contains(stdout, "valid pixels differ") || !strings.Contains(stdout, "with ignored ones") {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	direct, _ := evaluate(t, 0, append([]string{"--model", models + "nuclei3_256_int8_qdq.onnx", "--losses", "ce", "--reference", models + "nuclei3_dyn_logits.onnx"}, ignoring...)...)
	got, want := document(t, out), document(t, direct)
	for _, d := range []map[string]any{got, want} {
		delete(d, "logits")
		delete(d, "probabilities")
		delete(d, "device")
		delete(d["margin"].(map[string]any), "differ_max") // exact in the one, within a sixteenth in the other
	}
	if !reflect.DeepEqual(got, want) {
		for key := range want {
			if !reflect.DeepEqual(got[key], want[key]) {
				t.Errorf("%s: %v, want %v", key, got[key], want[key])
			}
		}
	}
	page, err := os.ReadFile(filepath.Join(out, "parity.html"))
	if err != nil || !bytes.Contains(page, []byte("Against the reference")) || bytes.Contains(page, []byte("http://")) {
		t.Errorf("parity.html: %v", err)
	}
	if code, _, stderr := command(t, "parity", a, b, "--out", out); code != 2 || !strings.Contains(stderr, "--overwrite") {
		t.Errorf("a second comparison in one folder: exit %d, %s", code, stderr)
	}
	code, stdout, _ = command(t, "parity", a, b, "--json")
	text, err := os.ReadFile(filepath.Join(out, "parity.json"))
	if err != nil || code != 0 || stdout != string(text) {
		t.Errorf("--json prints something else than parity.json holds: exit %d, %v", code, err)
	}
	if code, stdout, _ := command(t, "parity", b, a, "--out", filepath.Join(t.TempDir(), "x")); code != 0 || !strings.Contains(stdout, "against nuclei3_256_int8_qdq") {
		t.Errorf("the other way round: exit %d, %s", code, stdout)
	}
}

func document(t *testing.T, folder string) (d map[string]any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "parity.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestStoredPredictionsScoreAlike: the label maps of a run, scored against the masks, give the run's matrix.
func TestStoredPredictionsScoreAlike(t *testing.T) {
	run := storedRun(t, "nuclei3_dyn_logits", "--workers", "3")
	code, stdout, stderr := command(t, "score", "--predictions", filepath.Join(run, "predictions"), "--masks", data+"masks", "--num-classes", "3", "--json")
	var s summaryFile
	if err := json.Unmarshal([]byte(stdout), &s); err != nil || code != 0 {
		t.Fatalf("exit %d: %s %v", code, stderr, err)
	}
	if want := summaryOf(t, run).Confusion; !reflect.DeepEqual(s.Confusion, want) {
		t.Errorf("matrix %v, want %v", s.Confusion, want)
	}
}

func TestParityOfRunsRefused(t *testing.T) {
	a, b := storedRun(t, "nuclei3_dyn_logits", "--limit", "2"), storedRun(t, "nuclei3_dyn_fp16io", "--limit", "2")
	without, _ := evaluate(t, 0, "--limit", "2")
	more := storedRun(t, "nuclei3_dyn_fp16io", "--limit", "3")
	other := storedRun(t, "nuclei3_dyn_fp16io", "--filter", "cell-0[34]*")
	two := storedRun(t, "nuclei2_dyn_sigmoid", "--limit", "2", "--classes", "background,nucleus", "--set", "dataset.label_map={2: 1}")
	ignoring := storedRun(t, "nuclei3_dyn_fp16io", "--limit", "2", "--ignore-index", "2")
	damaged := func(change func(dir string)) string {
		dir := filepath.Join(t.TempDir(), "damaged")
		if err := os.CopyFS(dir, os.DirFS(b)); err != nil {
			t.Fatal(err)
		}
		change(dir)
		return dir
	}
	for name, c := range map[string]struct {
		run  string
		code int
		say  []string
	}{
		"no run":            {t.TempDir(), 2, []string{"summary.json"}},
		"not stored":        {without, 2, []string{"--predictions"}},
		"more images":       {more, 2, []string{"cell-03.png", "ends before it"}},
		"other images":      {other, 2, []string{"digest"}},
		"other classes":     {two, 2, []string{"nucleus", "border"}},
		"other valid":       {ignoring, 2, []string{"cell-01.png", "valid"}},
		"missing":           {damaged(func(d string) { remove(t, d+"/predictions/cell-02.png") }), 3, []string{"cell-02", "missing"}},
		"cut off":           {damaged(func(d string) { cut(t, d+"/predictions/cell-02.png") }), 3, []string{"cell-02"}},
		"another size":      {damaged(func(d string) { writePNG(t, d+"/predictions/cell-01.png", image.NewGray(image.Rect(0, 0, 8, 9))) }), 3, []string{"8×9", "cell-01"}},
		"a class too large": {damaged(func(d string) { writePNG(t, d+"/predictions/cell-01.png", like(t, d+"/predictions/cell-01.png", 7)) }), 3, []string{"label 7", "0 to 2"}},
		"a damaged summary": {damaged(func(d string) { write(t, d+"/summary.json", []byte("{")) }), 3, []string{"summary.json"}},
		"another schema":    {damaged(func(d string) { write(t, d+"/summary.json", []byte(`{"schema": 9}`)) }), 3, []string{"schema 9"}},
		"a damaged matrix": {damaged(func(d string) {
			write(t, d+"/summary.json", []byte(`{"schema": 1, "classes": ["background", "interior", "border"], "confusion": [[1, 2], [3]]}`))
		}), 3, []string{"confusion"}},
		"damaged rows": {damaged(func(d string) { write(t, d+"/images.csv", []byte("image,what\n")) }), 3, []string{"images.csv"}},
		"a wrong number": {damaged(func(d string) {
			write(t, d+"/images.csv", []byte("image,status,error,width,height,valid_pixels\ncell-01.png,ok,,x,1,1\n"))
		}), 3, []string{"cell-01.png", `"x"`}},
	} {
		code, _, stderr := command(t, "parity", a, c.run)
		if code != c.code {
			t.Errorf("%s: exit %d, want %d: %s", name, code, c.code, stderr)
		}
		for _, say := range c.say {
			if !strings.Contains(stderr, say) {
				t.Errorf("%s: %q does not say %q", name, stderr, say)
			}
		}
	}
}

// like is a grey picture of a file's size, filled with a value.
func like(t *testing.T, file string, value uint8) image.Image {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, _, err := image.DecodeConfig(f)
	if err != nil {
		t.Fatal(err)
	}
	m := image.NewGray(image.Rect(0, 0, c.Width, c.Height))
	for i := range m.Pix {
		m.Pix[i] = value
	}
	return m
}
