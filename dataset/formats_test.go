package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
)

// rendered is what testdata/datasets/make.py says of a dataset.
type rendered struct {
	Classes int
	Items   []struct {
		Name          string
		Width, Height int
		SHA256        string
	}
}

func readRendered(t *testing.T) map[string]rendered {
	t.Helper()
	text, err := os.ReadFile("../testdata/datasets/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Datasets map[string]rendered }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all.Datasets
}

// at is a dataset of testdata.
func at(name string) string {
	return filepath.Join("..", "testdata", "datasets", filepath.FromSlash(name))
}

var threeClasses = []string{"a", "b", "c"}

func ignore(value int) *int { return &value }

// formatCases are the datasets of testdata as a user would name them.
var formatCases = map[string]struct {
	options Options
	format  string // that is found
	dataset string // in expected.json; "" for the name of the case
}{
	"folder":      {Options{Path: at("folder"), Split: "val", Classes: threeClasses, IgnoreIndex: ignore(255)}, "folder", ""},
	"folder.zip":  {Options{Path: at("folder.zip"), Split: "val", Classes: threeClasses, IgnoreIndex: ignore(255)}, "folder", ""},
	"folders":     {Options{Images: at("folder/images/val"), Masks: at("folder/masks/val"), Classes: threeClasses, IgnoreIndex: ignore(255)}, "folder", "folder"},
	"in a zip":    {Options{Images: at("folder.zip/folder/images/val"), Masks: at("folder.zip/folder/masks/val"), Classes: threeClasses, IgnoreIndex: ignore(255)}, "folder", "folder"},
	"half zipped": {Options{Images: at("folder.zip/folder/images/val"), Masks: at("folder/masks/val"), Classes: threeClasses, IgnoreIndex: ignore(255)}, "folder", "folder"},

	"list": {Options{Images: at("folder/images/val"), Masks: at("folder/masks/val"), Split: "testdata/list/val.txt", Classes: threeClasses, IgnoreIndex: ignore(255)}, "list", "folder"},

	"voc":                 {Options{Path: at("voc")}, "voc", ""},
	"cityscapes":          {Options{Path: at("cityscapes")}, "cityscapes", ""},
	"cityscapes-trainids": {Options{Path: at("cityscapes-trainids"), Split: "val"}, "cityscapes", ""},
	"ade20k":              {Options{Path: at("ade20k/ADEChallengeData2016")}, "ade20k", ""},
	"camvid-full":         {Options{Path: at("camvid-full")}, "camvid", ""},
	"camvid-segnet":       {Options{Path: at("camvid-segnet")}, "camvid", ""},
	"camvid-fastai":       {Options{Path: at("camvid-fastai")}, "camvid", ""},

	"webdataset":       {Options{Path: at("webdataset"), Classes: threeClasses, IgnoreIndex: ignore(255)}, "webdataset", ""},
	"webdataset-gzip":  {Options{Path: at("webdataset-gzip"), Split: "val", Classes: threeClasses, IgnoreIndex: ignore(255)}, "webdataset", ""},
	"webdataset glob":  {Options{Path: at("webdataset/val-*.tar"), Classes: threeClasses, IgnoreIndex: ignore(255), MaskKey: "seg.png"}, "webdataset", "webdataset"},
	"webdataset range": {Options{Path: at("webdataset-gzip/val-{000000..000001}.tar.gz"), Classes: threeClasses, IgnoreIndex: ignore(255)}, "webdataset", "webdataset"},

	"parquet":         {Options{Path: at("parquet"), Classes: threeClasses, IgnoreIndex: ignore(255)}, "parquet", ""},
	"parquet by name": {Options{Path: at("parquet/data/validation-*.parquet"), Classes: threeClasses, IgnoreIndex: ignore(255), ImageKey: "image", MaskKey: "annotation"}, "parquet", "parquet"},

	"coco-later":    {Options{Path: at("coco"), MaskKey: "instances"}, "coco", ""},
	"coco-smaller":  {Options{Path: at("coco"), MaskKey: "instances", Overlapping: OverlapSmaller}, "coco", ""},
	"coco-panoptic": {Options{Path: at("coco"), MaskKey: "panoptic"}, "coco", ""},
	"coco-stuff":    {Options{Path: at("coco/annotations/stuff_val2017.json")}, "coco", ""},
	"coco by file":  {Options{Images: at("coco/val2017"), Masks: at("coco/annotations/instances_val2017.json")}, "coco", "coco-later"},
}

// TestRenderedDatasets counts and maps every rendered dataset: names, sizes and classes are those that make.py found.
func TestRenderedDatasets(t *testing.T) {
	want := readRendered(t)
	for name, c := range formatCases {
		t.Run(name, func(t *testing.T) {
			if c.dataset == "" {
				c.dataset = name
			}
			expect, ok := want[c.dataset]
			if !ok {
				t.Fatal("expected.json does not have it")
			}
			o := c.options
			if err := o.Resolve(); err != nil {
				t.Fatal(err)
			}
			if o.Format != c.format {
				t.Fatalf("found %s, want %s", o.Format, c.format)
			}
			again := o
			if err := again.Resolve(); err != nil || again.Split != o.Split || again.Images != o.Images {
				t.Errorf("resolved again: %+v, %v", again, err)
			}
			checkRendered(t, o, expect)
		})
	}
}

// TestEveryFormatIsRendered: a format without an instance is one that nobody has tried.
func TestEveryFormatIsRendered(t *testing.T) {
	tried := map[string]bool{}
	for _, c := range formatCases {
		tried[c.format] = true
	}
	for _, f := range Formats() {
		if !tried[f.Name] {
			t.Errorf("format %s has no instance in testdata/datasets: let make.py render one", f.Name)
		}
	}
}

func checkRendered(t *testing.T, o Options, want rendered) {
	t.Helper()
	source, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if len(source.Classes()) != want.Classes {
		t.Errorf("%d classes, want %d", len(source.Classes()), want.Classes)
	}
	l := newLoader(t, o, DefaultPreprocess(), Input{Channels: 3})
	for range 2 { // a source may be listed again
		i := 0
		for item, err := range source.Items() {
			if err != nil {
				t.Fatalf("%s: %v", item.Name, err)
			}
			if i >= len(want.Items) {
				t.Fatalf("item %s is too many", item.Name)
			}
			if w := want.Items[i]; item.Name != w.Name {
				t.Errorf("item %d is %s, want %s", i, item.Name, w.Name)
			} else {
				checkItem(t, l, item, w.Width, w.Height, w.SHA256)
			}
			i++
		}
		if i != len(want.Items) {
			t.Errorf("%d items, want %d", i, len(want.Items))
		}
	}
}

func checkItem(t *testing.T, l *Loader, item Item, width, height int, sum string) {
	t.Helper()
	p, err := l.ImageOf(item.Image)
	if err != nil {
		t.Error(err)
		return
	}
	if w, h, err := ImageSize(item.Image); err != nil || w != width || h != height || p.Width != w || p.Height != h {
		t.Errorf("%s: %d×%d, %v", item.Name, w, h, err)
	}
	m, err := l.MaskOf(item.Mask, p.Width, p.Height)
	if err != nil {
		t.Error(err)
		return
	}
	if got := classDigest(m); got != sum {
		t.Errorf("%s: the classes' digest is %s, want %s", item.Name, got, sum)
	}
}

func classDigest(m *raster.Labels) string {
	flat := make([]byte, len(m.Class))
	for i, c := range m.Class {
		if flat[i] = byte(c); c == raster.Ignored {
			flat[i] = 255
		}
	}
	sum := sha256.Sum256(flat)
	return hex.EncodeToString(sum[:])
}

func TestWhatTheConfigurationSaysStays(t *testing.T) {
	o := Options{Path: at("voc"), Classes: []string{"ground", "thing"}, LabelMap: LabelMap{values: map[int]int{0: 0}, fallback: ignore(1)}, IgnoreIndex: ignore(20), Masks: at("voc/VOCdevkit/VOC2012/SegmentationClass")}
	if err := o.Resolve(); err != nil {
		t.Fatal(err)
	}
	if len(o.Classes) != 2 || o.Palette != nil || *o.IgnoreIndex != 20 || o.IgnoreColors != nil {
		t.Errorf("%+v", o)
	}
	o = Options{Path: at("ade20k"), LabelMap: LabelMap{values: map[int]int{1: 0}, fallback: ignore(ignoreTarget)}}
	if err := o.Resolve(); err != nil || o.ReduceZeroLabel || len(o.Classes) != 150 {
		t.Errorf("%+v, %v", o, err)
	}
}

// TestNotFound: what cannot be told is a question, and what is not there is named.
func TestNotFound(t *testing.T) {
	both, none := t.TempDir(), t.TempDir()
	touch(t, both, "JPEGImages/a.jpg", "SegmentationClass/a.png", "leftImg8bit/val/x.png", "gtFine/val/x.png")
	touch(t, none, "stuff/a.png", "things/b.png")
	bad := filepath.Join(t.TempDir(), "bad.zip")
	if err := os.WriteFile(bad, []byte("PK\x03\x04 not much"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		options Options
		say     []string
	}{
		"two":         {Options{Path: both}, []string{"dataset.path: which", "cityscapes (it has leftImg8bit and gtFine)", "voc (it has", "set dataset.format"}},
		"none":        {Options{Path: none}, []string{"none of the formats", "stuff/, things/"}},
		"not there":   {Options{Path: filepath.Join(none, "x")}, []string{"dataset.path: stat"}},
		"other":       {Options{Path: at("voc"), Format: "ade20k"}, []string{"does not look like format ade20k", "annotations/validation/"}},
		"split":       {Options{Path: at("voc"), Split: "test"}, []string{`there is no "test"`, "train.txt, val.txt"}},
		"folder":      {Options{Path: at("folder"), Split: "train"}, []string{`there is no "train"`, "val/"}},
		"not zip":     {Options{Path: bad}, []string{"bad.zip: not a zip file"}},
		"not in zip":  {Options{Images: at("folder.zip/folder/pictures"), Masks: at("folder.zip"), Classes: threeClasses}, []string{"there is no folder folder/pictures in"}},
		"city truth":  {Options{Path: at("cityscapes"), MaskKey: "instanceIds"}, []string{"dataset.mask_key: expected labelIds or labelTrainIds"}},
		"a file":      {Options{Path: at("make.py")}, []string{"is a file: expected a folder or a zip file"}},
		"no path":     {Options{Format: "voc"}, []string{"dataset.images", "dataset.masks", "dataset.split", "dataset.path"}},
		"coco kind":   {Options{Path: at("coco")}, []string{"dataset.mask_key: which truth", "panoptic_val2017.json"}},
		"coco split":  {Options{Path: at("coco"), Split: "train2017"}, []string{`dataset.split "train2017"`, "stuff_val2017.json"}},
		"camvid part": {Options{Path: at("camvid-segnet"), Split: "val"}, []string{`there is no "val"`}},
	} {
		_, err := Open(c.options)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for _, say := range c.say {
			if !strings.Contains(err.Error(), say) {
				t.Errorf("%s: %q does not say %q", name, err, say)
			}
		}
		if fault.KindOf(err) != fault.Usage && name != "not zip" {
			t.Errorf("%s: kind %v", name, fault.KindOf(err))
		}
	}
}

func TestClassTables(t *testing.T) {
	for name, count := range map[string]int{"voc": 21, "cityscapes": 19, "ade20k": 150, "camvid11": 11, "camvid32": 32} {
		c := classesOf(name)
		if len(c.names) != count || slices.Contains(c.names, "") {
			t.Errorf("%s: %d classes", name, len(c.names))
		}
	}
}
