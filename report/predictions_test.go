package report

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
)

// TestPredictionFile: no name leaves the folder, none is hidden or too long, and different names stay different.
func TestPredictionFile(t *testing.T) {
	long := strings.Repeat("ü", 150)
	for name, want := range map[string]string{
		"a.png": "a.png", "a/b c.JPG": "a/b c.png", "a.b": "a.b.png", "../../x.png": "%2E%2E/%2E%2E/x.png", "/etc/x.png": "%2F/etc/x.png",
		"a//b.png": "a/%2F/b.png", ".hidden.png": "%2Ehidden.png", "a:b|c?.tif": "a%3Ab%7Cc%3F.png", "100%.png": "100%25.png", "x\x00\n.png": "x%00%0A.png",
		"bad\xffutf.png": "bad%FFutf.png", "end. /b.png": "end.%20/b.png", "dir./b": "dir%2E/b.png", `..\x.png`: "%2E.%5Cx.png", "": "%2F.png", "...": "%2E.%2E.png",
	} {
		if got := PredictionFile(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
	a, b := PredictionFile(long+"a.png"), PredictionFile(long+"b.png")
	if a == b || len(a) > longestElement+len(".png") || strings.ContainsRune(a, '\uFFFD') {
		t.Errorf("long names become %q and %q", a, b)
	}
}

func FuzzPredictionFile(f *testing.F) {
	for _, s := range []string{"a.png", "../x", "/", "a/./b", strings.Repeat("é", 300), "con\\..\\x", "%2E"} {
		f.Add(s, s+"x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		file := PredictionFile(a)
		if !filepath.IsLocal(filepath.FromSlash(file)) || path.Clean(file) != file || strings.HasPrefix(path.Base(file), ".") || strings.ContainsRune(file, 0) {
			t.Errorf("%q becomes %q", a, file)
		}
		for element := range strings.SplitSeq(file, "/") {
			if len(element) > longestElement+len(".png") {
				t.Errorf("%q has an element of %d bytes", a, len(element))
			}
		}
		if path.Ext(a) == "" && path.Ext(b) == "" && a != b && PredictionFile(b) == file {
			t.Errorf("%q and %q are both %q", a, b, file)
		}
	})
}

// TestPredictions: label maps of few and of many classes come back as they were, in place of those of the run before;
// what is not ours stays.
func TestPredictions(t *testing.T) {
	labels := func(c ...int16) *raster.Labels { return &raster.Labels{Width: 2, Height: 2, Class: c} }
	c := record.Columns{}
	for i := range 300 {
		c.Classes = append(c.Classes, string(rune('a'+i)))
	}
	dir := filepath.Join(t.TempDir(), "run")
	write := func(classes, store bool, image string) {
		t.Helper()
		columns := c
		if !classes {
			columns.Classes = c.Classes[:3]
		}
		f, err := Create(Options{Out: dir, Predictions: store}, columns, true)
		if err != nil {
			t.Fatal(err)
		}
		if store {
			top := int16(len(columns.Classes) - 1)
			p, err := f.BeginPredictions()
			if err == nil {
				err = p.Write(image, labels(0, 1, 2, top), labels(0, -1, 0, 0), []uint8{0, 9, 254, 255})
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Write(image, labels(0, 1, 2, 0), labels(0, 0, 0, 0), nil); fault.KindOf(err) != fault.Usage || err == nil {
				t.Errorf("a second image of that name: %v", err)
			}
		}
		s := &record.Summary{Classes: columns.Classes, Confusion: make([]int64, len(columns.Classes)*len(columns.Classes))}
		config := "report:\n  predictions: false\n"
		if store {
			config = "report:\n  predictions: true\n"
		}
		if err := f.Finish(s, &record.Manifest{}, []byte(config), nil); err != nil {
			t.Fatal(err)
		}
	}
	read := func(name string) image.Image {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		return img
	}
	write(false, true, "sub/a.png")
	if img := read("predictions/sub/a.png").(*image.Gray); !bytes.Equal(img.Pix, []byte{0, 1, 2, 2}) {
		t.Errorf("%v", img.Pix)
	}
	if img := read("statistics/margins/sub/a.png").(*image.Gray); !bytes.Equal(img.Pix, []byte{0, 9, 254, 255}) {
		t.Errorf("%v", img.Pix)
	}
	if img := read("statistics/ignored/sub/a.png").(*image.Paletted); !bytes.Equal(img.Pix, []byte{0, 1, 0, 0}) {
		t.Errorf("%v", img.Pix)
	}
	write(true, true, "b.png")
	if img := read("predictions/b.png").(*image.Gray16); img.Gray16At(1, 1).Y != 299 {
		t.Errorf("%v", img.Pix)
	}
	if _, err := os.Stat(filepath.Join(dir, "predictions", "sub")); err == nil {
		t.Error("the replaced run's predictions stay")
	}
	write(true, false, "")
	if _, err := os.Stat(filepath.Join(dir, "predictions")); err == nil {
		t.Error("the predictions of a replaced run stay beside one that has none")
	}
	own := filepath.Join(dir, "predictions")
	if err := os.Mkdir(own, 0o750); err != nil {
		t.Fatal(err)
	}
	write(true, false, "")
	if _, err := os.Stat(own); err != nil {
		t.Error("a folder that no run wrote is gone")
	}
	if _, err := Create(Options{Out: dir, Predictions: true}, c, true); fault.KindOf(err) != fault.Usage || err == nil {
		t.Errorf("a folder that no run wrote is replaced: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestPredictionsOfNobody: a configuration and a folder predictions that lie where no run is are a user's own, and stay.
func TestPredictionsOfNobody(t *testing.T) {
	dir, c := t.TempDir(), record.Columns{Classes: []string{"a", "b"}}
	own := filepath.Join(dir, "predictions")
	if err := errors.Join(os.Mkdir(own, 0o750), os.WriteFile(filepath.Join(dir, "config.yaml"), []byte("report:\n  predictions: true\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(Options{Out: dir, Predictions: true}, c, true); fault.KindOf(err) != fault.Usage || err == nil {
		t.Errorf("predictions beside it: %v", err)
	}
	f, err := Create(Options{Out: dir}, c, false)
	if err == nil {
		err = f.Finish(&record.Summary{Classes: c.Classes, Confusion: make([]int64, 4)}, &record.Manifest{}, nil, nil)
	}
	if err != nil || !exists(own) {
		t.Errorf("it is gone: %v", err)
	}
}
