package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
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
	Gates      []struct {
		Verdict, Why, Slice string
		Noise               float64
	}
	Slices       []struct{ By, Slice string }
	Correlations []struct{ With string }
	Metrics      map[string]struct {
		Base, New, Difference, P float64
		CILow                    float64 `json:"ci_low"`
		CIHigh                   float64 `json:"ci_high"`
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
func comparedRuns(t *testing.T, more ...string) (base, next string) {
	t.Helper()
	dir := t.TempDir()
	base, next = filepath.Join(dir, "base"), filepath.Join(dir, "next")
	for out, extra := range map[string][]string{base: nil, next: {"--set", "preprocess.mean=[0.6,0.6,0.6]"}} {
		var errs bytes.Buffer
		args := append(append([]string{"run", repository + "/configs/quickstart.yaml", "--out", out, "--predictions", "--quiet"}, extra...), more...)
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
	if !strings.Contains(stderr, "mIoU: no worse by 0") {
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

// TestCompareResamplesCurves: a figure of curves, whose statistics are resampled by ranges, has the runs' values, an interval of the
// difference and a p-value, and gates judge by them.
func TestCompareResamplesCurves(t *testing.T) {
	base, next := comparedRuns(t, "--metrics", "standard,auroc", "--losses", "none")
	r, _ := compared(t, 1, base, next, "--allow", "preprocess", "--out", filepath.Join(t.TempDir(), "c"), "--gate", "auroc: superior by 0", "--gate", "auroc: non-inferior by 1")
	auroc := r.Metrics["auroc"]
	for folder, got := range map[string]float64{base: auroc.Base, next: auroc.New} {
		of := summaryOf(t, folder).Metrics["auroc"]
		if got != *of.Value {
			t.Errorf("auroc of %s is %v, its summary has %v", filepath.Base(folder), got, *of.Value)
		}
		if !(of.Low < got && got < of.High) {
			t.Errorf("auroc of %s is %v, its interval %v to %v", filepath.Base(folder), got, of.Low, of.High)
		}
	}
	if d := auroc.Difference; d >= 0 || d != auroc.New-auroc.Base || !(auroc.CILow < d && d < auroc.CIHigh) {
		t.Errorf("auroc changes by %v, within %v to %v: expected that it gets worse", d, auroc.CILow, auroc.CIHigh)
	}
	if !(auroc.P > 0 && auroc.P <= 1) {
		t.Errorf("p is %v", auroc.P)
	}
	if r.Gates[0].Verdict == "pass" || r.Gates[1].Verdict != "pass" {
		t.Errorf("%+v", r.Gates)
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
	few := filepath.Join(empty, "few.csv")
	if err := os.WriteFile(few, []byte("image,patient\ncell-01.png,a\n"), 0o666); err != nil {
		t.Fatal(err)
	}
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
		"a percentile":   {[]string{base, base, "--gate", "mIoU_p101: min 0"}, `there is no figure "mIoU_p101": percentiles over images go from _p0`},
		"not measured":   {[]string{base, base, "--gate", "ece: max 1"}, `there is no figure "ece": it was not asked for: add it to score.metrics (--metrics)`},
		"a share":        {[]string{base, base, "--gate", "mIoU: min 69"}, "mIoU lies between 0 and 1: the gate would say the same of every model; did you mean 0.69 (69%)?"},
		"of classes":     {[]string{base, base, "--gate", "IoU: min 0.69"}, "IoU[*] is that of every class"},
		"no file":        {[]string{base, base, "--gate", filepath.Join(empty, "none.yaml")}, "none.yaml"},
		"wrong key":      {[]string{base, base, "--gate", gates}, `line 2`},
		"allow":          {[]string{base, base, "--allow", "modell"}, "did you mean \"model\""},
		"correction":     {[]string{base, base, "--correction", "none"}, "expected holm or bh"},
		"resamples":      {[]string{base, base, "--resamples", "5"}, "resamples"},
		"history":        {[]string{"db:last", base}, "--history"},
		"group":          {[]string{base, base, "--group", "patient"}, `"patient" is a column of dataset.metadata, which is not set`},
		"slices":         {[]string{base, base, "--slices", "column:scene"}, "images' names: --metadata FILE"},
	} {
		if _, stderr := compared(t, 2, c.args...); !strings.Contains(stderr, c.want) {
			t.Errorf("%s: %s; want %q", name, stderr, c.want)
		}
	}
	if _, stderr := compared(t, 3, base, base, "--group", "patient", "--metadata", few); !strings.Contains(stderr, `has no patient for image "cell-02.png"`) {
		t.Errorf("images without a group were drawn as one: %s", stderr)
	}
}

// TestCompareNothingInCommon: two runs without an image in common cannot be compared, which is exit code 2.
func TestCompareNothingInCommon(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	for out, filter := range map[string]string{first: "*0.png", second: "*1.png"} {
		if code, _, stderr := command(t, "run", repository+"/configs/quickstart.yaml", "--out", out, "--filter", filter); code != 0 {
			t.Fatal(stderr)
		}
	}
	if _, stderr := compared(t, 2, first, second, "--allow", "dataset,images"); !strings.Contains(stderr, "no scored image in common") {
		t.Error(stderr)
	}
}

// TestBaselineIsHeldAgainstBefore: what compare refuses of two runs, run --baseline and check refuse in the same words before anything
// is run.
func TestBaselineIsHeldAgainstBefore(t *testing.T) {
	dir := t.TempDir()
	base, out := filepath.Join(dir, "base"), filepath.Join(dir, "out")
	quickstart := func(name, out string, more ...string) (code int, stderr string) {
		code, _, stderr = command(t, append([]string{name, repository + "/configs/quickstart.yaml", "--quiet", "--out", out}, more...)...)
		return code, stderr
	}
	if code, stderr := quickstart("run", base); code != 0 {
		t.Fatal(stderr)
	}
	for name, flags := range map[string][]string{
		"score":      {"--metrics", "mIoU"},
		"preprocess": {"--set", "preprocess.mean=[0.6,0.6,0.6]"},
		"dataset":    {"--classes", "a,b,c", "--limit", "3"},
		"two":        {"--losses", "ce", "--set", "preprocess.color=bgr"},
	} {
		t.Run(name, func(t *testing.T) {
			next := filepath.Join(dir, name)
			if code, stderr := quickstart("run", next, flags...); code != 0 {
				t.Fatal(stderr)
			}
			_, want := compared(t, 2, base, next)
			for _, name := range []string{"run", "check"} {
				if code, stderr := quickstart(name, out, append([]string{"--baseline", base}, flags...)...); code != 2 || stderr != want {
					t.Errorf("%s: exit %d:\n%scompare says\n%s", name, code, stderr, want)
				}
			}
		})
	}
	if code, stderr := quickstart("run", out, "--baseline", filepath.Join(dir, "dataset"), "--filter", "*5.png", "--allow", "dataset,images"); code != 2 || !strings.Contains(stderr, "no scored image in common") {
		t.Errorf("nothing in common: exit %d: %s", code, stderr)
	}
	if code, stderr := quickstart("check", out, "--gate", "mIuO: min 0.5"); code != 2 || !strings.Contains(stderr, `there is no figure "mIuO"`) {
		t.Errorf("check of a gate: exit %d: %s", code, stderr)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("it ran before the baseline was refused")
	}
}

// TestGateOnFigureOfOneRun: a figure that the baseline does not measure has a value that min and max are judged by, of slices too; a
// gate on its change is refused, by run --baseline before anything is run.
func TestGateOnFigureOfOneRun(t *testing.T) {
	dir := t.TempDir()
	base, next, out := filepath.Join(dir, "base"), filepath.Join(dir, "next"), filepath.Join(dir, "out")
	run := func(out, metrics string, more ...string) (code int, stderr string) {
		code, _, stderr = command(t, append([]string{"run", repository + "/configs/quickstart.yaml", "--quiet", "--losses", "none", "--metrics", metrics, "--out", out}, more...)...)
		return code, stderr
	}
	for out, metrics := range map[string]string{base: "mIoU", next: "mIoU,ece,auroc"} {
		if code, stderr := run(out, metrics); code != 0 {
			t.Fatal(stderr)
		}
	}
	inSlices := map[string]string{"ece": "pass", "auroc": "inconclusive"} // auroc's statistics are too large to be kept image by image
	for name, verdict := range inSlices {
		value := *summaryOf(t, next).Metrics[name].Value
		bound := fmt.Sprintf("%s: max %v", name, value)
		under := fmt.Sprintf("%s: max %v", name, value-1e-9)
		r, _ := compared(t, 1, base, next, "--allow", "score", "--slices", "size", "--gate", bound, "--gate", under, "--gate", name+" in size=*: min 0")
		if len(r.Gates) != 4 || r.Gates[0].Verdict != "pass" || r.Gates[1].Verdict != "fail" || r.Gates[2].Verdict != verdict || r.Gates[3].Verdict != verdict {
			t.Errorf("%+v", r.Gates)
		}
	}
	_, want := compared(t, 2, base, next, "--allow", "score", "--gate", "ece: no worse by 0.01")
	if !strings.Contains(want, "does not measure ece") {
		t.Error(want)
	}
	if code, stderr := run(out, "mIoU,ece", "--allow", "score", "--baseline", base, "--gate", "ece: no worse by 0.01"); code != 2 || stderr != want {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("it ran before the gate was refused")
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
	if code, text := run("--overwrite", "--allow", "config", "--set", "preprocess.mean=[0.6,0.6,0.6]", "--gate", "mIoU: no worse by 0"); code != 1 || !strings.Contains(text, "mIoU: no worse by 0") {
		t.Errorf("worse: exit %d: %s", code, text)
	}
	if _, err := os.Stat(filepath.Join(out, "compare", "compare.html")); err != nil {
		t.Error(err)
	}
}

// TestCompareSlicesAndPictures: slices are compared and judged one by one; the images that changed most are drawn where
// predictions are stored, and where they are not the page says what to do.
func TestCompareSlicesAndPictures(t *testing.T) {
	base, next := comparedRuns(t)
	out := filepath.Join(t.TempDir(), "out")
	args := []string{base, next, "--allow", "config", "--slices", "size,class", "--gate", "IoU[border] in class=*: no worse by 0", "--gate", "images.much_worse: max 1", "--out", out}
	r, _ := compared(t, 1, args...)
	if len(r.Gates) < 3 || r.Gates[0].Slice == "" || len(r.Slices) < 3 || len(r.Correlations) == 0 {
		t.Errorf("%+v", r)
	}
	page, err := os.ReadFile(filepath.Join(out, "compare.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`class="pixels change"`, "data:image/png;base64,", "--picture:url(data:image/jpeg;base64,", `id="slices"`} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("compare.html lacks %q", want)
		}
	}
	if _, stderr := compared(t, 2, base, next, "--allow", "config", "--gate", "mIoU in size=*: min 0"); !strings.Contains(stderr, "--slices") {
		t.Errorf("a gate on slices that there are none of: %s", stderr)
	}
	if err := os.RemoveAll(filepath.Join(next, "predictions")); err != nil {
		t.Fatal(err)
	}
	r, _ = compared(t, 1, base, next, "--allow", "config", "--gate", "labels.flipped: max 0.5", "--out", out, "--overwrite")
	if page, err = os.ReadFile(filepath.Join(out, "compare.html")); err != nil || !bytes.Contains(page, []byte("could not be drawn: "+next)) || bytes.Contains(page, []byte("image/png;base64")) {
		t.Errorf("without predictions the page does not say so: %v", err)
	}
	if r.Gates[0].Verdict != "inconclusive" || !strings.Contains(r.Gates[0].Why, "--predictions") {
		t.Errorf("%+v", r.Gates)
	}
}

// TestRunGates: a run alone is judged by its absolute gates, in every slice that they name; the verdicts stand in
// manifest.json, and the gates in config.yaml. What needs a baseline is refused where it was given by hand, and said where it
// stands in a file.
func TestRunGates(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	run := func(args ...string) (int, string) {
		var all bytes.Buffer
		code := Main(append([]string{"run", repository + "/configs/quickstart.yaml", "--out", out}, args...), nil, &all, &all, os.Environ())
		return code, all.String()
	}
	for _, c := range []struct {
		gate, want string
	}{{"mIoU: no worse by 0", "--baseline"}, {"labels.flipped: max 0", "--baseline"}, {"mIoU in size=*: min 0", "--slices"}, {"ECE: max 1", "there is no figure"}} {
		if code, text := run("--gate", c.gate); code != 2 || !strings.Contains(text, c.want) {
			t.Errorf("%s: exit %d: %s", c.gate, code, text)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("it ran before a gate was refused")
	}
	if code, text := run("--slices", "brightness", "--gate", "mIoU in brightness=*: min 0.01", "--gate", "mIoU: min 0.999", "--gate", "latency.p95_ms: max 1e9"); code != 1 ||
		!strings.Contains(text, "0.999") || !strings.Contains(text, "(brightness=") {
		t.Errorf("a gate that fails: exit %d: %s", code, text)
	}
	var m struct {
		Gates []struct {
			Gate, Slice, Verdict string
			Value                float64
		}
	}
	text, err := os.ReadFile(filepath.Join(out, "manifest.json"))
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil || len(m.Gates) < 4 || m.Gates[0].Slice == "" || m.Gates[len(m.Gates)-1].Gate != "latency.p95_ms max 1e+09" {
		t.Errorf("manifest.json: %+v, %v", m.Gates, err)
	}
	if text, err = os.ReadFile(filepath.Join(out, "config.yaml")); err != nil || !bytes.Contains(text, []byte("brightness=*")) {
		t.Errorf("config.yaml has no gates: %v", err)
	}
	if text, err = os.ReadFile(filepath.Join(out, "report.html")); err != nil || !bytes.Contains(text, []byte("Gates of this run alone")) {
		t.Errorf("report.html has no verdict: %v", err)
	}
	if r, _ := compared(t, 1, out, out); len(r.Gates) != len(m.Gates) {
		t.Errorf("compare judges %d gates of config.yaml, the run judged %d", len(r.Gates), len(m.Gates))
	}
	if code, text := run("--overwrite", "--set", "gates=[{metric: mIoU, min: 0.1}, {metric: mIoU, non_inferior: 0.01}]"); code != 0 || !strings.Contains(text, "1 gate was not judged") {
		t.Errorf("in a file: exit %d: %s", code, text)
	}
}

// TestNoiseOfHistory: the history's other runs of the baseline's model, data and configuration say how far latency varies.
func TestNoiseOfHistory(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "history.db")
	for name, gates := range map[string]string{"a": "gates=[]", "b": "gates=[{metric: mIoU, min: 0.1}]"} { // gates change no figure
		var errs bytes.Buffer
		if code := Main([]string{"run", repository + "/configs/quickstart.yaml", "--out", filepath.Join(dir, name), "--quiet", "--limit", "3", "--history", db, "--set", gates}, nil, &errs, &errs, os.Environ()); code != 0 {
			t.Fatal(errs.String())
		}
	}
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	first, err := measuredOf(a)
	if err != nil {
		t.Fatal(err)
	}
	second, err := measuredOf(b)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := compared(t, 0, a, b, "--noise", "db:alike", "--history", db, "--gate", "latency.p95_ms: max increase 1e9")
	want := max(first["latency.p95_ms"], second["latency.p95_ms"]) - min(first["latency.p95_ms"], second["latency.p95_ms"])
	if got := r.Gates[0].Noise; math.Abs(got-want) > 1e-9*want {
		t.Errorf("noise %v, want %v", got, want)
	}
	if _, stderr := compared(t, 2, a, b, "--noise", "db:alike"); !strings.Contains(stderr, "--history") {
		t.Errorf("without a history: %s", stderr)
	}
}
