package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/npy"
)

const (
	repository = "../.."
	models     = repository + "/testdata/quickstart/models/"
	data       = repository + "/testdata/quickstart/"
)

// command runs the program in this process.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Main(args, strings.NewReader(""), &out, &errs, os.Environ())
	if strings.Contains(errs.String(), "goroutine ") {
		t.Errorf("%v panicked:\n%s", args, errs.String())
	}
	return code, out.String(), errs.String()
}

// evaluate runs the quickstart model with the given flags and returns the run folder.
func evaluate(t *testing.T, code int, flags ...string) (folder, stderr string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "run")
	args := append([]string{"run", "--model", models + "nuclei3_dyn_logits.onnx", "--images", data + "images", "--masks", data + "masks",
		"--classes", "background,interior,border", "--out", folder, "--quiet"}, flags...)
	got, _, stderr := command(t, args...)
	if got != code {
		t.Fatalf("%v: exit %d, want %d: %s", flags, got, code, stderr)
	}
	return folder, stderr
}

func rows(t *testing.T, folder string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(folder, "images.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]string
	for _, row := range all[1:] {
		m := map[string]string{}
		for i, name := range all[0] {
			m[name] = row[i]
		}
		list = append(list, m)
	}
	return list
}

type summaryFile struct {
	Partial   bool
	Counts    struct{ Images, OK, Failed, Skipped int }
	Confusion [][]int64
	Metrics   map[string]struct {
		Value *float64
		Low   float64 `json:"ci_low"`
		High  float64 `json:"ci_high"`
	}
	Losses map[string]struct{ Value, Pooled *float64 }
}

func summaryOf(t *testing.T, folder string) summaryFile {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s summaryFile
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRunWritesTheSameBytesForAnyWorkers(t *testing.T) {
	one, _ := evaluate(t, 0, "--workers", "1")
	three, _ := evaluate(t, 0, "--workers", "3")
	for _, name := range []string{"images.csv", "summary.csv", "summary.json", "config.yaml", "statistics/statistics.db"} {
		a, err1 := os.ReadFile(filepath.Join(one, name))
		b, err2 := os.ReadFile(filepath.Join(three, name))
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs between 1 and 3 workers: %v %v", name, err1, err2)
		}
	}
	html, err := os.ReadFile(filepath.Join(one, "report.html"))
	if err != nil || !bytes.Contains(html, []byte("CPUExecutionProvider")) || bytes.Contains(html, []byte("http://")) {
		t.Errorf("report.html does not name the provider, or points outside: %v", err)
	}
	s := summaryOf(t, one)
	if m := s.Metrics["mIoU"].Value; s.Counts.OK != 24 || m == nil || *m < 0.6 {
		t.Errorf("the quickstart scores %+v", s.Counts)
	}
	if left, _ := filepath.Glob(filepath.Join(one, ".*")); len(left) > 0 {
		t.Errorf("temporary files stay: %v", left)
	}
}

// TestNuclei holds the run against values of torch and MONAI (losses: relative 2e-6) beside a checkout.
func TestNuclei(t *testing.T) {
	golden := filepath.Join(repository, "..", "shared", "golden", "endtoend", "nuclei.json")
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Skipf("skipped: the shared golden values are not here: %v", err)
	}
	var want struct {
		Images []struct {
			Image  string
			Losses map[string]float64
		}
		Summary struct{ Confusion [][]int64 }
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(repository, "..", "shared", "material", "nuclei")
	folder, _ := evaluate(t, 0, "--images", filepath.Join(base, "images"), "--masks", filepath.Join(base, "masks"))
	got, _ := json.Marshal(summaryOf(t, folder).Confusion)
	if w, _ := json.Marshal(want.Summary.Confusion); !bytes.Equal(got, w) {
		t.Errorf("confusion %s, want %s", got, w)
	}
	for i, row := range rows(t, folder) {
		for name, w := range want.Images[i].Losses {
			var v float64
			if err := json.Unmarshal([]byte(row["loss."+name]), &v); err != nil || math.Abs(v-w) > 2e-6*max(1e-3, w) {
				t.Errorf("%s %s: %v, want %v", row["image"], name, row["loss."+name], w)
			}
		}
	}
}

func TestSigmoidAndList(t *testing.T) {
	list := filepath.Join(t.TempDir(), "val.txt")
	if err := os.WriteFile(list, []byte("# two of them\ncell-03\ncell-07.png, cell-07.png\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder, _ := evaluate(t, 0, "--model", models+"nuclei2_dyn_sigmoid.onnx", "--classes", "background,nucleus", "--set", "dataset.label_map={2: 1}",
		"--set", "dataset.format=list", "--set", "dataset.split="+list)
	s := summaryOf(t, folder)
	ce, bce := s.Losses["ce"].Value, s.Losses["bce"].Value
	if s.Counts.OK != 2 || ce == nil || bce == nil || math.Abs(*ce-*bce) > 1e-7 {
		t.Errorf("%+v: on one channel ce is bce", s)
	}
}

// copyQuickstart copies two pictures and their masks for a test to damage.
func copyQuickstart(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a set with spaces and ü")
	for _, sub := range []string{"images", "masks"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o750); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"cell-01.png", "cell-04.png"} {
			b, err := os.ReadFile(filepath.Join(data, sub, name))
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, sub, name), b)
		}
	}
	return dir
}

