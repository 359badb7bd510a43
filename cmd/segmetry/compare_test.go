package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// release is what tests read of compare.json.
type releaseJSON struct {
	Verdict    string
	Comparable bool
	Images     struct{ Paired int }
	Gates      []struct{ Verdict, Why string }
	Metrics    map[string]struct {
		Base, New, Difference, CILow, CIHigh float64
		P                                    float64 `json:"p"`
	}
	Flips *struct {
		RightToWrong int64 `json:"right_to_wrong"`
		WrongToRight int64 `json:"wrong_to_right"`
	}
	FlipsWhy     string                   `json:"flips_why"`
	FlipsByClass []struct{ Pixels int64 } `json:"flips_by_class"`
}

// compared runs compare --json.
func compared(t *testing.T, wantCode int, args ...string) (r releaseJSON, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := Main(append([]string{"compare", "--json"}, args...), nil, &out, &errs, os.Environ()); code != wantCode {
		t.Fatalf("%s: exit %d, want %d: %s", strings.Join(args, " "), code, wantCode, errs.String())
	}
	if wantCode <= 1 {
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
	}
	return r, errs.String()
}

// comparedRuns are two runs of the quickstart: the second with a colour order that the model was not made for.
func comparedRuns(t *testing.T) (base, next string) {
	t.Helper()
	dir := t.TempDir()
	base, next = filepath.Join(dir, "base"), filepath.Join(dir, "next")
	for out, extra := range map[string][]string{base: nil, next: {"--set", "preprocess.mean=[0.6,0.6,0.6]"}} {
		var errs bytes.Buffer
		args := append([]string{"run", repository + "/configs/quickstart.yaml", "--out", out, "--predictions", "--quiet"}, extra...)
		if code := Main(args, nil, &errs, &errs, os.Environ()); code != 0 {
			t.Fatalf("exit %d: %s", code, errs.String())
		}
	}
	return base, next
}

