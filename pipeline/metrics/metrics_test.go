package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// goldenCases is how many golden values are held at least: it rises with what is measured.
const goldenCases = 1165

// ofMatrix is the total of one image with this confusion matrix.
func ofMatrix(t *testing.T, counts []int64, names ...string) *Total {
	t.Helper()
	classes := int(math.Sqrt(float64(len(counts))))
	s, err := Compile(named(names...), Shape{Classes: classes})
	if err != nil {
		t.Fatal(err)
	}
	m, total := s.NewMeter(), s.NewTotal()
	m.Reset(nil)
	copy(m.Confusion.Counts, counts)
	total.Add(m.Finish(nil, nil))
	return total
}

// TestClosedForms uses a matrix small enough to compute by hand: class 0 has TP 3, 4 true, 5 predicted; class 1 TP 1,
// 3 true, 2 predicted; class 2 is absent from both.
func TestClosedForms(t *testing.T) {
	total := ofMatrix(t, []int64{3, 1, 0, 2, 1, 0, 0, 0, 0}, "standard", "mSpecificity", "kappa", "mcc", "maccuracy_ovr")
	want := map[string]float64{
		"aAcc": 4. / 7, "mAcc": (3./4 + 1./3) / 2, "mIoU": (3./6 + 1./4) / 2, "fwIoU": (4*3./6 + 3*1./4) / 7,
		"mDice": (6./9 + 2./5) / 2, "mFscore": (6./9 + 2./5) / 2, "mPrecision": (3./5 + 1./2) / 2, "mRecall": (3./4 + 1./3) / 2,
		"mSpecificity": (1./3 + 3./4 + 1) / 3, "kappa": (4./7 - 26./49) / (1 - 26./49), "mcc": (4*7 - 26) / math.Sqrt((49-29)*(49-25)),
		"maccuracy_ovr": (4./7 + 4./7 + 1) / 3,
	}
	seen := 0
	for _, m := range total.Metrics() {
		w, ok := want[strings.TrimSuffix(m.Name, "_img")] // the mean over one image is the image's
		if ok && math.Abs(m.Value.Value-w) > 1e-15 {
			t.Errorf("%s = %v, want %v", m.Name, m.Value.Value, w)
		}
		if m.Name == "mIoU" && m.Value.NValid != 2 {
			t.Errorf("mIoU is a mean over %d classes, want 2", m.Value.NValid)
		}
		if ok {
			seen++
		}
	}
	if seen != 2*len(want) {
		t.Errorf("%d of %d figures", seen, 2*len(want))
	}
	for _, m := range total.PerClass() {
		if got := m.Values[2].Value; !math.IsNaN(got) {
			t.Errorf("%s of a class that is nowhere = %v, want undefined", m.Name, got)
		}
	}
}

func TestAbsentFromTruthButPredicted(t *testing.T) {
	for _, m := range ofMatrix(t, []int64{3, 1, 0, 0}, "IoU", "Recall", "Dice").PerClass() {
		v, want := m.Values[1].Value, 0.0 // IoU as mmsegmentation and Cityscapes; F1 with no true positive and something there
		if strings.HasPrefix(m.Name, "Recall") {
			want = math.NaN()
		}
		if v != want && !(math.IsNaN(v) && math.IsNaN(want)) {
			t.Errorf("%s is %v, want %v", m.Name, v, want)
		}
	}
}

func TestNothingCounted(t *testing.T) {
	for _, m := range ofMatrix(t, make([]int64, 4), "standard", "kappa", "mcc", "balanced_accuracy", "quantiles").Metrics() {
		if !math.IsNaN(m.Value.Value) {
			t.Errorf("%s of no pixel = %v, want undefined", m.Name, m.Value.Value)
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

// TestQuantiles: the images' accuracies are 0, 0.1, … 1; percentiles are numpy's.
func TestQuantiles(t *testing.T) {
	s, err := Compile(named("aAcc_p5", "aAcc_p10", "aAcc_p100", "aAcc_img"), Shape{Classes: 2})
	if err != nil {
		t.Fatal(err)
	}
	m, total := s.NewMeter(), s.NewTotal()
	for k := range int64(11) {
		m.Reset(nil)
		copy(m.Confusion.Counts, []int64{k, 10 - k, 0, 0})
		states := m.Finish(nil, nil)
		total.Add(states)
		s.Release(states)
	}
	for i, want := range []float64{0.05, 0.1, 1, 0.5} {
		if got := total.Metrics()[i]; math.Abs(got.Value.Value-want) > 1e-15 || got.Value.NValid != 11 {
			t.Errorf("%s is %v of %d, want %v of 11", got.Name, got.Value.Value, got.Value.NValid, want)
		}
	}
}

func TestCompile(t *testing.T) {
	shape := Shape{Classes: 2}
	s, err := Compile(named("mIoU", "IoU", "mIoU", "standard"), shape)
	if err != nil || !slices.Contains(s.Means(), "mIoU") || len(s.PerClass()) != 6 || len(s.Means()) != 8 || s.Empty() {
		t.Errorf("mIoU, IoU, mIoU, standard: %v %v", s, err)
	}
	if s, _ := Compile(named("none"), shape); !s.Empty() {
		t.Error("none is not empty")
	}
	beta := func(b float64) func(any) error {
		return func(o any) error { o.(*FscoreOptions).Beta = b; return nil }
	}
	for name, c := range map[string]struct {
		specs []Spec
		want  string
	}{
		"a misspelt name":         {named("mIou"), `did you mean "mIoU"`},
		"a misspelt view":         {named("mIou_img"), `did you mean "mIoU_img"`},
		"a name like none":        {named("foo"), `unknown metric "foo". See segmetry metrics`},
		"a percentile past all":   {named("mIoU_p101"), "from _p0, the least, to _p100"},
		"a part of a percentile":  {named("mIoU_p2.5"), "from _p0, the least, to _p100"},
		"an option out of range":  {[]Spec{{Name: "Fscore", Decode: beta(-1)}}, "beta: expected"},
		"twice, other options":    {[]Spec{{Name: "Fscore"}, {Name: "Fscore", Decode: beta(2)}}, "asked for twice"},
		"two names of one column": {[]Spec{{Name: "Fscore_img"}, {Name: "Fscore", Decode: beta(2)}}, "label of its own"},
		"options of a group":      {[]Spec{{Name: "standard", Label: "x"}}, "a group has no options"},
		"classes of a whole":      {named("aAcc_img_classes"), "no values of classes"},
		"a percentile of classes": {named("IoU_p5"), "no one value"},
	} {
		if _, err := Compile(c.specs, shape); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if s, err := Compile([]Spec{{Name: "Fscore"}, {Name: "Fscore", Label: "F2", Decode: beta(2)}}, shape); err != nil || !slices.Equal(s.PerClass(), []string{"Fscore", "F2"}) {
		t.Errorf("with a label: %v", err)
	}
	for _, name := range append(Names(), "mIoU_img", "mIoU_img_pairs", "mIoU_img_classes", "mIoU_p3") {
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
	Register(registry["aAcc"])
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
