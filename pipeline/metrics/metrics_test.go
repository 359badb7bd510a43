package metrics

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// TestClosedForms uses a matrix small enough to compute by hand: class 0 has TP 3, 4 true, 5 predicted; class 1 TP 1,
// 3 true, 2 predicted; class 2 is absent from both.
func TestClosedForms(t *testing.T) {
	m := NewConfusion(3)
	copy(m.Counts, []int64{3, 1, 0, 2, 1, 0, 0, 0, 0})
	s, err := Select([]string{"standard"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{
		"aAcc": 4. / 7, "mAcc": (3./4 + 1./3) / 2, "mIoU": (3./6 + 1./4) / 2, "fwIoU": (4*3./6 + 3*1./4) / 7,
		"mDice": (6./9 + 2./5) / 2, "mFscore": (6./9 + 2./5) / 2, "mPrecision": (3./5 + 1./2) / 2, "mRecall": (3./4 + 1./3) / 2,
	}
	for i, name := range s.Means() {
		if got, _ := s.Mean(i, m); math.Abs(got-want[name]) > 1e-15 {
			t.Errorf("%s = %v, want %v", name, got, want[name])
		}
	}
	for i, name := range s.PerClass() {
		if got := s.Class(i, m, 2); !math.IsNaN(got) {
			t.Errorf("%s of a class that is nowhere = %v, want undefined", name, got)
		}
	}
	if _, n := s.Mean(slices.Index(s.Means(), "mIoU"), m); n != 2 {
		t.Errorf("mIoU is a mean over %d classes, want 2", n)
	}
}

func TestAbsentFromTruthButPredicted(t *testing.T) {
	m := NewConfusion(2)
	copy(m.Counts, []int64{3, 1, 0, 0})
	if v := iou(m, 1); v != 0 {
		t.Errorf("IoU %v, want 0 (mmsegmentation, Cityscapes)", v)
	}
	if v := recall(m, 1); !math.IsNaN(v) {
		t.Errorf("recall %v, want undefined", v)
	}
	if v := dice(m, 1); v != 0 {
		t.Errorf("F1 with no true positive and something there: %v, want 0", v)
	}
}

func TestNothingCounted(t *testing.T) {
	m := NewConfusion(2)
	s, _ := Select([]string{"standard"})
	for i, name := range s.Means() {
		if v, _ := s.Mean(i, m); !math.IsNaN(v) {
			t.Errorf("%s of no pixel = %v, want undefined", name, v)
		}
	}
}

func TestVisitLeavesIgnoredPixelsOut(t *testing.T) {
	m := NewConfusion(2)
	b := &pass.Block{N: 4, Labels: []int16{0, 1, raster.Ignored, 1}, Predicted: []int16{0, 0, 1, 1}}
	m.Visit(b)
	m.Fold()
	m.Merge([]int64{1, 0, 0, 0})
	if want := []int64{2, 0, 1, 1}; !slices.Equal(m.Counts, want) {
		t.Errorf("counts %v, want %v", m.Counts, want)
	}
	m.Reset()
	if m.Pixels() != 0 {
		t.Error("Reset keeps counts")
	}
}

func TestSelect(t *testing.T) {
	s, err := Select([]string{"mIoU", "IoU", "mIoU"})
	if err != nil || len(s.Means()) != 1 || len(s.PerClass()) != 1 || s.Empty() {
		t.Errorf("mIoU, IoU, mIoU: %v %v %v", s, err, s.Empty())
	}
	if s, _ := Select([]string{"none"}); !s.Empty() {
		t.Error("none is not empty")
	}
	_, err = Select([]string{"mIou"})
	if err == nil || !strings.Contains(err.Error(), `did you mean "mIoU"`) {
		t.Errorf("a misspelt name: %v", err)
	}
	for _, name := range append(Names(), "mIoU_img") {
		if Doc(name) == "" {
			t.Errorf("%s has no documentation", name)
		}
	}
	if Doc("nonsense") != "" {
		t.Error("nonsense is documented")
	}
}

func TestRegisteringTwicePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a second aAcc was accepted")
		}
	}()
	RegisterOverall(Overall{Name: "aAcc"})
}

