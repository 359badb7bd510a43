package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/npy"
)

// withIntervals is what a summary says of intervals.
type withIntervals struct {
	Metrics map[string]interval
	Losses  map[string]struct {
		interval
		PooledLow  *float64 `json:"pooled_ci_low"`
		PooledHigh *float64 `json:"pooled_ci_high"`
	}
	PerClass  map[string]map[string]interval `json:"per_class"`
	Bootstrap *struct {
		Resamples, Units int
		Method, Group    string
	}
}

type interval struct {
	Value *float64
	Low   *float64 `json:"ci_low"`
	High  *float64 `json:"ci_high"`
}

func (i interval) holds() bool {
	return i.Value != nil && i.Low != nil && i.High != nil && *i.Low <= *i.Value && *i.Value <= *i.High
}

func readIntervals(t *testing.T, text []byte) withIntervals {
	t.Helper()
	var s withIntervals
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestIntervalsOfARun: every figure of the quickstart has an interval in summary.json, summary.csv and the report; groups
// of images make other ones, and none are made where none are asked for.
func TestIntervalsOfARun(t *testing.T) {
	folder, _ := evaluate(t, 0)
	text, err := os.ReadFile(filepath.Join(folder, "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := readIntervals(t, text)
	if !s.Metrics["mIoU"].holds() || !s.PerClass["IoU"]["border"].holds() || !s.Losses["ce"].holds() || s.Losses["ce"].PooledLow == nil {
		t.Errorf("intervals are missing: %s", text)
	}
	if b := s.Bootstrap; b == nil || b.Resamples != 2000 || b.Units != 24 || b.Method != "bca" {
		t.Errorf("bootstrap: %+v", b)
	}
	file, err := os.Open(filepath.Join(folder, "summary.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	list, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range list[1:] {
		if row[2] != "" && (row[3] == "" || row[4] == "") {
			t.Errorf("no interval: %v", row)
		}
	}
	html, err := os.ReadFile(filepath.Join(folder, "report.html"))
	if err != nil || strings.Count(string(html), `class="ci"`) < 20 || !strings.Contains(string(html), "2000 resamples of 24 images") {
		t.Errorf("the report shows no intervals: %v", err)
	}
	without, _ := evaluate(t, 0, "--set", "score.bootstrap.resamples=0")
	if text, err := os.ReadFile(filepath.Join(without, "summary.json")); err != nil || strings.Contains(string(text), "ci_low") {
		t.Errorf("resamples: 0 makes intervals: %v", err)
	}
}

// TestIntervalsByGroup takes groups from a metadata file.
func TestIntervalsByGroup(t *testing.T) {
	dir := t.TempDir()
	first, _ := evaluate(t, 0)
	var all, few strings.Builder
	all.WriteString("image,scene\n")
	few.WriteString("image,scene\n")
	for i, row := range rows(t, first) {
		fmt.Fprintf(&all, "%s,s%d\n", row["image"], i/4)
		if i > 0 {
			fmt.Fprintf(&few, "%s,s%d\n", row["image"], i/4)
		}
	}
	write(t, dir+"/all.csv", []byte(all.String()))
	write(t, dir+"/few.csv", []byte(few.String()))
	folder, _ := evaluate(t, 0, "--set", "score.bootstrap.group=scene", "--set", "dataset.metadata="+dir+"/all.csv")
	text, err := os.ReadFile(filepath.Join(folder, "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	if b := readIntervals(t, text).Bootstrap; b == nil || b.Units != 6 || b.Group != "scene" {
		t.Errorf("%+v: expected 6 scenes", b)
	}
	if _, stderr := evaluate(t, 3, "--set", "score.bootstrap.group=scene", "--set", "dataset.metadata="+dir+"/few.csv"); !strings.Contains(stderr, "no scene for image") {
		t.Errorf("an image without group: %s", stderr)
	}
	if _, stderr := evaluate(t, 2, "--set", "score.bootstrap.group=scen", "--set", "dataset.metadata="+dir+"/all.csv"); !strings.Contains(stderr, `did you mean "scene"`) {
		t.Errorf("a wrong column: %s", stderr)
	}
}

// TestScoreBootstrap: score makes intervals where they are asked for, and refuses what it does not know.
func TestScoreBootstrap(t *testing.T) {
	dir := t.TempDir()
	z, y := dir+"/z.npy", dir+"/y.npy"
	const images, pixels = 12, 20
	logits, labels := make([]float32, images*2*pixels), make([]uint8, images*pixels)
	for i := range labels {
		n, k := i/pixels, i%pixels
		labels[i] = uint8(k % 2)
		logits[n*2*pixels+k%2*pixels+k] = 2
		if (i*i+n)%(3+n) == 0 {
			logits[n*2*pixels+(1-k%2)*pixels+k] = 3
		}
	}
	if err := npy.WriteFloat32(z, []int{images, 2, 4, 5}, logits); err != nil {
		t.Fatal(err)
	}
	if err := npy.WriteUint8(y, []int{images, 4, 5}, labels); err != nil {
		t.Fatal(err)
	}
	base := []string{"score", "--logits", z, "--labels", y}
	code, stdout, stderr := command(t, append(base, "--json", "--bootstrap", "{resamples: 500, method: percentile}")...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if s := readIntervals(t, []byte(stdout)); !s.Metrics["mIoU"].holds() || !s.Losses["ce"].holds() || s.Bootstrap.Method != "percentile" {
		t.Errorf("%s", stdout)
	}
	code, stdout, _ = command(t, append(base, "--bootstrap", "{}", "--reduction", "batch")...)
	if code != 0 || !strings.Contains(stdout, " to ") {
		t.Errorf("exit %d: no intervals in the table: %s", code, stdout)
	}
	if _, stdout, _ = command(t, append(base, "--json")...); strings.Contains(stdout, "ci_low") {
		t.Error("intervals that no one asked for")
	}
	for _, bad := range []string{"{resample: 500}", "{resamples: 5}", "{confidence: 2}", "{method: t}", "{group: g}", "[", "x", "{resamples: -1}", "{seed: -1}"} {
		if code, _, stderr := command(t, append(base, "--bootstrap", bad)...); code != 2 || !strings.Contains(stderr, "--bootstrap") {
			t.Errorf("%s: exit %d: %s", bad, code, stderr)
		}
	}
}
