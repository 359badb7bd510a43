package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/browser"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

const hostile = `<script>alert("x")</script>'&` + "\u202eעברית🔬"

func columns() record.Columns {
	return record.Columns{Losses: []string{"ce"}, Means: []string{"mIoU"}, PerClass: []string{"IoU"}, Classes: []string{"a", hostile}}
}

func result(i int) *record.Record {
	r := &record.Record{Index: i, Image: strings.Repeat("x", i%3) + ".png", Status: record.OK, Width: 4, Height: 2, ValidPixels: 8,
		Losses: []float64{0.1 * float64(i+1)}, Means: []float64{1. / 3}, PerClass: [][]float64{{0.5, math.NaN()}}, Confusion: []int64{4, 1, 1, 2}}
	if i == 2 {
		r.Image = hostile + "\n,.png"
	}
	return r
}

func summary() *record.Summary {
	undefined := record.Value{Value: math.NaN(), Status: "undefined"}
	return &record.Summary{Counts: record.Counts{Images: 4, OK: 3, Failed: 1, ValidPixels: 24}, Classes: columns().Classes, Confusion: []int64{12, 3, 3, 6},
		Metrics:  []record.MetricValue{{Name: "mIoU", Value: record.Value{Value: 1. / 3, NValid: 1}}, {Name: "mIoU_img", Value: undefined}},
		PerClass: []record.ClassMetric{{Name: "IoU", Values: []record.Value{{Value: 0.5, NValid: 3}, undefined}}},
		Losses:   []record.LossValue{{Name: "ce", Value: record.Value{Value: 0.2, NValid: 3}, Pooled: math.NaN()}},
		Model:    record.Model{Name: "m.onnx", Kind: "logits", Activation: "softmax"}, Dataset: record.Dataset{Name: hostile}}
}

// fill writes a whole run of four images.
func fill(t *testing.T, dir string, overwrite bool) {
	t.Helper()
	f, err := Create(Options{Out: dir, Worst: 1}, columns(), overwrite)
	if err != nil {
		t.Fatal(err)
	}
	f.Define("mIoU", "a definition")
	for i := range 3 {
		if err := f.Add(result(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Add(&record.Record{Index: 3, Image: "bad.png", Status: record.Failed, Error: "damaged " + hostile}); err != nil {
		t.Fatal(err)
	}
	worst := []record.Thumbnail{{Image: hostile, Width: 1, Height: 1, Picture: []byte("x"), Truth: []byte("x"), Predicted: []byte("x"), Error: []byte("x"), Loss: []byte("x"), Confidence: []byte("x")}}
	m := &record.Manifest{Providers: map[string]int{"CPUExecutionProvider": 3}, Stages: map[string]record.Stage{}}
	if err := f.Finish(summary(), m, []byte("model: x\n"), worst); err != nil {
		t.Fatal(err)
	}
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	fill(t, dir, false)
	var names []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got, want := strings.Join(names, " "), "config.yaml images.csv manifest.json report.html statistics summary.csv summary.json"; got != want {
		t.Errorf("the folder holds %s, want %s", got, want)
	}
	in, err := os.Open(filepath.Join(dir, "images.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(rows[0], "|"), "image|status|error|width|height|valid_pixels|loss.ce|mIoU|IoU[a]|IoU["+hostile+"]"; got != want {
		t.Errorf("columns %s, want %s", got, want)
	}
	if got, want := strings.Join(rows[3], "|"), hostile+"\n,.png|ok||4|2|8|0.30000000000000004|0.3333333333333333|0.5|"; got != want {
		t.Errorf("row %q, want %q", got, want)
	}
	if got := strings.Join(rows[4], "|"); got != "bad.png|failed|damaged "+hostile+"|||||||" {
		t.Errorf("failed row %q", got)
	}
	fill(t, dir, true)
	if _, err := Create(Options{Out: dir}, columns(), false); fault.KindOf(err) != fault.Usage || err == nil {
		t.Errorf("a folder with a run: %v", err)
	}
}

func TestSummaryHasNoNaN(t *testing.T) {
	var b bytes.Buffer
	if err := SummaryJSON(&b, summary()); err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil || strings.Contains(b.String(), "NaN") || !strings.Contains(b.String(), "undefined") {
		t.Errorf("%v in %s", err, b.String())
	}
	if keys := []string{`"schema"`, `"counts"`, `"classes"`, `"confusion"`, `"metrics"`, `"per_class"`, `"losses"`, `"model"`, `"dataset"`}; !inOrder(b.String(), keys) {
		t.Errorf("keys are not in order: %s", b.String())
	}
}

func inOrder(text string, keys []string) bool {
	for _, k := range keys {
		i := strings.Index(text, k)
		if i < 0 {
			return false
		}
		text = text[i:]
	}
	return true
}

func TestHostileNamesAreText(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, false)
	b, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte("<script>alert")) || !bytes.Contains(b, []byte("bad.png")) || !bytes.Contains(b, []byte("a definition")) {
		t.Error("a name is not escaped, or a part is missing")
	}
	p, err := browser.Open(t.Context(), filepath.Join(dir, "report.html"), 800, "dark")
	if errors.Is(err, browser.ErrNoBrowser) {
		t.Skipf("skipped the browser: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	n, err := browser.Eval[int](p, `document.querySelectorAll("#images tbody tr").length`)
	if err != nil || n != 4 || len(p.Problems()) > 0 {
		t.Errorf("%d rows, %v, %v", n, err, p.Problems())
	}
	first, err := browser.Eval[string](p, `document.querySelector("#classes tbody tr:last-child th").textContent`)
	if err != nil || first != hostile {
		t.Errorf("the class is shown as %q: %v", first, err)
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	f, err := Create(Options{Out: dir}, columns(), false)
	if err != nil {
		t.Fatal(err)
	}
	f.Abort()
	if files, _ := filepath.Glob(filepath.Join(dir, "*.*")); len(files) > 0 {
		t.Errorf("left: %v", files)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(Options{Out: file}, columns(), false); fault.KindOf(err) != fault.Usage || err == nil {
		t.Errorf("a file for a folder: %v", err)
	}
}

// TestDiskFull fills a file system of 64 KiB: one clear error, nothing left behind, the old run untouched.
func TestDiskFull(t *testing.T) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("skipped: mounting a small file system needs root on Linux")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("skipped: no tmpfs here: %v %s", err, out)
	}
	defer func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%v %s", err, out)
		}
	}()
	f, err := Create(Options{Out: dir}, columns(), false)
	if err != nil {
		t.Fatal(err)
	}
	r := result(0)
	r.Image = strings.Repeat("long ", 1000)
	for range 100 {
		if err = f.Add(r); err != nil {
			break
		}
	}
	if err == nil {
		err = f.Finish(summary(), &record.Manifest{}, nil, nil)
	}
	if err == nil || !strings.Contains(err.Error(), "disk full") || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v", err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.*"))
	hidden, _ := filepath.Glob(filepath.Join(dir, ".*.*"))
	if len(files)+len(hidden) > 0 {
		t.Errorf("left: %v %v", files, hidden)
	}
}