func write(t *testing.T, file string, b []byte) {
	t.Helper()
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func writePNG(t *testing.T, file string, img image.Image) {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	write(t, file, b.Bytes())
}

// TestBadData: what is wrong with one image is said in its row and on stderr, with exit code 3; with on-error skip the
// other image is scored.
func TestBadData(t *testing.T) {
	filled := func(v uint8) *image.Gray {
		m := image.NewGray(image.Rect(0, 0, 256, 256))
		for i := range m.Pix {
			m.Pix[i] = v
		}
		return m
	}
	huge := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xea\x60\x00\x00\xea\x60\x08\x02\x00\x00\x00"), 0x8e, 0x6b, 0x5e, 0x14)
	for name, c := range map[string]struct {
		damage func(dir string)
		say    []string
	}{
		"truncated":        {func(d string) { cut(t, d+"/images/cell-01.png") }, []string{"cell-01.png", "cut off"}},
		"empty file":       {func(d string) { write(t, d+"/images/cell-01.png", nil) }, []string{"cell-01.png", "0 bytes"}},
		"not a picture":    {func(d string) { write(t, d+"/images/cell-01.png", []byte("hello world")) }, []string{"cell-01.png", "not a picture"}},
		"huge":             {func(d string) { write(t, d+"/images/cell-01.png", huge) }, []string{"cell-01.png"}},
		"mask missing":     {func(d string) { remove(t, d+"/masks/cell-01.png") }, []string{"cell-01", "has no mask"}},
		"image missing":    {func(d string) { remove(t, d+"/images/cell-01.png") }, []string{"cell-01", "has no image"}},
		"mask's size":      {func(d string) { writePNG(t, d+"/masks/cell-01.png", image.NewGray(image.Rect(0, 0, 8, 8))) }, []string{"8×8", "256×256"}},
		"label too large":  {func(d string) { writePNG(t, d+"/masks/cell-01.png", filled(7)) }, []string{"65536 pixels", "(0,0)", "ignore_index: 7"}},
		"mask in colour":   {func(d string) { writePNG(t, d+"/masks/cell-01.png", colourful()) }, []string{"dataset.palette"}},
		"odd picture size": {func(d string) { oddSize(t, d) }, []string{"cell-01.png"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyQuickstart(t)
			c.damage(dir)
			flags := []string{"--images", dir + "/images", "--masks", dir + "/masks"}
			want := 3
			if name == "odd picture size" { // the model fails on it
				want = 4
			}
			_, stderr := evaluate(t, want, flags...)
			folder, _ := evaluate(t, 0, append(flags, "--on-error", "skip")...)
			skipped := 0
			for _, row := range rows(t, folder) {
				if row["status"] == "skipped" {
					skipped++
					for _, say := range c.say {
						if !strings.Contains(row["error"], say) {
							t.Errorf("the row says %q, expected %q in it", row["error"], say)
						}
						if !strings.Contains(stderr, say) {
							t.Errorf("stderr says %q, expected %q in it", stderr, say)
						}
					}
				}
			}
			if s := summaryOf(t, folder); skipped != 1 || s.Counts.OK != 1 || s.Counts.Skipped != 1 {
				t.Errorf("%d rows skipped, counts %+v", skipped, s.Counts)
			}
		})
	}
}

func cut(t *testing.T, file string) {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, b[:len(b)/2])
}

func remove(t *testing.T, file string) {
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

func colourful() image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, 256, 256))
	for i := range m.Pix {
		m.Pix[i] = uint8(i)
	}
	return m
}

