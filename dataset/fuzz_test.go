package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/internal/fault"
)

// The targets here are of what this package reads by code of its own or through an adapter: whatever the bytes are, what comes
// of them is an error of a kind, or something that is whole.

// addFiles makes seeds of rendered files.
func addFiles(f *testing.F, names ...string) {
	f.Helper()
	for _, name := range names {
		content, err := os.ReadFile(at(name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
}

// fuzzed reads a dataset that is one file of any content.
func fuzzed(t *testing.T, name string, content []byte) {
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := firstError(Options{Path: file, Classes: threeClasses}); err != nil && fault.KindOf(err) == fault.Runtime {
		t.Errorf("an error of neither data nor usage: %v", err)
	}
}

func FuzzZip(f *testing.F) {
	addFiles(f, "folder.zip")
	f.Fuzz(func(t *testing.T, content []byte) {
		fuzzed(t, "x.zip", content)
		zips.Lock()
		zips.open = nil // a program opens a few, this a million
		zips.Unlock()
	})
}

func FuzzParquet(f *testing.F) {
	addFiles(f, "parquet/data/validation-00000-of-00002.parquet", "parquet/data/validation-00001-of-00002.parquet")
	f.Fuzz(func(t *testing.T, content []byte) { fuzzed(t, "x.parquet", content) })
}

// FuzzList: each line is an item that lies where its columns say, or an error with the line's number.
func FuzzList(f *testing.F) {
	for _, seed := range []string{"a\n", "a.png, b.png\n# no\n\n\"a b\" c\r\n", "\ufeffa\tb\tc", "../a\n/etc/passwd /etc/passwd\n\x00", strings.Repeat("a", maxLine+1)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file := filepath.Join(t.TempDir(), "list.txt")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(Options{Format: "list", Split: file, Classes: threeClasses})
		if err != nil {
			t.Fatal(err)
		}
		for item, err := range s.Items() {
			if err == nil && (item.Name == "" || item.Image.IsZero() || item.Mask.IsZero()) {
				t.Errorf("an item without a name or a file: %+v", item)
			}
		}
	})
}

// FuzzLabelMap: what is read means the same after it was written and read again.
func FuzzLabelMap(f *testing.F) {
	for _, seed := range []string{"{8: 1, '12': 2, default: ignore}", "{cat: [8, 9], ignore: [254, 255]}", "{1: ignore, default: 0}", "{0x10: 1}", "{-1: 2}", "[1, 2]", "{a: {b: 1}}",
		"{a: &x [1], b: *x}", "{default: [3]}", "{'1': [2]}", "{? [x] : 1}", "{<<: {1: 2}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var m, again LabelMap
		if len(text) > 1<<12 || yaml.Unmarshal([]byte(text), &m) != nil || m.IsZero() || m.validate(threeClasses) != nil {
			return
		}
		out, err := yaml.Marshal(m)
		if err != nil || yaml.Unmarshal(out, &again) != nil || !reflect.DeepEqual(m.resolved(threeClasses), again.resolved(threeClasses)) {
			t.Fatalf("%q is written as %q and read as %v, not %v: %v", text, out, again, m, err)
		}
		for value, class := range m.resolved(threeClasses) {
			if value < 0 || value > 65535 || class < ignoreTarget || class >= len(threeClasses) {
				t.Errorf("%q sends %d to %d", text, value, class)
			}
		}
	})
}

// FuzzOptions: the dataset's section of a configuration, whose palette, ignored values and patterns are read by it.
func FuzzOptions(f *testing.F) {
	for _, seed := range []string{"{images: i, masks: m, classes: [a, b], palette: [[0, 0, 0], [255, 1, 2]], ignore_colors: [[1, 2, 3]]}", "{palette: [[0, 0], [256, 1, 2]]}", "{palette: [[-1, 0, 0]]}",
		"{ignore_values: [0, 65536, -1]}", "{images: i, masks: m, classes: [a, a], filter: '[', instance_divisor: -1}", "{palette: {0: [1, 2, 3]}}", "{classes: 3}", "{regions: {a: 1}, bits: true}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o := DefaultOptions()
		if len(text) > 1<<12 || yaml.Unmarshal([]byte(text), &o) != nil {
			return
		}
		o.Path, o.Metadata = "", "" // what lies there is the business of other targets
		if o.Validate() != nil {
			return
		}
		labels, colors := labelTable(o), o.maskColors()
		if last := len(o.ClassNames()); !o.Overlap() {
			for value, class := range labels {
				if int(class) >= last {
					t.Fatalf("%q: value %d is class %d of %d", text, value, class, last)
				}
			}
		}
		if o.Palette != nil && !o.Overlap() && len(colors) < 1 {
			t.Fatalf("%q: no colours", text)
		}
	})
}