// TestCompare: a run against itself differs in nothing; against a run of other preprocessing it needs to be allowed, is
// worse, and its gates say so in every file.
func TestCompare(t *testing.T) {
	base, next := comparedRuns(t)
	r, _ := compared(t, 0, base, base, "--gate", "mIoU: non-inferior by 0", "--gate", "IoU[*]: max drop 0", "--gate", "labels.flipped: max 0")
	if r.Verdict != "pass" || !r.Comparable || r.Flips == nil || r.Flips.RightToWrong != 0 || r.Metrics["mIoU"].Difference != 0 || r.Metrics["mIoU"].P != 1 {
		t.Errorf("with itself: %+v", r)
	}
	if _, stderr := compared(t, 2, base, next); !strings.Contains(stderr, "preprocess.mean") || !strings.Contains(stderr, "--allow preprocess") {
		t.Errorf("not comparable: %s", stderr)
	}
	out := filepath.Join(t.TempDir(), "out")
	r, stderr := compared(t, 1, base, next, "--allow", "config", "--gate", "mIoU: no worse by 0", "--gate", "mIoU: min 0", "--out", out)
	if r.Verdict != "fail" || len(r.Gates) != 2 || r.Gates[0].Verdict != "fail" || r.Gates[1].Verdict != "pass" || r.Metrics["mIoU"].Difference >= 0 {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(stderr, "mIoU no worse by 0") {
		t.Errorf("stderr: %s", stderr)
	}
	var pixels int64
	for _, p := range r.FlipsByClass {
		pixels += p.Pixels
	}
	if r.Flips == nil || r.Flips.RightToWrong <= r.Flips.WrongToRight || pixels < r.Flips.RightToWrong+r.Flips.WrongToRight {
		t.Errorf("flips: %+v of %d", r.Flips, pixels)
	}
	for _, name := range []string{"compare.html", "compare.csv", "compare.json", "junit.xml", "summary.md"} {
		if text, err := os.ReadFile(filepath.Join(out, name)); err != nil || !bytes.Contains(text, []byte("mIoU")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, stderr := compared(t, 2, base, next, "--allow", "config", "--out", out); !strings.Contains(stderr, "--overwrite") {
		t.Errorf("a comparison was replaced: %s", stderr)
	}
}

// TestCompareFlipsAreTheMatrices: what pixels that became right less those that became wrong add up to is the change of the confusion
// matrices' diagonals.
func TestCompareFlipsAreTheMatrices(t *testing.T) {
	base, next := comparedRuns(t)
	r, _ := compared(t, 0, base, next, "--allow", "config")
	if r.Flips == nil {
		t.Fatal(r.FlipsWhy)
	}
	diagonal := func(dir string) (sum int64) {
		var s struct{ Confusion [][]int64 }
		text, err := os.ReadFile(filepath.Join(dir, "summary.json"))
		if err == nil {
			err = json.Unmarshal(text, &s)
		}
		if err != nil {
			t.Fatal(err)
		}
		for c := range s.Confusion {
			sum += s.Confusion[c][c]
		}
		return sum
	}
	if got, want := r.Flips.WrongToRight-r.Flips.RightToWrong, diagonal(next)-diagonal(base); got != want {
		t.Errorf("%d pixels, the matrices say %d", got, want)
	}
}

// TestCompareErrors: each says what is wrong and what to do.
func TestCompareErrors(t *testing.T) {
	base, _ := comparedRuns(t)
	empty := t.TempDir()
	gates := filepath.Join(empty, "gates.yaml")
	if err := os.WriteFile(gates, []byte("gates:\n  - {metric: mIoU, minn: 0.5}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no run":         {[]string{base, empty}, "expected the folder of a run"},
		"unknown figure": {[]string{base, base, "--gate", "mIuO: min 0.5"}, `did you mean "mIoU"`},
		"no file":        {[]string{base, base, "--gate", filepath.Join(empty, "none.yaml")}, "none.yaml"},
		"wrong key":      {[]string{base, base, "--gate", gates}, `line 2`},
		"allow":          {[]string{base, base, "--allow", "modell"}, "did you mean model"},
		"correction":     {[]string{base, base, "--correction", "none"}, "expected holm or bh"},
		"resamples":      {[]string{base, base, "--resamples", "5"}, "resamples"},
		"history":        {[]string{"db:last", base}, "--history"},
	} {
		if _, stderr := compared(t, 2, c.args...); !strings.Contains(stderr, c.want) {
			t.Errorf("%s: %s; want %q", name, stderr, c.want)
		}
	}
}

// TestRunBaseline: run --baseline judges the configuration's gates after the run; a wrong gate is refused before it.
func TestRunBaseline(t *testing.T) {
	base, _ := comparedRuns(t)
	out := filepath.Join(t.TempDir(), "new")
	run := func(args ...string) (int, string) {
		var errs bytes.Buffer
		code := Main(append([]string{"run", repository + "/configs/quickstart.yaml", "--out", out, "--quiet", "--baseline", base}, args...), nil, &errs, &errs, os.Environ())
		return code, errs.String()
	}
	if code, text := run("--gate", "mIuO: min 0.5"); code != 2 || !strings.Contains(text, "mIoU") {
		t.Errorf("wrong gate: exit %d: %s", code, text)
	}
	if code, text := run("--baseline", "db:last"); code != 2 || !strings.Contains(text, "--history") {
		t.Errorf("a baseline of no history: exit %d: %s", code, text)
	}
	if code, text := run("--baseline", t.TempDir()); code != 2 || !strings.Contains(text, "expected the folder of a run") {
		t.Errorf("a baseline that is no run: exit %d: %s", code, text)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("it ran before the gate and the baseline were refused")
	}
	if code, text := run("--gate", "mIoU: no worse by 0"); code != 0 {
		t.Errorf("the same again: exit %d: %s", code, text)
	}
	if code, text := run("--overwrite", "--allow", "config", "--set", "preprocess.mean=[0.6,0.6,0.6]", "--gate", "mIoU: no worse by 0"); code != 1 || !strings.Contains(text, "mIoU no worse by 0") {
		t.Errorf("worse: exit %d: %s", code, text)
	}
	if _, err := os.Stat(filepath.Join(out, "compare", "compare.html")); err != nil {
		t.Error(err)
	}
}