func oddSize(t *testing.T, dir string) {
	writePNG(t, dir+"/images/cell-01.png", image.NewGray(image.Rect(0, 0, 37, 21)))
	writePNG(t, dir+"/masks/cell-01.png", image.NewGray(image.Rect(0, 0, 37, 21)))
}

func TestAllPixelsIgnored(t *testing.T) {
	dir := copyQuickstart(t)
	for _, name := range []string{"cell-01.png", "cell-04.png"} {
		m := image.NewGray(image.Rect(0, 0, 256, 256))
		for i := range m.Pix {
			m.Pix[i] = 255
		}
		writePNG(t, filepath.Join(dir, "masks", name), m)
	}
	folder, _ := evaluate(t, 0, "--images", dir+"/images", "--masks", dir+"/masks", "--ignore-index", "255")
	s := summaryOf(t, folder)
	if s.Metrics["mIoU"].Value != nil || s.Losses["ce"].Value != nil {
		t.Errorf("nothing was counted, and the summary says %+v", s)
	}
}

// TestBadRequests: nothing is run, one clear message, the documented exit code, no run folder.
func TestBadRequests(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.onnx")
	write(t, text, []byte("not a model"))
	file := func(content string) string {
		f := filepath.Join(t.TempDir(), "c.yaml")
		write(t, f, []byte(content))
		return f
	}
	on := func(more ...string) []string { // a run that would do, but for these
		return append([]string{"run", "--model", models + "nuclei3_dyn_logits.onnx", "--images", data + "images", "--masks", data + "masks", "--classes", "a,b,c", "--out", dir + "/o"}, more...)
	}
	empty := filepath.Join(dir, "empty")
	if err := os.MkdirAll(empty, 0o750); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		code int
		args []string
		say  []string
	}{
		"no model":                {2, []string{"run", "--images", empty, "--masks", empty, "--classes", "a,b"}, []string{"model.path"}},
		"model absent":            {2, []string{"run", "--model", dir + "/absent.onnx", "--images", data + "images", "--masks", data + "masks", "--classes", "a,b,c", "--out", dir + "/o"}, []string{"absent.onnx"}},
		"model is text":           {4, []string{"run", "--model", text, "--images", data + "images", "--masks", data + "masks", "--classes", "a,b,c", "--out", dir + "/o"}, []string{"text.onnx"}},
		"unknown key":             {2, []string{"run", file("model: {path: a}\ndatset: {}\n")}, []string{"c.yaml:2:1", "datset", `"dataset"`}},
		"wrong type":              {2, []string{"run", file("preprocess: {scale: [1, 2]}\n")}, []string{"c.yaml:1:21", "preprocess.scale", "1/255", "a list"}},
		"wrong choice":            {2, []string{"run", file("model: {device: gpu}\n")}, []string{"model.device", "cuda"}},
		"two at once":             {2, []string{"run", file("modl: {}\nreport: {worst: x}\n")}, []string{"modl", "report.worst"}},
		"not YAML":                {2, []string{"run", file("model: [\n")}, []string{"not YAML"}},
		"key twice":               {2, []string{"run", file("model: {path: a, path: b}\n")}, []string{"path"}},
		"not supported yet":       {2, []string{"run", file("model: {path: a}\ndataset: {images: i, masks: m, classes: [a, b]}\nscore: {at: model}\n")}, []string{"c.yaml:3", "score.at", "not supported yet"}},
		"few resamples":           {2, []string{"run", file("model: {path: a}\ndataset: {images: i, masks: m, classes: [a, b]}\nscore: {bootstrap: {resamples: 10, method: t}}\n")}, []string{"c.yaml:3", "score.bootstrap.method"}},
		"wrong bootstrap":         {2, []string{"run", file("model: {path: a}\ndataset: {images: i, masks: m, classes: [a, b]}\nscore: {bootstrap: {resamples: 10, group: patient}}\n")}, []string{"c.yaml:3", "score.bootstrap.resamples", "100", "score.bootstrap.group", "dataset.metadata"}},
		"no configuration":        {2, []string{"run", dir + "/absent.yaml"}, []string{"absent.yaml"}},
		"unknown flag":            {2, []string{"run", "--modell", "x"}, []string{"--modell", "--help"}},
		"unknown command":         {2, []string{"runn"}, []string{"runn"}},
		"set without value":       {2, []string{"run", "--set", "model.path"}, []string{"--set"}},
		"set to an odd key":       {2, []string{"run", "--set", "Model path=1"}, []string{"not a key"}},
		"unknown interpolation":   {2, []string{"run", "--set", "preprocess.interpolation=cv_liner", "--model", "a", "--images", "b", "--masks", "c", "--classes", "d"}, []string{`"cv_linear"`}},
		"unknown loss":            {2, on("--losses", "fokal"), []string{`"focal"`}},
		"unknown option":          {2, on("--set", "score.losses=[{name: focal, gama: 2}]"), []string{`"gamma"`}},
		"unknown metric":          {2, on("--metrics", "mIou"), []string{`"mIoU"`}},
		"too few classes":         {2, []string{"run", "--model", models + "nuclei3_dyn_logits.onnx", "--images", data + "images", "--masks", data + "masks", "--classes", "a,b", "--out", dir + "/o"}, []string{"3 channels", "2 classes", "class_map"}},
		"empty dataset":           {3, []string{"run", "--model", models + "nuclei3_dyn_logits.onnx", "--images", empty, "--masks", empty, "--classes", "a,b,c", "--out", dir + "/o"}, []string{"empty"}},
		"filter without match":    {3, on("--filter", "x*"), []string{"x*"}},
		"images absent":           {2, []string{"run", "--model", "m", "--images", dir + "/absent", "--masks", empty, "--classes", "a,b,c"}, []string{"dataset.images"}},
		"out is a file":           {2, []string{"run", "--model", models + "nuclei3_dyn_logits.onnx", "--images", data + "images", "--masks", data + "masks", "--classes", "a,b,c", "--out", text}, []string{"--out"}},
		"runtime is text":         {4, []string{"run", "--runtime", text, "--model", models + "nuclei3_dyn_logits.onnx", "--images", data + "images", "--masks", data + "masks", "--classes", "a,b,c", "--out", dir + "/o"}, []string{"text.onnx"}},
		"log format":              {2, []string{"version", "--log-format", "xml"}, []string{"xml"}},
		"inspect nothing":         {2, []string{"inspect"}, []string{"segmetry inspect MODEL.onnx", "--help"}},
		"an unknown shell":        {2, []string{"completion", "fsh"}, []string{`"fsh"`, "segmetry completion --help"}},
		"no images but masks":     {3, on("--images", empty), []string{"the dataset is empty", "no image in " + empty}},
		"too little memory":       {2, on("--memory", "1000"), []string{"run.memory: 1000 B are too little"}},
		"explain a wrong metric":  {2, []string{"metrics", "hd59"}, []string{"hd95"}},
		"metric's option":         {2, on("--set", "score.metrics=[{name: hd95, spacin: [1, 1]}]"), []string{"hd95", `"spacing"`}},
		"metric's option's type":  {2, on("--set", "score.metrics=[{name: ece, bins: many}]"), []string{"ece", "bins", "a whole number"}},
		"metric's option's value": {2, on("--set", "score.metrics=[{name: pq, iou: 0.3}]"), []string{"pq", "iou", "0.3"}},
		"metric twice":            {2, on("--set", "score.metrics=[nsd, {name: nsd, tolerance: 2}]"), []string{"nsd", "twice", "label"}},
		"explain a wrong loss":    {2, []string{"losses", "dise"}, []string{"soft_dice"}},
		"score nothing":           {2, []string{"score"}, []string{"--logits"}},
		"preprocess to nowhere":   {2, []string{"preprocess", data + "images/cell-01.png"}, []string{"--out"}},
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
			if _, err := os.Stat(dir + "/o/summary.json"); err == nil {
				t.Error("a run folder was written")
			}
		})
	}
}

