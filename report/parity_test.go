package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/record"
)

func paritySummary() *record.ParitySummary {
	inf := math.Inf(1)
	return &record.ParitySummary{Parity: record.Parity{All: record.Share{Pixels: 8, Differ: 3, Share: 0.375}, Valid: record.Share{Pixels: 6, Differ: 2, Share: 1. / 3},
		MarginMedian: 2, FlipMarginMedian: 0.25, FlipMarginMax: 0.5, Logits: record.Difference{Max: math.NaN(), Mean: math.NaN()}, Probabilities: record.Difference{Max: 0.5, Mean: 0.1}},
		Model: record.Model{Name: "m.onnx", SHA256: "1"}, Reference: record.Model{Name: hostile, SHA256: "2"}, MarginOf: "reference", Images: 2, Pairs: []int64{3, 2, 0, 1},
		Histogram:   []record.MarginBin{{From: 0, To: 1, Pixels: 3, Differ: 2}, {From: 1, To: inf, Pixels: 3}},
		Comparisons: []record.Comparison{{Name: "mIoU", Model: 0.5, Reference: 0.75}, {Name: "IoU", Class: hostile, Model: math.NaN(), Reference: 0.5}, {Name: "loss.ce", Model: 0.25, Reference: 0.125, Plain: true}},
		Most:        []record.ParityImage{{Image: hostile, Share: record.Share{Pixels: 6, Differ: 2, Share: 1. / 3}}}}
}

// TestParityFiles: columns stand only where there is a reference, undefined figures are blank or null, a failed image has
// blank cells, and hostile names are text.
func TestParityFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	c := columns()
	c.Parity = true
	f, err := Create(Options{Out: dir}, c, false)
	if err != nil {
		t.Fatal(err)
	}
	r := result(2)
	p := paritySummary().Parity
	p.ReferenceLosses, p.ReferenceMeans = nil, []float64{0.25} // a label map has no losses
	r.Parity = &p
	for _, r := range []*record.Record{r, {Index: 3, Image: "bad.png", Status: record.Failed, Error: "damaged"}} {
		if err := f.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	s := summary()
	s.Parity = paritySummary()
	if err := f.Finish(s, &record.Manifest{}, nil, nil); err != nil {
		t.Fatal(err)
	}
	read := func(name string) map[string]string {
		t.Helper()
		file, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		rows, err := csv.NewReader(file).ReadAll()
		if err != nil || len(rows) != 3 {
			t.Fatal(err, rows)
		}
		m := map[string]string{}
		for i, name := range rows[0] {
			m[name] = rows[1][i]
			if i > 2 && rows[2][i] != "" {
				t.Errorf("the failed image has a %s", name)
			}
		}
		return m
	}
	for name, want := range map[string]string{"parity.differ": "2", "parity.share": "0.3333333333333333", "parity.differ_all": "3", "parity.share_all": "0.375", "parity.margin_median": "2", "parity.logits_max": "", "parity.probabilities_max": "0.5"} {
		if got := read("images.csv")[name]; got != want {
			t.Errorf("images.csv: %s is %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{"pixels": "8", "differ": "3", "valid_pixels": "6", "valid_differ": "2", "differ_margin_max": "0.5", "mIoU.reference": "0.25", "mIoU.difference": "0.08333333333333331", "loss.ce": "0.30000000000000004", "loss.ce.reference": "", "loss.ce.difference": ""} {
		if got := read("parity.csv")[name]; got != want {
			t.Errorf("parity.csv: %s is %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"parity.json", "summary.json"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		var doc map[string]any
		if err != nil || json.Unmarshal(text, &doc) != nil || bytes.Contains(text, []byte("Inf")) {
			t.Errorf("%s: %v %s", name, err, text)
		}
	}
	html, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil || strings.Contains(string(html), "<script>alert") || !strings.Contains(string(html), "parity-pairs") || !strings.Contains(string(html), "−25") {
		t.Errorf("the report lacks the section, or takes a name for markup: %v", err)
	}
	fill(t, dir, true)
	for _, name := range []string{"parity.csv", "parity.json"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s of a replaced run stays", name)
		}
	}
}

// TestParityWithoutAnything: no image, no margins, nothing that differs.
func TestParityWithoutAnything(t *testing.T) {
	nan := math.NaN()
	p := &record.ParitySummary{Parity: record.Parity{All: record.Share{Share: nan}, Valid: record.Share{Share: nan}, MarginMedian: nan, FlipMarginMedian: nan, FlipMarginMax: nan,
		Logits: record.Difference{Max: nan, Mean: nan}, Probabilities: record.Difference{Max: nan, Mean: nan}}, Pairs: make([]int64, 4)}
	var b bytes.Buffer
	if err := ParityPage(&b, "title", columns().Classes, p); err != nil || !strings.Contains(b.String(), "n/a") {
		t.Errorf("%v", err)
	}
	b.Reset()
	var doc map[string]any
	if err := ParityJSON(&b, columns().Classes, p); err != nil || json.Unmarshal(b.Bytes(), &doc) != nil || doc["valid"].(map[string]any)["share"] != nil {
		t.Errorf("%v %s", err, b.String())
	}
}
