package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/npy"
)

const regionsConfig = repository + "/configs/regions.yaml"

// labelSummary is what summary.json says of labels that may overlap.
type labelSummary struct {
	summaryFile
	Classes     []string
	LabelCounts [][][]int64                                    `json:"confusion_per_label"`
	PerClass    map[string]map[string]struct{ Value *float64 } `json:"per_class"`
}

func labelSummaryOf(t *testing.T, text []byte) labelSummary {
	t.Helper()
	var s labelSummary
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// nucleiLabels are the decisions of labels2_dyn_sigmoid.onnx on the quickstart's pictures, counted by numpy on what
// onnxruntime 1.27 in Python gives for the same files.
var nucleiLabels = [][][]int64{{{1699119, 11063}, {1737, 57553}}, {{1719984, 25972}, {7442, 16074}}}

// TestRegions runs a model of several sigmoid channels, and holds it against numpy on what onnxruntime 1.27 gives in
// Python: counts exactly, shares to 1e-12; losses, in float64 there, to 1e-7 (bce is BCEWithLogitsLoss an image and
// label, soft_dice MONAI's DiceLoss(sigmoid=True), focal SMP's without alpha).
func TestRegions(t *testing.T) {
	var first []byte
	for _, workers := range []string{"1", "3"} {
		folder := filepath.Join(t.TempDir(), "run")
		code, _, stderr := command(t, "run", regionsConfig, "--out", folder, "--workers", workers, "--quiet")
		if code != 0 {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		var all []byte
		for _, name := range []string{"summary.json", "summary.csv", "images.csv", "config.yaml", "statistics/statistics.db"} {
			b, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b...)
		}
		if first != nil && !bytes.Equal(first, all) {
			t.Errorf("%s workers write other bytes than one", workers)
		}
		first = all
		checkRegions(t, folder)
	}
}

func checkRegions(t *testing.T, folder string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := labelSummaryOf(t, text)
	if s.Confusion != nil || !sameCounts(s.LabelCounts, nucleiLabels) || !slices.Equal(s.Classes, []string{"nucleus", "border"}) {
		t.Errorf("classes %q, confusion %v, per label %v, want %v", s.Classes, s.Confusion, s.LabelCounts, nucleiLabels)
	}
	near := func(what string, got *float64, want, tolerance float64) {
		t.Helper()
		if got == nil || !(math.Abs(*got-want) <= tolerance) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	for name, want := range map[string]float64{"exactMatch": 0.9801669650607638, "aAcc": 0.9869413022641782, "mIoU": (0.8180603527923471 + 0.3248060135790495) / 2, "mIoU_img": 0.5644958452435856} {
		near(name, s.Metrics[name].Value, want, 1e-12)
	}
	for class, want := range map[string]float64{"nucleus": 57553. / (57553 + 11063 + 1737), "border": 16074. / (16074 + 25972 + 7442)} {
		near("IoU of "+class, s.PerClass["IoU"][class].Value, want, 1e-15)
	}
	for loss, want := range map[string]float64{"bce": 0.05380338414404728, "ce": 0.05380338414404728, "soft_dice": 0.5119157063004515, "focal": 0.019098493971983443} {
		near(loss, s.Losses[loss].Value, want, 1e-7)
	}
	near("bce of all pictures together", s.Losses["bce"].Pooled, 0.05278315455599861, 1e-7)
	if r := rows(t, folder); len(r) != 24 || r[0]["valid_pixels"] != "65536" || r[0]["IoU[border]"] == "" || r[0]["exactMatch"] == "" {
		t.Errorf("images.csv: %v", r[0])
	}
	page, err := os.ReadFile(filepath.Join(folder, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, say := range []string{"2 labels that may overlap", "Several labels may overlap", "not nucleus", "57553 pixels"} {
		if !bytes.Contains(page, []byte(say)) {
			t.Errorf("report.html does not say %q", say)
		}
	}
	p, err := openPast(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for row, err := range p.Rows() {
		if err == nil {
			err = p.evaluator.Complete(row)
		}
		if err != nil || !slices.Equal(row.LabelCounts, []int64{64075, 439, 0, 1022, 64358, 730, 20, 428}) || row.ExactPixels != 64742 || row.Confusion != nil {
			t.Errorf("statistics lack the first picture's counts: %v %+v", err, row)
		}
		break
	}
}

func sameCounts(a, b [][][]int64) bool {
	return slices.EqualFunc(a, b, func(x, y [][]int64) bool {
		return slices.EqualFunc(x, y, func(p, q []int64) bool { return slices.Equal(p, q) })
	})
}

// TestBits: masks that hold the labels' bits say the same as regions; where they hold one class a pixel, the classes are
// the labels.
func TestBits(t *testing.T) {
	dir := t.TempDir()
	files, err := filepath.Glob(data + "masks/cell-0*.png")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		mask := decodePNG(t, file)
		bits := image.NewGray16(mask.Bounds())
		for i := range mask.Bounds().Dx() * mask.Bounds().Dy() {
			x, y := i%mask.Bounds().Dx(), i/mask.Bounds().Dx()
			bits.Pix[2*i+1] = [3]uint8{0, 1, 3}[indexAt(t, mask, x, y)]
		}
		writePNG(t, filepath.Join(dir, filepath.Base(file)), bits)
	}
	run := func(args ...string) labelSummary {
		t.Helper()
		code, stdout, stderr := command(t, append([]string{"run", "--model", models + "labels2_dyn_sigmoid.onnx", "--images", data + "images", "--filter", "cell-0*",
			"--out", filepath.Join(t.TempDir(), "run"), "--losses", "bce", "--json"}, args...)...)
		if code != 0 {
			t.Fatalf("%v: exit %d: %s", args, code, stderr)
		}
		return labelSummaryOf(t, []byte(stdout))
	}
	want := run("--masks", data+"masks", "--set", "dataset.regions={nucleus: [1, 2], border: 2}")
	got := run("--masks", dir, "--classes", "nucleus,border", "--set", "dataset.bits=true")
	if !sameCounts(got.LabelCounts, want.LabelCounts) || *got.Losses["bce"].Value != *want.Losses["bce"].Value {
		t.Errorf("bits %v, regions %v", got.LabelCounts, want.LabelCounts)
	}
	exclusive := run("--masks", data+"masks", "--classes", "interior,border", "--set", "dataset.label_map={0: ignore, 1: 0, 2: 1}")
	n, one := exclusive.LabelCounts, want.LabelCounts
	if n[1][1][0]+n[1][1][1] != one[1][1][0]+one[1][1][1] || n[0][0][0]+n[0][0][1] != n[1][1][0]+n[1][1][1] {
		t.Errorf("one class a pixel: %v; with regions %v", n, one)
	}
}

func decodePNG(t *testing.T, file string) image.Image {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// indexAt is a mask's value.
func indexAt(t *testing.T, img image.Image, x, y int) uint8 {
	t.Helper()
	switch m := img.(type) {
	case *image.Paletted:
		return m.ColorIndexAt(x, y)
	case *image.Gray:
		return m.GrayAt(x, y).Y
	}
	t.Fatalf("a mask is %T", img)
	return 0
}

// TestOverlapEverywhere: windows, views, every loss, gradients and a threshold work with several labels.
func TestOverlapEverywhere(t *testing.T) {
	for name, args := range map[string][]string{
		"windows":    {"--set", "inference={mode: slide, crop_size: [128, 128], stride: [96, 96], blend: gaussian}"},
		"views":      {"--set", "inference.tta={scales: [1], flip: [none, horizontal]}"},
		"all losses": {"--losses", "all", "--set", "report.gradients=true"},
		"no losses":  {"--losses", "none"},
		"no metrics": {"--metrics", "none"},
		"other size": {"--set", "preprocess.size=[96, 160]"},
		"all worst":  {"--set", "report.worst=100"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "run")
			code, _, stderr := command(t, append([]string{"run", regionsConfig, "--limit", "3", "--quiet", "--out", folder}, args...)...)
			if code != 0 {
				t.Fatalf("exit %d: %s", code, stderr)
			}
			if s := summaryOf(t, folder); s.Counts.OK != 3 {
				t.Errorf("%+v", s.Counts)
			}
		})
	}
	run := func(threshold string) labelSummary {
		_, stdout, _ := command(t, "run", regionsConfig, "--limit", "3", "--out", filepath.Join(t.TempDir(), "run"), "--set", "model.threshold="+threshold, "--json")
		return labelSummaryOf(t, []byte(stdout))
	}
	if low, high := run("0.2").LabelCounts, run("0.8").LabelCounts; low[0][1][1] <= high[0][1][1] || low[1][0][1] <= high[1][0][1] {
		t.Errorf("a lower threshold finds no more: %v and %v", low, high)
	} else if mixed := run("[0.2, 0.8]").LabelCounts; !sameCounts(mixed, [][][]int64{low[0], high[1]}) {
		t.Errorf("a threshold a label: %v, want %v and %v", mixed, low[0], high[1])
	}
}

// TestOverlapRefused: each is one clear error that says what to do.
func TestOverlapRefused(t *testing.T) {
	of := func(model string, args ...string) []string {
		return append([]string{"run", "--model", models + model, "--images", data + "images", "--masks", data + "masks", "--limit", "2", "--out", filepath.Join(t.TempDir(), "run")}, args...)
	}
	regions := "dataset.regions={a: [1, 2], b: 2}"
	for name, c := range map[string]struct {
		code int
		args []string
		say  []string
	}{
		"softmax with regions":    {2, of("nuclei3_dyn_logits.onnx", "--set", regions), []string{"model.activation: sigmoid", "label_map"}},
		"label map with regions":  {2, of("nuclei3_dyn_u8_argmax.onnx", "--set", regions), []string{"one class a pixel"}},
		"too few labels":          {2, of("labels2_dyn_sigmoid.onnx", "--classes", "a,b,c"), []string{"2 sigmoid channels", "has 3", "dataset.regions"}},
		"a class map":             {2, of("labels2_dyn_sigmoid.onnx", "--set", regions, "--set", "model.class_map={0: 1, 1: 0}"), []string{"model.class_map", "dataset.regions"}},
		"a reference":             {2, of("labels2_dyn_sigmoid.onnx", "--set", regions, "--set", "model.reference="+models+"labels2_dyn_sigmoid.onnx"), []string{"model.reference"}},
		"predictions":             {2, of("labels2_dyn_sigmoid.onnx", "--set", regions, "--predictions"), []string{"report.predictions"}},
		"three thresholds":        {2, of("labels2_dyn_sigmoid.onnx", "--set", regions, "--set", "model.threshold=[0.1, 0.2, 0.3]"), []string{"3 values for 2 labels"}},
		"a threshold of two":      {2, of("nuclei2_dyn_sigmoid.onnx", "--classes", "a,b", "--set", "model.threshold=[0.1, 0.2]"), []string{"one sigmoid channel"}},
		"classes and regions":     {2, of("labels2_dyn_sigmoid.onnx", "--set", regions, "--classes", "a,b"), []string{"leave dataset.classes out"}},
		"a loss of several":       {2, of("labels2_dyn_sigmoid.onnx", "--set", regions, "--losses", "wasserstein_dice"), []string{"wasserstein_dice"}},
		"exactMatch of a softmax": {2, of("nuclei3_dyn_logits.onnx", "--classes", "a,b,c", "--metrics", "exactMatch"), []string{"exactMatch", "may overlap"}},
		"a value without region":  {3, of("labels2_dyn_sigmoid.onnx", "--set", "dataset.regions={a: 1, b: 1}"), []string{"first 2 at", "dataset.regions"}},
		"a stray bit":             {3, of("labels2_dyn_sigmoid.onnx", "--classes", "a,b", "--set", "dataset.bits=true", "--set", "dataset.label_map={2: 4}"), []string{"bits of 2 labels"}},
		"regions that are a list": {2, of("labels2_dyn_sigmoid.onnx", "--set", "dataset.regions=[1, 2]"), []string{"dataset.regions", "{whole: [1, 2, 3], core: [2, 3]}"}},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := command(t, c.args...)
			if code != c.code {
				t.Errorf("exit %d, want %d: %s", code, c.code, stderr)
			}
			for _, say := range c.say {
				if !strings.Contains(stderr, say) {
					t.Errorf("stderr %q does not say %q", stderr, say)
				}
			}
		})
	}
}

// TestParityOfOverlap: runs of labels that may overlap have no label maps to compare, which parity says.
func TestParityOfOverlap(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "run")
	if code, _, stderr := command(t, "run", regionsConfig, "--limit", "1", "--quiet", "--out", folder); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if code, _, stderr := command(t, "parity", folder, folder); code != 2 || !strings.Contains(stderr, "may overlap") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// TestScoreOverlap: score measures several labels at once. scikit-learn 1.9.1 gives multilabel_confusion_matrix
// [[1, 1], [1, 1]] and [[0, 1], [0, 3]]: precision ½ and ¾, recall ½ and 1, IoU ⅓ and ¾, accuracy_score ½.
func TestScoreOverlap(t *testing.T) {
	dir := t.TempDir()
	z, p, y := dir+"/z.npy", dir+"/p.npy", dir+"/y.npy"
	logits, probabilities := []float32{1, -1, 1, -1, 2, 2, 2, 2}, []float32{0.9, 0.2, 0.6, 0.1, 0.5, 0.8, 0.7, 1}
	truth := []float32{1, 1, 0, 0, 1, 0, 1, 1}
	for file, values := range map[string][]float32{z: logits, p: probabilities, y: truth} {
		if err := npy.WriteFloat32(file, []int{1, 2, 2, 2}, values); err != nil {
			t.Fatal(err)
		}
	}
	for _, input := range []string{"--logits=" + z, "--probabilities=" + p} {
		code, stdout, stderr := command(t, "score", input, "--labels", y, "--activation", "sigmoid", "--classes", "a,b", "--losses", "bce", "--json")
		if code != 0 {
			t.Fatalf("%s: exit %d: %s", input, code, stderr)
		}
		s := labelSummaryOf(t, []byte(stdout))
		if s.Confusion != nil || !sameCounts(s.LabelCounts, [][][]int64{{{1, 1}, {1, 1}}, {{0, 1}, {0, 3}}}) {
			t.Errorf("%s: %v", input, s.LabelCounts)
		}
		for name, want := range map[string]float64{"mPrecision": 5. / 8, "mRecall": 3. / 4, "mIoU": (1./3 + 3./4) / 2, "exactMatch": 1. / 2, "aAcc": 5. / 8} {
			if v := s.Metrics[name].Value; v == nil || math.Abs(*v-want) > 1e-15 {
				t.Errorf("%s: %s is %v, want %v", input, name, v, want)
			}
		}
		if s.Losses["bce"].Pooled == nil || math.Abs(*s.Losses["bce"].Pooled-*s.Losses["bce"].Value) > 1e-12 {
			t.Errorf("one image's pooled loss is another: %+v", s.Losses["bce"])
		}
	}
}