func TestFinishedRunIsNotOverwritten(t *testing.T) {
	folder, _ := evaluate(t, 0, "--limit", "1")
	_, stderr := evaluate(t, 2, "--limit", "1", "--out", folder)
	if !strings.Contains(stderr, "--overwrite") {
		t.Error(stderr)
	}
	evaluate(t, 0, "--limit", "2", "--out", folder, "--overwrite")
	if s := summaryOf(t, folder); s.Counts.Images != 2 {
		t.Errorf("%+v", s.Counts)
	}
}

func TestJSONAndTable(t *testing.T) {
	out := filepath.Join(t.TempDir(), "r")
	args := []string{"run", repository + "/configs/quickstart.yaml", "--out", out, "--limit", "2"}
	code, stdout, stderr := command(t, append(args, "--json")...)
	var s summaryFile
	if err := json.Unmarshal([]byte(stdout), &s); code != 0 || err != nil || s.Counts.Images != 2 {
		t.Errorf("exit %d, %v: %s %s", code, err, stdout, stderr)
	}
	code, stdout, _ = command(t, args...)
	if code != 0 || !strings.Contains(stdout, "mIoU") || !strings.Contains(stdout, "report.html") {
		t.Errorf("exit %d: %s", code, stdout)
	}
}

func TestScore(t *testing.T) {
	dir := t.TempDir()
	z, y, p := dir+"/z.npy", dir+"/y.npy", dir+"/p.npy"
	if err := npy.WriteFloat32(z, []int{1, 2, 1, 2}, []float32{2, 2, 0, 0}); err != nil {
		t.Fatal(err)
	}
	if err := npy.WriteUint8(y, []int{1, 1, 2}, []uint8{0, 1}); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := command(t, "score", "--logits", z, "--labels", y, "--gradients", dir+"/g", "--json")
	var s summaryFile
	if err := json.Unmarshal([]byte(stdout), &s); code != 0 || err != nil {
		t.Fatalf("exit %d: %v %s", code, err, stderr)
	}
	// Two classes, one pixel right and one wrong at a gap of 2: the mean of log(1+e⁻²) and log(1+e²).
	want := (math.Log1p(math.Exp(-2)) + math.Log1p(math.Exp(2))) / 2
	if ce := s.Losses["ce"].Value; ce == nil || math.Abs(*ce-want) > 1e-6 {
		t.Errorf("ce %v, want %v", ce, want)
	}
	g, err := npy.Read(dir + "/g/ce.npy")
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := g.Float32s(); math.Abs(float64(v[0])+0.5/(1+math.Exp(2))) > 1e-7 {
		t.Errorf("gradient %v", v)
	}
	probability := float32(1 / (1 + math.Exp(-2)))
	if err := npy.WriteFloat32(p, []int{2, 1, 2}, []float32{probability, probability, 1 - probability, 1 - probability}); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr = command(t, "score", "--probabilities", p, "--labels", y, "--reduction", "batch", "--gradients", dir+"/g"); code != 0 || !strings.Contains(stdout, "mIoU") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if code, stdout, stderr = command(t, "score", "--predictions", y, "--labels", y, "--json"); code != 0 || !strings.Contains(stdout, `"mIoU"`) {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if code, stdout, stderr = command(t, "score", "--predictions", copyQuickstart(t)+"/masks", "--masks", copyQuickstart(t)+"/masks", "--num-classes", "3"); code != 0 || !strings.Contains(stdout, "100.00") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	for _, args := range [][]string{
		{"--logits", z, "--labels", z}, {"--logits", z, "--labels", dir + "/absent.npy"},
		{"--logits", z, "--labels", y, "--activation", "sigmoid", "--losses", "wasserstein_dice"}, {"--logits", z, "--labels", y, "--reduction", "sum"},
		{"--probabilities", z, "--labels", y}, {"--predictions", y, "--labels", y, "--gradients", dir}, {"--logits", z, "--masks", data + "masks"},
		{"--logits", z, "--labels", y, "--num-classes", "5"}, {"--logits", z, "--labels", y, "--classes", "a"}, {"--predictions", data + "masks", "--labels", y},
		{"--predictions", y, "--labels", y, "--metrics", "ece"}, {"--predictions", y, "--labels", y, "--spacing", "1"}, {"--predictions", y, "--labels", y, "--spacing", "0,1", "--metrics", "hd"},
		{"--logits", z, "--labels", y, "--activation", "tanh"}, {"--logits", z, "--labels", y, "--threshold", "2"},
	} {
		if code, _, stderr := command(t, append([]string{"score"}, args...)...); code != 2 && code != 3 {
			t.Errorf("%v: exit %d: %s", args, code, stderr)
		}
	}
}

func TestPreprocess(t *testing.T) {
	dir := t.TempDir()
	img := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	img.SetNRGBA(0, 0, color.NRGBA{255, 0, 51, 255})
	img.SetNRGBA(1, 0, color.NRGBA{0, 102, 0, 255})
	writePNG(t, dir+"/a.png", img)
	for _, c := range []struct {
		args []string
		want []float32
	}{
		{nil, []float32{1, 0, 0, 0.4, 0.2, 0}},
		{[]string{"--color", "bgr"}, []float32{0.2, 0, 0, 0.4, 1, 0}},
		{[]string{"--layout", "nhwc"}, []float32{1, 0, 0.2, 0, 0.4, 0}},
		{[]string{"--dtype", "uint8"}, []float32{255, 0, 0, 102, 51, 0}},
		{[]string{"--mean", "0.5", "--std", "0.5"}, []float32{1, -1, -1, -0.2, -0.6, -1}},
		{[]string{"--preset", "keras"}, []float32{1, -1, -1, -0.2, -0.6, -1}},
		{[]string{"--preset", "keras", "--mean", "0"}, []float32{2, 0, 0, 0.8, 0.4, 0}},
		{[]string{"--normalize", "image"}, []float32{1, -1, -1, 1, 1, -1}},
		{[]string{"--crop", "1,1"}, []float32{1, 0, 0.2}},
		{[]string{"--pad-multiple", "3", "--pad-mode", "constant", "--pad-value", "51", "--crop", "1,2"}, []float32{1, 0, .2, .2, .2, .2, .2, .2, .2, 0, .4, .2, .2, .2, .2, .2, .2, .2, .2, 0, .2, .2, .2, .2, .2, .2, .2}},
		{[]string{"--size", "1,3", "--interpolation", "torch_bilinear"}, []float32{1, 0.5, 0, 0, 0.2, 0.4, 0.2, 0.1, 0}}, // no rounding to bytes
		{[]string{"--color", "gray", "--scale", "1"}, []float32{82, 60}},                                                 // PIL: (19595·255 + 7471·51 + 2¹⁵) >> 16, (38470·102 + 2¹⁵) >> 16
	} {
		code, _, stderr := command(t, append([]string{"preprocess", dir + "/a.png", "--out", dir + "/t.npy"}, c.args...)...)
		if code != 0 {
			t.Errorf("%v: exit %d: %s", c.args, code, stderr)
			continue
		}
		a, err := npy.Read(dir + "/t.npy")
		if err != nil {
			t.Fatal(err)
		}
		got, _ := a.Float32s()
		for i, w := range c.want {
			if len(got) != len(c.want) || math.Abs(float64(got[i]-w)) > 1e-6 {
				t.Errorf("%v: %v, want %v", c.args, got, c.want)
				break
			}
		}
	}
	if err := npy.WriteFloat32(dir+"/planes.npy", []int{1, 1, 2}, []float32{-1, 2}); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := command(t, "preprocess", dir+"/planes.npy", "--size", "1,3", "--interpolation", "torch_bilinear_corners", "--out", dir+"/wide.npy"); code != 0 {
		t.Error(stderr)
	} else if a, err := npy.Read(dir + "/wide.npy"); err != nil {
		t.Error(err)
	} else if got, _ := a.Float32s(); !slices.Equal(got, []float32{-1, 0.5, 2}) {
		t.Errorf("planes with aligned corners: %v", got)
	}
	for _, args := range [][]string{{"--size", "1,3"}, {"--interpolation", "torch_bilinear"}, {"--size", "1,3", "--interpolation", "torch_bilinear", "--mean", "1"}} {
		if code, _, _ := command(t, append([]string{"preprocess", dir + "/planes.npy", "--out", dir + "/x.npy"}, args...)...); code != 2 {
			t.Errorf("planes with %v: exit %d", args, code)
		}
	}
	if code, _, stderr := command(t, "preprocess", data+"masks/cell-01.png", "--mask", "--size", "64,32", "--interpolation", "cv_nearest", "--out", dir+"/m.npy"); code != 0 {
		t.Error(stderr)
	}
	for _, args := range [][]string{{"--dtype", "int8"}, {"--layout", "chw"}, {"--size", "3"}, {"--mask", "--size", "4,4"}} {
		if code, _, _ := command(t, append([]string{"preprocess", data + "masks/cell-01.png", "--out", dir + "/x.npy"}, args...)...); code != 2 {
			t.Errorf("%v: exit %d", args, code)
		}
	}
}

func TestInspectDoctorLossesVersion(t *testing.T) {
	config := filepath.Join(t.TempDir(), "c.yaml")
	for _, args := range [][]string{
		{"inspect", models + "nuclei3_dyn_logits.onnx", "--write", config}, {"inspect", models + "nuclei2_dyn_sigmoid.onnx", "--json"},
		{"doctor"}, {"losses"}, {"losses", "--json"}, {"losses", "focal"}, {"losses", "ce", "--json"}, {"metrics"}, {"metrics", "--json"}, {"metrics", "hd95"}, {"metrics", "mIoU_p5", "--json"}, {"version"}, {"version", "--json"},
		{"--help"}, {"run", "--help"}, {"completion", "bash"},
	} {
		code, stdout, stderr := command(t, args...)
		if code != 0 || stdout == "" {
			t.Errorf("%v: exit %d: %s%s", args, code, stdout, stderr)
		}
	}
	if _, err := os.Stat(config); err != nil {
		t.Error(err)
	}
}

// TestBadModels runs the models of testdata/bad.
func TestBadModels(t *testing.T) {
	bad := repository + "/testdata/bad/"
	for name, c := range map[string]struct {
		code int
		say  []string
	}{
		"four-channels.onnx":    {2, []string{"4 channels"}},
		"external-missing.onnx": {4, []string{"external-missing.onnx", "weights.bin", "missing"}},
		"twenty-channels.onnx":  {2, []string{"20 channels", "3 classes", "class_map"}},
	} {
		_, stderr := evaluate(t, c.code, "--model", bad+name, "--set", "model.kind=logits")
		for _, say := range c.say {
			if !strings.Contains(stderr, say) {
				t.Errorf("%s: %q does not say %q", name, stderr, say)
			}
		}
	}
	folder, _ := evaluate(t, 0, "--model", bad+"nan.onnx", "--limit", "2")
	if row := rows(t, folder)[0]; row["status"] != "ok" || row["loss.ce"] != "" || !strings.Contains(row["error"], "NaN") {
		t.Errorf("NaN logits: %v", row)
	}
	if html, err := os.ReadFile(filepath.Join(folder, "report.html")); err != nil || !bytes.Contains(html, []byte("pixels with NaN or infinite logits")) {
		t.Errorf("the report does not show NaN logits: %v", err)
	}
}

// TestScoreSeveralLabelsAndSoftTargets: closed forms. Logits of 0 have probability ½ each: cross-entropy ln 2 whatever the
// truth, soft Dice of one channel 1 − (2·Σp·y)/(Σp + Σy) but for its smoothing.
func TestScoreSeveralLabelsAndSoftTargets(t *testing.T) {
	dir := t.TempDir()
	z, y, soft := dir+"/z.npy", dir+"/y.npy", dir+"/soft.npy"
	err := errors.Join(npy.WriteFloat32(z, []int{2, 2, 1, 2}, make([]float32, 8)), npy.WriteUint8(y, []int{2, 2, 1, 2}, []uint8{1, 0, 1, 1, 1, 0, 1, 1}),
		npy.WriteFloat32(soft, []int{2, 2, 1, 2}, []float32{0.5, 1, 0.5, 0, 0.25, 0.75, 0.75, 0.25}))
	if err != nil {
		t.Fatal(err)
	}
	dice := ((1 - 2*0.5/2) + (1 - 2*1./3)) / 2 // Σp = 1 in both channels, Σy = 1 and 2
	for name, c := range map[string]struct {
		args []string
		want map[string]float64
	}{
		"several labels":         {[]string{"--labels", y, "--activation", "sigmoid", "--losses", "bce,soft_dice"}, map[string]float64{"bce": math.Ln2, "soft_dice": dice}},
		"several labels, batch":  {[]string{"--labels", y, "--activation", "sigmoid", "--losses", "bce", "--reduction", "batch"}, map[string]float64{"bce": math.Ln2}},
		"soft targets":           {[]string{"--labels", soft, "--losses", "ce"}, map[string]float64{"ce": math.Ln2}},
		"soft targets in batch":  {[]string{"--labels", soft, "--losses", "ce", "--reduction", "batch"}, map[string]float64{"ce": math.Ln2}},
		"probabilities, several": {[]string{"--labels", y, "--activation", "sigmoid", "--losses", "bce", "--gradients", dir + "/g"}, map[string]float64{"bce": math.Ln2}},
	} {
		code, stdout, stderr := command(t, append([]string{"score", "--logits", z, "--json"}, c.args...)...)
		var s summaryFile
		if err := json.Unmarshal([]byte(stdout), &s); code != 0 || err != nil {
			t.Fatalf("%s: exit %d: %v %s", name, code, err, stderr)
		}
		for loss, want := range c.want {
			if v := s.Losses[loss].Value; v == nil || math.Abs(*v-want) > 1e-5 {
				t.Errorf("%s: %s is %v, want %v", name, loss, v, want)
			}
		}
	}
	g, err := npy.Read(dir + "/g/bce.npy")
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := g.Float32s(); v[0] != -0.5/8 || v[1] != 0.5/8 { // (σ(0) − y)/n
		t.Errorf("gradient %v", v)
	}
	for name, args := range map[string][]string{
		"ranked":  {"--labels", soft, "--losses", "lovasz_softmax"},
		"metrics": {"--labels", soft, "--metrics", "mIoU"},
		"shape":   {"--labels", z, "--losses", "ce"},
	} {
		if code, _, stderr := command(t, append([]string{"score", "--logits", z}, args...)...); code == 0 || stderr == "" {
			t.Errorf("%s: exit %d, %q", name, code, stderr)
		}
	}
}

// TestCurves draws the page and refuses losses that have no curve.
func TestCurves(t *testing.T) {
	file := t.TempDir() + "/curves.html"
	if code, stdout, stderr := command(t, "losses", "--curves", file); code != 0 || !strings.Contains(stdout, "drawn") {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`id="soft_dice"`, "Large loss, small gradient", `id="focal"`, "<path"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, args := range [][]string{{"lovasz_softmax"}, {"nothing"}} {
		if code, _, _ := command(t, append([]string{"losses", "--curves", file}, args...)...); code != 2 {
			t.Errorf("%v: exit %d, want 2", args, code)
		}
	}
	if code, _, _ := command(t, "losses", "--curves", t.TempDir()+"/no/such/folder.html"); code != 2 {
		t.Errorf("a folder that is not there: exit %d, want 2", code)
	}
}

// TestGradientsOfARun: report.gradients adds its columns and its table.
func TestGradientsOfARun(t *testing.T) {
	folder, _ := evaluate(t, 0, "--model", models+"nuclei3_dyn_logits.onnx", "--classes", "background,interior,border", "--limit", "2", "--losses", "ce,lovasz_softmax,hausdorff_er", "--set", "report.gradients=true")
	rows, err := os.ReadFile(folder + "/images.csv")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(folder + "/report.html")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(rows), "gradient.ce.l1,gradient.ce.l2,gradient.ce.foreground,gradient.ce.boundary,gradient.ce.hardest,gradient.lovasz_softmax.l1") {
		t.Error("images.csv lacks the gradients' columns")
	}
	if !strings.Contains(string(page), `<section id="gradients">`) || !strings.Contains(string(page), `aria-label="What is gradient.hardest?"`) || strings.Contains(string(page), `data-sort="hausdorff_er">`) {
		t.Error("report.html lacks the gradients, or shows one that there is not")
	}
}

// TestVariantsOfOneModel: every export of one network gives its confusion matrix: exactly where only the layout, the
// opset differ, and within a few pixels in a thousand where the arithmetic does, or where labels are brought to the
// picture's size instead of logits.
func TestVariantsOfOneModel(t *testing.T) {
	matrix := func(model string) (counts [][]int64, hasLosses bool) {
		t.Helper()
		folder, _ := evaluate(t, 0, "--model", models+model+".onnx", "--classes", "background,interior,border", "--limit", "4", "--losses", "ce", "--set", "preprocess.size=[256, 256]", "--set", "report.worst=2")
		page, err := os.ReadFile(folder + "/report.html")
		if err != nil {
			t.Fatal(err)
		}
		s := summaryOf(t, folder)
		if says := strings.Contains(string(page), "there are no losses"); says == (len(s.Losses) > 0) {
			t.Errorf("%s: the report says that there are no losses: %v", model, says)
		}
		return s.Confusion, len(s.Losses) > 0
	}
	want, _ := matrix("nuclei3_dyn_logits")
	for model, c := range map[string]struct {
		off    int64 // pixels that may fall into other cells
		losses bool
	}{
		"nuclei3_256_logits_op11": {0, true}, "nuclei3_256_nhwc_softmax": {0, true}, "nuclei3_256_u8_label_u8": {500, false},
		"nuclei3_dyn_u8_argmax": {500, false}, "nuclei3_dyn_fp16io": {500, true}, "nuclei3_256_int8_qdq": {5000, true},
	} {
		got, losses := matrix(model)
		var off int64
		for i := range want {
			for j := range want[i] {
				off += max(got[i][j]-want[i][j], want[i][j]-got[i][j])
			}
		}
		if off > c.off || losses != c.losses {
			t.Errorf("%s: %d pixels off, at most %d are allowed; losses: %v, want %v", model, off, c.off, losses, c.losses)
		}
	}
}
