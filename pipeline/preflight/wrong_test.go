package preflight

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
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

// material are datasets in order, with their right settings: what ships, and what may lie beside a checkout.
func material(t *testing.T) map[string]dataset.Options {
	t.Helper()
	ignored := 255
	o := map[string]dataset.Options{
		"quickstart": {Images: "../../testdata/quickstart", Classes: []string{"background", "interior", "border"}},
		"nuclei":     {Images: "../../../shared/material/nuclei", Classes: []string{"background", "interior", "border"}},
		"pets":       {Images: "../../../shared/material/pets", Classes: []string{"background", "cat", "dog"}, IgnoreIndex: &ignored},
	}
	for name, one := range o {
		if _, err := os.Stat(one.Images); err != nil {
			t.Logf("skipped: %s is not here: %v", name, err)
			delete(o, name)
			continue
		}
		one.Format, one.Images, one.Masks = "folder", filepath.Join(one.Images, "images"), filepath.Join(one.Images, "masks")
		o[name] = one
	}
	return o
}

// examine lists and looks at all of a dataset.
func examine(t *testing.T, o dataset.Options) []Finding {
	t.Helper()
	source, err := dataset.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := List(t.Context(), source, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, found, err := Survey(t.Context(), source, o, dataset.DefaultPreprocess(), Plan{Total: l.Items, Decode: true, Skip: l.Unreadable})
	if err != nil {
		t.Fatal(err)
	}
	return append(l.Findings, found...)
}

func TestNothingIsFoundInMaterial(t *testing.T) {
	for name, o := range material(t) {
		if found := examine(t, o); len(found) > 0 {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// spoiled is a copy of a dataset that a test may write to.
type spoiled struct {
	t       *testing.T
	options dataset.Options
	items   []dataset.Item
}

func spoil(t *testing.T, o dataset.Options) *spoiled {
	t.Helper()
	folder := t.TempDir()
	for _, sub := range []struct {
		name string
		path *string
	}{{"images", &o.Images}, {"masks", &o.Masks}} {
		to := filepath.Join(folder, sub.name)
		if err := os.CopyFS(to, os.DirFS(*sub.path)); err != nil {
			t.Fatal(err)
		}
		*sub.path = to
	}
	source, err := dataset.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	s := &spoiled{t: t, options: o}
	for item, err := range source.Items() {
		if err != nil {
			t.Fatal(err)
		}
		s.items = append(s.items, item)
	}
	return s
}

func (s *spoiled) read(path string) []byte {
	b, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

func (s *spoiled) write(path string, content []byte) {
	if err := os.WriteFile(path, content, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *spoiled) remove(path string) {
	if err := os.Remove(path); err != nil {
		s.t.Fatal(err)
	}
}

// relabel writes a mask anew with other values.
func (s *spoiled) relabel(path string, change func(v uint16) uint8, palette color.Palette) {
	v, err := dataset.RawMask(path)
	if err != nil {
		s.t.Fatal(err)
	}
	rect := image.Rect(0, 0, v.Width, v.Height)
	var img image.Image
	pix := make([]byte, len(v.Value))
	for i, x := range v.Value {
		pix[i] = change(x)
	}
	img = &image.Gray{Pix: pix, Stride: v.Width, Rect: rect}
	if palette != nil {
		img = &image.Paletted{Pix: pix, Stride: v.Width, Rect: rect, Palette: palette}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		s.t.Fatal(err)
	}
	s.write(path, b.Bytes())
}

func same(v uint16) uint8 { return uint8(v) }

// exif puts an orientation into a JPEG or a PNG.
func exif(content []byte, orientation byte) []byte {
	tag := append([]byte("MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00"), orientation, 0, 0, 0, 0, 0, 0)
	if content[0] == 0xff {
		body := append([]byte("Exif\x00\x00"), tag...)
		head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(body)+2))
		return append(append(head, body...), content[2:]...)
	}
	chunk := append([]byte("eXIf"), tag...)
	insert := binary.BigEndian.AppendUint32(nil, uint32(len(tag)))
	insert = binary.BigEndian.AppendUint32(append(insert, chunk...), crc32.ChecksumIEEE(chunk))
	const header = 8 + 25
	return append(append(bytes.Clone(content[:header]), insert...), content[header:]...)
}

// rainbow is a palette whose first colours begin at a hue.
func rainbow(first int) (p color.Palette) {
	for i := range 256 {
		p = append(p, color.NRGBA{uint8(i * 37), uint8(i * 91), uint8(first + i), 255})
	}
	return p
}

// ways are those in which a dataset may be wrong: each makes one finding, which names it.
var ways = []struct {
	name, check string
	count       int // of files; 0: several
	words       string
	do          string
	spoil       func(s *spoiled)
}{
	{"a picture without its mask", "pairs", 1, "has no mask", "", func(s *spoiled) { s.remove(s.items[3].Mask.Name) }},
	{"masks without their picture", "pairs", 2, "has no image", "", func(s *spoiled) {
		s.remove(s.items[2].Image.Name)
		s.remove(s.items[4].Image.Name)
	}},
	{"two pictures of one stem", "pairs", 2, "differ in their extension", "", func(s *spoiled) {
		path := s.items[1].Image.Name
		s.write(strings.TrimSuffix(path, filepath.Ext(path))+".bmp", s.read(path))
	}},
	{"a mask of another size", "sizes", 1, "is 9×7 pixels, its picture", "", func(s *spoiled) {
		var b bytes.Buffer
		_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, 9, 7)))
		s.write(s.items[5].Mask.Name, b.Bytes())
	}},
	{"a value that is never named", "labels", 1, "77 (", "dataset.classes", func(s *spoiled) {
		s.relabel(s.items[5].Mask.Name, func(v uint16) uint8 { return max(uint8(v), 77*uint8(v&1)) }, nil)
	}},
	{"classes spread over the grey levels", "labels", 0, "127 (", "label_map: {127: 1, 254: 2}", func(s *spoiled) {
		s.options.IgnoreIndex = nil
		for _, item := range s.items {
			s.relabel(item.Mask.Name, func(v uint16) uint8 { return uint8(v % 255 * 127) }, nil)
		}
	}},
	{"values that begin at 1", "labels", 0, "3 (", "reduce_zero_label: true", func(s *spoiled) {
		s.options.IgnoreIndex = nil
		for _, item := range s.items {
			s.relabel(item.Mask.Name, func(v uint16) uint8 { return uint8(v%255 + 1) }, nil)
		}
	}},
	{"an ignored value that is not named", "labels", 1, "255 (", "ignore_index: 255", func(s *spoiled) {
		s.options.IgnoreIndex = nil
		for i, item := range s.items {
			s.relabel(item.Mask.Name, func(v uint16) uint8 { return min(uint8(v), 2) }, nil)
			if i == 2 {
				s.relabel(item.Mask.Name, func(v uint16) uint8 { return uint8(v) | -uint8(v&1) }, nil)
			}
		}
	}},
	{"a class that is never seen", "classes", 1, "no pixel of class ", "", func(s *spoiled) {
		merged := map[uint16]uint8{0: 0, 1: 1, 2: 1, 255: 255}
		for _, item := range s.items {
			s.relabel(item.Mask.Name, func(v uint16) uint8 { return merged[v] }, nil)
		}
	}},
	{"a palette of another order", "palettes", 1, "is colour (", "", func(s *spoiled) {
		for i, item := range s.items {
			s.relabel(item.Mask.Name, same, rainbow(b2i(i == 4)))
		}
	}},
	{"a picture that EXIF turns", "orientation", 1, "EXIF orientation 3", "orientation: apply", func(s *spoiled) {
		s.write(s.items[6].Image.Name, exif(s.read(s.items[6].Image.Name), 3))
	}},
	{"a picture that is cut off", "pictures", 1, "cut off", "", func(s *spoiled) {
		b := s.read(s.items[7].Image.Name)
		s.write(s.items[7].Image.Name, b[:len(b)*2/3])
	}},
	{"a picture that is none", "pictures", 1, "not a picture", "", func(s *spoiled) { s.write(s.items[7].Image.Name, []byte("<html>not found</html>")) }},
	{"a mask saved as JPEG", "masks", 1, "is a JPEG", "", func(s *spoiled) {
		var b bytes.Buffer
		_ = jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil)
		s.write(s.items[8].Mask.Name, b.Bytes())
	}},
	{"a mask in colour without a palette", "masks", 1, "needs dataset.palette", "", func(s *spoiled) {
		img := image.NewNRGBA(image.Rect(0, 0, 8, 8))
		img.SetNRGBA(2, 3, color.NRGBA{200, 10, 30, 255})
		var b bytes.Buffer
		_ = png.Encode(&b, img)
		s.write(s.items[8].Mask.Name, b.Bytes())
	}},
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestEachWayOfBeingWrongIsOneFinding(t *testing.T) {
	for name, o := range material(t) {
		for _, way := range ways {
			t.Run(name+"/"+way.name, func(t *testing.T) {
				s := spoil(t, o)
				way.spoil(s)
				found := examine(t, s.options)
				if len(found) != 1 {
					t.Fatalf("%d findings, want 1: %+v", len(found), found)
				}
				f, count := found[0], way.count
				if f.Check != way.check || f.Count != count && (count > 0 || f.Count < 2) || !strings.Contains(f.Found, way.words) || !strings.Contains(f.Do, way.do) || f.Expected == "" || f.Do == "" {
					t.Errorf("%+v: want %s in %d files, %q, %q", f, way.check, count, way.words, way.do)
				}
				if f.Check != "classes" && f.File == "" {
					t.Error("no file is named")
				}
			})
		}
	}
}
