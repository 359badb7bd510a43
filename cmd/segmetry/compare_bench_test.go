package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/rss"
	"github.com/segmetry/segmetry/internal/store"
	"github.com/segmetry/segmetry/pipeline"
)

// drawnRun writes the folder of a run of n images whose pixels are right with a chance that varies from image to image,
// less drop. It measures what a run measures where nothing is said.
func drawnRun(dir string, n, classes int, drop float64) (err error) {
	c := config.Default()
	for k := range classes {
		c.Dataset.Classes = append(c.Dataset.Classes, fmt.Sprint("class ", k))
	}
	m := record.Model{Name: "drawn", Kind: "logits", Activation: "softmax", Channels: classes, SHA256: fmt.Sprint(drop)}
	losses, err := expandLosses(c.Score.Losses)
	if err != nil {
		return err
	}
	e, err := pipeline.NewPast(m, c.Dataset.Classes, pipeline.Options{Dataset: c.Dataset, Preprocess: c.Preprocess, Losses: losses, Metrics: specsOf(c.Score.Metrics), OnError: "fail"})
	if err != nil {
		return err
	}
	text, err := c.YAML()
	if err != nil {
		return err
	}
	j, err := store.Begin(dir, store.Header{Version: version, Config: string(text), Model: m, Columns: e.Columns(), Keys: e.Measures().Keys()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Remove()) }()
	for i := range n {
		if err := j.Append(drawnRow(e, i, classes, drop)); err != nil {
			return err
		}
	}
	if err := j.Write(filepath.Join(dir, store.Name), true, nil); err != nil {
		return err
	}
	manifest, err := json.Marshal(record.Manifest{WallS: 1})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "manifest.json"), manifest, 0o666)
}

// drawnRow is one image's.
func drawnRow(e *pipeline.Evaluator, index, classes int, drop float64) *pipeline.Row {
	random := rand.New(rand.NewPCG(1, uint64(index)))
	states := e.Measures().Take()
	counts := states[0].Counts
	clear(counts)
	quality := 0.6 + 0.3*random.Float64() - drop
	var pixels int64
	for t := range classes {
		if random.IntN(3) > 0 { // a class is in every third image
			continue
		}
		area := int64(100 + random.IntN(100_000))
		right := int64(math.Round(quality * float64(area)))
		for predicted, n := range map[int]int64{t: right, (t + 1 + random.IntN(classes-1)) % classes: area - right} {
			counts[t*classes+predicted] += n
			counts[classes*classes+t] += n
			counts[classes*classes+classes+predicted] += n
			counts[classes*classes+2*classes] += n
		}
		pixels += area
	}
	r := &pipeline.Row{Record: &record.Record{Index: index, Image: fmt.Sprintf("image-%05d.png", index), Status: record.OK, Width: 500, Height: 375, ValidPixels: pixels, Brightness: 255 * random.Float64()},
		States: states, LossState: e.NewLossState(), LabelHash: 1}
	for range e.Columns().Losses {
		r.Losses = append(r.Losses, (1-quality)*(1+random.Float64()))
	}
	for i := range r.LossState {
		r.LossState[i] = math.Round((1 - quality) * float64(pixels) * random.Float64())
	}
	r.Means, r.PerClass = make([]float64, len(e.Columns().Means)), make([][]float64, len(e.Columns().PerClass))
	for i := range r.PerClass {
		r.PerClass[i] = make([]float64, classes)
	}
	return r
}

// BenchmarkCompareCommand is segmetry compare of two run folders of 5,000 images of 21 classes with 2,000 resamples, from the
// command line to the files that it writes; the bars are 3 s and 500 MB on two processors.
func BenchmarkCompareCommand(b *testing.B) {
	dir := os.Getenv("SEGMETRY_DRAWN_RUNS") // kept for the next time
	if dir == "" {
		dir = b.TempDir()
	}
	base, next := filepath.Join(dir, "base"), filepath.Join(dir, "next")
	for out, drop := range map[string]float64{base: 0, next: 0.002} {
		if _, err := os.Stat(filepath.Join(out, "manifest.json")); err == nil {
			continue
		}
		if err := drawnRun(out, 5000, 21, drop); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		var out, errs bytes.Buffer
		args := []string{"compare", base, next, "--allow", "model", "--gate", "mIoU: non-inferior by 0.5pt at 95%", "--out", filepath.Join(dir, "out"), "--overwrite", "--quiet"}
		if code := Main(args, nil, &out, &errs, os.Environ()); code != 0 {
			b.Fatal(code, errs.String())
		}
	}
	b.ReportMetric(float64(rss.Peak())/(1<<20), "peak-MiB")
}
