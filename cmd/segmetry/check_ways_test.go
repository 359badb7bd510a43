package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/dataset"
)

// checkable is a dataset with its model and right settings.
type checkable struct {
	folder string // with images and masks
	flags  []string
	trial  string // pictures of a trial
}

// checkables are what ships, and what may lie beside a checkout: photographs, and cells of a microscope.
func checkables(t *testing.T) map[string]checkable {
	t.Helper()
	material, err := filepath.Abs(filepath.Join(repository, "..", "shared", "material"))
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]checkable{
		"quickstart": {data, []string{"--model", models + "nuclei3_dyn_logits.onnx", "--classes", "background,interior,border"}, "7"},
		"nuclei":     {filepath.Join(material, "nuclei"), []string{"--model", models + "nuclei3_dyn_logits.onnx", "--classes", "background,interior,border"}, "7"},
		"pets": {filepath.Join(material, "pets"), []string{"--model", filepath.Join(material, "pets", "dicenet_s1.0_pascal_384x384.onnx"), "--classes", "background,cat,dog", "--ignore-index", "255",
			"--set", "model.class_map={8: 1, 12: 2, default: 0}", "--set", "preprocess.size=[384, 384]", "--set", "preprocess.mean=[0.485, 0.456, 0.406]", "--set", "preprocess.std=[0.229, 0.224, 0.225]"}, "8"},
	}
	for name, c := range list {
		if _, err := os.Stat(c.folder); err != nil {
			t.Logf("skipped: %s is not here: %v", name, err)
			delete(list, name)
		}
	}
	return list
}

// finding is one of check's, as its JSON has it.
type finding struct {
	Level, Check, File, Found, Expected, Do string
	Count                                   int
}

// findingsOf runs check on a folder with images and masks.
func findingsOf(t *testing.T, c checkable, folder string, flags ...string) (code int, found []finding) {
	t.Helper()
	args := append([]string{"check", "--json", "--images", filepath.Join(folder, "images"), "--masks", filepath.Join(folder, "masks")}, c.flags...)
	code, stdout, stderr := command(t, append(args, flags...)...)
	var r struct {
		OK       bool
		Findings []finding
	}
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("exit %d: %s: %v", code, stderr, err)
	}
	if r.OK != (code == 0) {
		t.Errorf("ok is %v, and the exit code %d", r.OK, code)
	}
	return code, r.Findings
}

// spoiler changes a copy of a dataset.
type spoiler struct {
	t              *testing.T
	images, masks  string
	pictures, maps []string // the files, in order
}

func copied(t *testing.T, folder string) *spoiler {
	t.Helper()
	at := t.TempDir()
	for _, sub := range []string{"images", "masks"} {
		if err := os.CopyFS(filepath.Join(at, sub), os.DirFS(filepath.Join(folder, sub))); err != nil {
			t.Fatal(err)
		}
	}
	s := &spoiler{t: t, images: filepath.Join(at, "images"), masks: filepath.Join(at, "masks")}
	s.pictures, _ = filepath.Glob(filepath.Join(s.images, "*"))
	s.maps, _ = filepath.Glob(filepath.Join(s.masks, "*.png"))
	if len(s.pictures) < 9 || len(s.maps) != len(s.pictures) {
		t.Fatalf("%d pictures and %d masks", len(s.pictures), len(s.maps))
	}
	return s
}