// TestGolden holds the confusion family against scikit-learn 1.9.1 on the shared inputs (tolerance 1e-12).
func TestGolden(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "shared", "golden", "metrics")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("skipped: the shared golden values are not here: %v", err)
	}
	var inputs struct {
		Inputs map[string]struct {
			Truth, Prediction json.RawMessage
			IgnoreIndex       *int `json:"ignore_index"`
		}
	}
	readJSON(t, filepath.Join(folder, "inputs.json"), &inputs)
	var raw []map[string]json.RawMessage
	readJSON(t, filepath.Join(folder, "cases.json"), &raw)
	s, _ := Select([]string{"standard"})
	done := 0
	for _, entry := range raw {
		var metric, input, name string
		var options map[string]any
		unmarshal(t, entry["metric"], &metric)
		unmarshal(t, entry["input"], &input)
		unmarshal(t, entry["name"], &name)
		unmarshal(t, entry["options"], &options)
		for _, key := range []string{"compat", "variant", "of", "per", "beta", "ignored_classes", "class"} {
			if options[key] != nil {
				metric = ""
			}
		}
		in, ok := inputs.Inputs[input]
		if !ok || in.Prediction == nil {
			continue
		}
		mean, class := slices.Index(s.Means(), metric), slices.Index(s.PerClass(), metric)
		if mean < 0 && class < 0 {
			continue
		}
		m := count(flatten(t, in.Truth), flatten(t, in.Prediction), in.IgnoreIndex, max(4, classes(entry["values"])))
		done++
		if mean >= 0 {
			var want *float64
			unmarshal(t, entry["value"], &want)
			got, _ := s.Mean(mean, m)
			compare(t, name, got, want)
			continue
		}
		var want []*float64
		unmarshal(t, entry["values"], &want)
		for c, w := range want {
			compare(t, name, s.Class(class, m, c), w)
		}
	}
	if done < 20 {
		t.Errorf("only %d golden cases were found", done)
	}
}

func classes(values json.RawMessage) int {
	var list []any
	_ = json.Unmarshal(values, &list) // an absent list has no classes
	return len(list)
}

func compare(t *testing.T, name string, got float64, want *float64) {
	t.Helper()
	if want == nil {
		if !math.IsNaN(got) {
			t.Errorf("%s: %v, want undefined", name, got)
		}
		return
	}
	if !(math.Abs(got-*want) <= 1e-12) {
		t.Errorf("%s: %v, want %v", name, got, *want)
	}
}

func count(truth, prediction []int, ignore *int, classes int) *Confusion {
	m := NewConfusion(classes)
	for i, y := range truth {
		if ignore == nil || y != *ignore {
			m.Counts[y*classes+prediction[i]]++
		}
	}
	return m
}

func flatten(t *testing.T, raw json.RawMessage) []int {
	t.Helper()
	var v any
	unmarshal(t, raw, &v)
	var flat []int
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case float64:
			flat = append(flat, int(v))
		}
	}
	walk(v)
	return flat
}

func unmarshal(t *testing.T, raw json.RawMessage, dst any) {
	t.Helper()
	if raw == nil {
		return
	}
	if err := json.Unmarshal(raw, dst); err != nil {
		t.Fatal(err)
	}
}

func readJSON(t *testing.T, file string, dst any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	unmarshal(t, data, dst)
}

// BenchmarkConfusion counts two million pixels of 19 classes, block by block.
func BenchmarkConfusion(b *testing.B) {
	const pixels = 1024 * 2048
	r := rand.New(rand.NewPCG(1, 2))
	truth, predicted := make([]int16, pixels), make([]int16, pixels)
	for i := range truth {
		truth[i], predicted[i] = int16(r.IntN(19)), int16(r.IntN(19))
	}
	m, block := NewConfusion(19), &pass.Block{}
	for b.Loop() {
		for start := 0; start < pixels; start += pass.BlockSize {
			block.Labels, block.Predicted = truth[start:][:pass.BlockSize], predicted[start:][:pass.BlockSize]
			m.Visit(block)
		}
	}
}