func TestMatrixOfManyClasses(t *testing.T) {
	s := &record.Summary{Confusion: make([]int64, 150*150)}
	for i := range 150 {
		s.Classes = append(s.Classes, strings.Repeat("long", i%7))
		s.Confusion[i*150+i] = int64(math.Pow10(i % 13))
	}
	s.Confusion[7] = 3
	if m := newMatrix(s); len(m.Cells) != 151 || m.Text { // cells without a pixel are the ground
		t.Errorf("%d cells", len(m.Cells))
	}
}

// TestExports: exports appear with the run, an overwriting run removes those of the run before, and what no run exported stays.
func TestExports(t *testing.T) {
	dir := t.TempDir()
	write := func(overwrite bool, exports ...string) error {
		f, err := Create(Options{Out: dir, Exports: exports}, columns(), overwrite)
		if err != nil {
			return err
		}
		return f.Finish(summary(), &record.Manifest{}, []byte("report: {exports: ["+strings.Join(exports, ", ")+"]}\n"), nil)
	}
	names := func() string {
		found, err := filepath.Glob(filepath.Join(dir, "[.a-z]*"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range found {
			found[i] = filepath.Base(found[i])
		}
		return strings.Join(found, " ")
	}
	if err := write(false, "markdown", "mlflow"); err != nil || names() != "config.yaml images.csv manifest.json mlflow report.html statistics summary.csv summary.json summary.md" {
		t.Fatalf("%v: %s", err, names())
	}
	if err := write(true, "latex"); err != nil || names() != "config.yaml images.csv manifest.json report.html statistics summary.csv summary.json table.tex" {
		t.Fatalf("%v: %s", err, names())
	}
	if err := os.Mkdir(filepath.Join(dir, "mlflow"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := write(true, "all"); fault.KindOf(err) != fault.Usage || err == nil || !strings.Contains(err.Error(), "mlflow") {
		t.Errorf("a folder that is no run's: %v", err)
	}
	if err := write(true, "html"); fault.KindOf(err) != fault.Usage || err == nil {
		t.Errorf("an unknown export: %v", err)
	}
}