// FuzzRunLengths: COCO's compressed form. What is read and fits a picture is painted within it.
func FuzzRunLengths(f *testing.F) {
	for _, seed := range []string{"", "52203", "1111O", "PPPPPPPP0", "ooooooo0", "0\xff", "04000000000000"} {
		f.Add(seed, uint8(8), uint8(6))
	}
	f.Fuzz(func(t *testing.T, text string, width, height uint8) {
		r, err := unpackRuns(text, nil)
		w, h := int(width)+1, int(height)+1
		if err != nil || r.check(w, h) != nil {
			return
		}
		var v Values
		v.resize(w, h)
		clear(v.Value)
		r.paint(&v, 1)
		painted := 0
		for _, value := range v.Value {
			painted += int(value)
		}
		if painted != r.area() {
			t.Errorf("%d of %d pixels are painted", painted, r.area())
		}
	})
}

// FuzzPolygon: whatever the corners are, the runs fill the picture exactly.
func FuzzPolygon(f *testing.F) {
	f.Add(0.0, 0.0, 9.0, 0.0, 9.0, 9.0, -3.0, 1e5, uint8(8), uint8(6))
	f.Add(-1e6, 1e6, 1e6, -1e6, .1, .3, 7.5, 2.5, uint8(20), uint8(1))
	f.Fuzz(func(t *testing.T, a, b, c, d, e, g, h, i float64, width, height uint8) {
		var o outliner
		w, high := int(width)+1, int(height)+1
		r, err := o.polygon([]float64{a, b, c, d, e, g, h, i}, w, high)
		if err != nil {
			return
		}
		if err := r.check(w, high); err != nil {
			t.Error(err)
		}
	})
}

// FuzzBraces: what a pattern stands for has no braces of the two kinds left, and is bounded.
func FuzzBraces(f *testing.F) {
	for _, seed := range []string{"val-{000000..000031}.tar", "{a,b}-{0..9}", "{5..1}", "{{1..2}}", "{}", "{,}", "{0..131071}", "{1..2..3}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		if len(pattern) > 64 {
			return
		}
		files, err := expandBraces(pattern, nil)
		if err == nil && (len(files) < 1 || len(files) > maxShards) {
			t.Errorf("%q stands for %d files", pattern, len(files))
		}
		for _, name := range files {
			if braces.MatchString(name) {
				t.Fatalf("%q becomes %q", pattern, name)
			}
		}
	})
}

// FuzzOrientation: EXIF in its four containers.
func FuzzOrientation(f *testing.F) {
	exif := "II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"
	f.Add([]byte(exif))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x22Exif\x00\x00" + exif + "\xff\xda"))
	f.Add([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x1aeXIf" + exif + "\x00\x00\x00\x00"))
	f.Add([]byte("RIFF\x2a\x00\x00\x00WEBPEXIF\x1a\x00\x00\x00" + exif))
	f.Fuzz(func(t *testing.T, content []byte) {
		if o := Orientation(content); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
	})
}

func FuzzRatio(f *testing.F) {
	for _, seed := range []string{"1/255", "0.5", "1/0", "0/0", "1e400", "-1/ 3", "1/2/3", "0x1p-2", "inf"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRatio(text)
		if err != nil {
			return
		}
		if again, err := ParseRatio(fmt.Sprint(r.Text)); err != nil || again.Value != r.Value {
			t.Errorf("%q is %v, and %v read again: %v", text, r, again, err)
		}
	})
}
