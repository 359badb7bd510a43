package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// slicedSummary is what summary.json says of slices; the figures are those of a summary.
type slicedSummary struct {
	figures
	Slices []slicedPart
}

type slicedPart struct {
	figures
	By, Slice  string
	Images     int
	Telling    bool
	Difference struct {
		Metric string
		Value  float64
		Low    *float64 `json:"ci_low"`
	}
}

type figures struct {
	Metrics  map[string]any
	PerClass map[string]any `json:"per_class"`
	Losses   map[string]any
}

func readSlices(t *testing.T, folder string) (s slicedSummary) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSlicesOfARun: slices by metadata, path, size, brightness and class are in summary.json, slices.csv and the report; a
// slice's figures and intervals are those of a run over its images alone.
func TestSlicesOfARun(t *testing.T) {
	dir := t.TempDir()
	first, _ := evaluate(t, 0, "--set", "score.bootstrap.resamples=0")
	var table strings.Builder
	table.WriteString("image,stain\n")
	for i, row := range rows(t, first) {
		fmt.Fprintf(&table, "%s,<b>%d\n", row["image"], i%2)
	}
	write(t, dir+"/m.csv", []byte(table.String()))
	write(t, dir+"/slices.yaml", []byte(`- size
- brightness
- {name: class, classes: [border]}
- column:stain
- {name: path, label: ten, globs: ["cell-0*", "cell-1*"]}
`))
	folder, _ := evaluate(t, 0, "--slices", dir+"/slices.yaml", "--set", "dataset.metadata="+dir+"/m.csv")
	s := readSlices(t, folder)
	counts := map[string]int{}
	worst := 0.0
	for i, part := range s.Slices {
		counts[part.By] += part.Images
		if part.Difference.Metric != "mIoU" || part.Difference.Low == nil || part.Telling != (part.Images >= 10) || i > 0 && part.Difference.Value < worst {
			t.Errorf("%+v", part)
		}
		worst = part.Difference.Value
	}
	if want := map[string]int{"size": 24, "brightness": 24, "class": 24, "stain": 24, "ten": 24}; !reflect.DeepEqual(counts, want) {
		t.Errorf("images in slices: %v, want %v", counts, want)
	}
	alone, _ := evaluate(t, 0, "--filter", "cell-0*")
	at := slices.IndexFunc(s.Slices, func(p slicedPart) bool { return p.Slice == "cell-0*" })
	if at < 0 || s.Slices[at].Images != 9 || !reflect.DeepEqual(s.Slices[at].figures, readSlices(t, alone).figures) {
		t.Errorf("the slice cell-0* is not a run over its images")
	}
	text, err := os.ReadFile(filepath.Join(folder, "slices.csv"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil || strings.Join(list[0], ",") != "by,slice,images,metric,class,value,ci_low,ci_high,n_valid,status" || len(list) < 60*len(s.Slices) || !strings.Contains(string(text), "mIoU.difference") {
		t.Errorf("slices.csv: %d rows, %v, %v", len(list), list[0], err)
	}
	html, err := os.ReadFile(filepath.Join(folder, "report.html"))
	if err != nil || strings.Count(string(html), `<section id="slices">`) != 1 || !strings.Contains(string(html), "&lt;b&gt;1") || strings.Contains(string(html), "<b>1") || !strings.Contains(string(html), "<b>few</b>") {
		t.Errorf("the report shows no slices: %v", err)
	}
}

// TestSlicesRefused: what cannot be sliced by is refused before the model is run.
func TestSlicesRefused(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/m.csv", []byte("image,stain\nother.png,1\n"))
	for _, c := range []struct {
		slices  string
		flags   []string
		code    int
		problem string
	}{
		{"size,sise", nil, 2, `did you mean "size"`},
		{"column:stain", nil, 2, "dataset.metadata, which is not set"},
		{"column:stain", []string{"--set", "dataset.metadata=" + dir + "/m.csv"}, 3, "must have the names as images.csv has them"},
		{"column:stein", []string{"--set", "dataset.metadata=" + dir + "/m.csv"}, 2, `did you mean "stain"`},
		{"path:[a-z", nil, 2, "missing closing ]"},
	} {
		if _, stderr := evaluate(t, c.code, append(c.flags, "--slices", c.slices)...); !strings.Contains(stderr, c.problem) {
			t.Errorf("%s: %s; want %q", c.slices, stderr, c.problem)
		}
	}
	for value, problem := range map[string]string{
		"[{name: size, quantile: 3}]": `did you mean "quantiles"`, "[{name: size, bounds: small}]": "a list of numbers",
		"[{name: class, classes: border}]": "a list of texts", "size": "a list of names", "[{by: size}]": "expected a name",
	} {
		if _, stderr := evaluate(t, 2, "--set", "score.slices="+value); !strings.Contains(stderr, problem) {
			t.Errorf("%s: %s; want %q", value, stderr, problem)
		}
	}
}

// TestSlicesOfPets slices photographs by the breed in their name and by the animal, of a dataset whose model knows other
// classes.
func TestSlicesOfPets(t *testing.T) {
	material := filepath.Join(repository, "..", "shared", "material", "pets")
	if _, err := os.Stat(material); err != nil || testing.Short() {
		t.Skip("skipped: -short, or no reference material beside the checkout")
	}
	pets := func(flags ...string) slicedSummary {
		folder := filepath.Join(t.TempDir(), "run")
		args := append([]string{"run", repository + "/configs/voc-cats-and-dogs.yaml", "--images", material + "/images", "--masks", material + "/masks",
			"--model", material + "/dicenet_s1.0_pascal_384x384.onnx", "--losses", "none", "--out", folder, "--quiet"}, flags...)
		if code, _, stderr := command(t, args...); code != 0 {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		return readSlices(t, folder)
	}
	s := pets("--slices", `class,brightness,path:^(?P<breed>.+)_\d+`)
	alone := pets("--filter", "great_pyrenees_*")
	found := 0
	for _, part := range s.Slices {
		switch part.Slice {
		case "great_pyrenees":
			if found++; part.Images != 7 || !reflect.DeepEqual(part.figures, alone.figures) {
				t.Errorf("%s: %d images, other figures than a run over them", part.Slice, part.Images)
			}
		case "cat", "dog":
			found += btoi(part.By == "class" && part.Images > 5)
		}
	}
	if found != 3 {
		t.Errorf("%d of 3 slices: %+v", found, s.Slices)
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