func (s *spoiler) write(path string, content []byte) {
	if err := os.WriteFile(path, content, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *spoiler) read(path string) []byte {
	content, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	return content
}

func (s *spoiler) remove(path string) {
	if err := os.Remove(path); err != nil {
		s.t.Fatal(err)
	}
}

// relabel writes a mask's values anew, with a palette where one is given.
func (s *spoiler) relabel(path string, change func(v uint16) uint8, palette color.Palette) {
	v, err := dataset.RawMask(path)
	if err != nil {
		s.t.Fatal(err)
	}
	gray := image.NewGray(image.Rect(0, 0, v.Width, v.Height))
	for i, x := range v.Value {
		gray.Pix[i] = change(x)
	}
	var img image.Image = gray
	if palette != nil {
		img = &image.Paletted{Pix: gray.Pix, Stride: gray.Stride, Rect: gray.Rect, Palette: palette}
	}
	s.write(path, encoded(s.t, img))
}

func encoded(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// turnedByEXIF saves a picture anew as JPEG with an EXIF orientation that keeps its size.
func (s *spoiler) turnedByEXIF(path string) {
	f, err := os.Open(path)
	if err != nil {
		s.t.Fatal(err)
	}
	img, _, err := image.Decode(f)
	f.Close()
	if err != nil {
		s.t.Fatal(err)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		s.t.Fatal(err)
	}
	const tag = "Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x03\x00\x00\x00\x00\x00\x00"
	segment := "\xff\xe1\x00" + string(rune(len(tag)+2)) + tag
	s.remove(path)
	s.write(strings.TrimSuffix(path, filepath.Ext(path))+".jpg", append([]byte("\xff\xd8"+segment), b.Bytes()[2:]...))
}

// wrongWays are twelve ways for a dataset, or for what is said of it, to be wrong: each is one finding that names it.
var wrongWays = []struct {
	name, check string
	found, do   string // words of the finding
	spoil       func(s *spoiler) (flags []string)
}{
	{"a mask is missing", "pairs", "has no mask", "add the mask", func(s *spoiler) []string { s.remove(s.maps[2]); return nil }},
	{"a picture is missing", "pairs", "has no image", "add the picture", func(s *spoiler) []string { s.remove(s.pictures[3]); return nil }},
	{"two pictures of one stem", "pairs", "differ in their extension", "remove or rename", func(s *spoiler) []string {
		s.write(strings.TrimSuffix(s.pictures[1], filepath.Ext(s.pictures[1]))+".bmp", s.read(s.pictures[1]))
		return nil
	}},
	{"a mask of another size", "sizes", "is 9×7 pixels, its picture", "by nearest", func(s *spoiler) []string {
		s.write(s.maps[4], encoded(s.t, image.NewGray(image.Rect(0, 0, 9, 7))))
		return nil
	}},
	{"a value that is never named", "labels", "77 (", "dataset.classes", func(s *spoiler) []string {
		s.relabel(s.maps[5], func(v uint16) uint8 { return max(uint8(v), 77*uint8(v&1)) }, nil)
		return nil
	}},
	{"a class that is never seen", "classes", "no pixel of class unicorn", "dataset.classes", func(s *spoiler) []string {
		return []string{"--classes", "background,a,b,unicorn", "--set", "model.class_map={0: 0, 1: 1, 2: 2, default: 0}"}
	}},
	{"a palette of another order", "palettes", "is colour (", "open both", func(s *spoiler) []string {
		for i, path := range s.maps {
			palette := make(color.Palette, 256)
			for k := range palette {
				palette[k] = color.NRGBA{uint8(37 * k), uint8(91 * k), uint8(k), 255}
			}
			if i == 4 {
				palette[0], palette[1] = palette[1], palette[0]
			}
			s.relabel(path, func(v uint16) uint8 { return uint8(v) }, palette)
		}
		return nil
	}},
	{"a mask saved as JPEG", "masks", "is a JPEG", "do what the message says", func(s *spoiler) []string {
		var b bytes.Buffer
		_ = jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil)
		s.write(s.maps[6], b.Bytes())
		return nil
	}},
	{"a picture that EXIF turns", "orientation", "EXIF orientation 3", "preprocess.orientation: apply", func(s *spoiler) []string {
		s.turnedByEXIF(s.pictures[7])
		return nil
	}},
	{"a picture that is cut off", "pictures", "cut off", "save or copy it anew", func(s *spoiler) []string {
		b := s.read(s.pictures[8])
		s.write(s.pictures[8], b[:2*len(b)/3])
		return nil
	}},
	{"the scale is missing", "normalisation", "mIoU is", "preprocess.scale: 1/255", func(*spoiler) []string { return []string{"--set", "preprocess.scale=1"} }},
	{"another mean and std", "normalisation", "mIoU is", "preprocess.", func(*spoiler) []string {
		return []string{"--set", "preprocess.mean=[0.1, 0.5, 0.9]", "--set", "preprocess.std=[0.2, 0.5, 0.9]"}
	}},
}

// TestCheckNamesWhatIsWrong: nothing is found in datasets as they are, with their models' own preprocessing; in twelve wrong copies
// of each there is one finding, which names the file, what was expected and what to do.
func TestCheckNamesWhatIsWrong(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it evaluates pictures some hundred times")
	}
	for name, c := range checkables(t) {
		t.Run(name, func(t *testing.T) {
			if code, found := findingsOf(t, c, c.folder, "--full", "--trial", c.trial); code != 0 || len(found) > 0 {
				t.Errorf("as it is: exit %d, %+v", code, found)
			}
			for _, way := range wrongWays {
				t.Run(way.name, func(t *testing.T) {
					s := copied(t, c.folder)
					flags := append([]string{"--full", "--trial", "0"}, way.spoil(s)...)
					if way.check == "normalisation" {
						flags[2] = c.trial
					}
					_, found := findingsOf(t, c, filepath.Dir(s.images), flags...)
					if len(found) != 1 {
						t.Fatalf("%d findings: %+v", len(found), found)
					}
					f := found[0]
					if f.Check != way.check || !strings.Contains(f.Found, way.found) || !strings.Contains(f.Do, way.do) || f.Expected == "" {
						t.Errorf("%+v: want %s, %q, %q", f, way.check, way.found, way.do)
					}
					if f.File == "" && f.Check != "classes" && f.Check != "normalisation" {
						t.Error("no file is named")
					}
				})
			}
		})
	}
}

// TestCheckTriesColours: a model of photographs minds the order of channels.
func TestCheckTriesColours(t *testing.T) {
	c, ok := checkables(t)["pets"]
	if testing.Short() || !ok {
		t.Skip("skipped: -short, or the material is not here")
	}
	code, found := findingsOf(t, c, c.folder, "--set", "preprocess.color=bgr")
	if code != 0 || len(found) != 1 || found[0].Check != "normalisation" || !strings.Contains(found[0].Do, "preprocess.color: rgb") {
		t.Errorf("exit %d, %+v", code, found)
	}
}
