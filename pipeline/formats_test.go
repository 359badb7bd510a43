package pipeline

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// renderedCases are the datasets of testdata that say by themselves what they are.
var renderedCases = map[string]dataset.Options{
	"folder": {Split: "val", Classes: []string{"a", "b", "c"}, IgnoreIndex: ignored(255)}, "folder.zip": {Split: "val", Classes: []string{"a", "b", "c"}, IgnoreIndex: ignored(255)},
	"voc": {}, "cityscapes": {}, "cityscapes-trainids": {}, "ade20k": {}, "camvid-full": {}, "camvid-segnet": {}, "camvid-fastai": {},
	"list": threeClasses(), "webdataset": threeClasses(), "webdataset-gzip": threeClasses(), "parquet": threeClasses(),
	"coco-later": {MaskKey: "instances"}, "coco-smaller": {MaskKey: "instances", Overlapping: dataset.OverlapSmaller}, "coco-panoptic": {MaskKey: "panoptic"}, "coco-stuff": {MaskKey: "stuff"},
}

func threeClasses() dataset.Options {
	return dataset.Options{Classes: []string{"a", "b", "c"}, IgnoreIndex: ignored(255)}
}

func ignored(value int) *int { return &value }

// TestRenderedDatasetsScore scores every rendered dataset against the pattern that testdata/datasets/make.py predicts; the
// confusion matrix is the one that numpy counted there.
func TestRenderedDatasetsScore(t *testing.T) {
	text, err := os.ReadFile("../testdata/datasets/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var expected struct {
		Datasets map[string]struct{ Confusion map[string]int64 }
	}
	if err := json.Unmarshal(text, &expected); err != nil {
		t.Fatal(err)
	}
	for name, o := range renderedCases {
		t.Run(name, func(t *testing.T) {
			folder := name
			if strings.HasPrefix(name, "coco") {
				folder = "coco"
			}
			o.Path = filepath.Join("..", "testdata", "datasets", folder)
			if name == "list" { // of the pictures of folder
				root := filepath.Join(filepath.Dir(o.Path), "folder")
				o.Images, o.Masks, o.Split, o.Path = filepath.Join(root, "images", "val"), filepath.Join(root, "masks", "val"), filepath.Join("..", "dataset", "testdata", "list", "val.txt"), ""
				name = "folder"
			}
			got, classes := scoreRendered(t, o)
			want := expected.Datasets[name].Confusion
			for pair, n := range want {
				i, j, _ := strings.Cut(pair, ",")
				row, _ := strconv.Atoi(i)
				column, _ := strconv.Atoi(j)
				if at := row*classes + column; got[at] != n {
					t.Errorf("truth %d predicted as %d: %d pixels, want %d", row, column, got[at], n)
				} else {
					got[at] = 0
				}
			}
			for i, n := range got {
				if n != 0 {
					t.Errorf("truth %d predicted as %d: %d pixels, want none", i/classes, i%classes, n)
				}
			}
		})
	}
}

// TestEveryFormatIsScored: each is among those above.
func TestEveryFormatIsScored(t *testing.T) {
	for _, f := range dataset.Formats() {
		scored := false
		for name := range renderedCases {
			scored = scored || name == f.Name || strings.HasPrefix(name, f.Name+"-")
		}
		if !scored {
			t.Errorf("no rendered dataset of format %s is scored", f.Name)
		}
	}
}

func scoreRendered(t *testing.T, o dataset.Options) (confusion []int64, classes int) {
	t.Helper()
	if err := o.Resolve(); err != nil {
		t.Fatal(err)
	}
	source, err := dataset.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	loader, err := dataset.NewLoader(o, dataset.DefaultPreprocess(), dataset.Input{Channels: 3})
	if err != nil {
		t.Fatal(err)
	}
	classes = len(source.Classes())
	offline, err := NewOffline(OfflineOptions{Classes: source.Classes(), Labels: true, Metrics: []metrics.Spec{{Name: "standard"}}})
	if err != nil {
		t.Fatal(err)
	}
	for item, err := range source.Items() {
		if err != nil {
			t.Fatal(err)
		}
		truth, err := loader.MaskOf(item.Mask, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		predicted := &raster.Labels{}
		predicted.Resize(truth.Width, truth.Height)
		for i := range predicted.Class {
			predicted.Class[i] = int16((i%truth.Width/3 + i/truth.Width/2) % classes)
		}
		if err := offline.AddLabels(item.Name, predicted, truth); err != nil {
			t.Fatal(err)
		}
	}
	summary, err := offline.Summary()
	if err != nil {
		t.Fatal(err)
	}
	return summary.Confusion, classes
}
