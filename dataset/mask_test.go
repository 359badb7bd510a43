package dataset

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	stdjpeg "image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/segmetry/segmetry/internal/raster"
)

// chunk is a chunk of a PNG file.
func chunk(kind string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, kind...), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// grayPNG is a PNG of grey levels of few bits, whose packed rows are given; extra chunks stand after the header.
func grayPNG(t *testing.T, width, height, depth int, rows []byte, extra ...[]byte) []byte {
	t.Helper()
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	stride := len(rows) / height
	for y := range height {
		if _, err := w.Write(append([]byte{0}, rows[y*stride:][:stride]...)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(width)), uint32(height))
	out := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(header, byte(depth), 0, 0, 0, 0))...)
	out = append(out, bytes.Join(extra, nil)...)
	return append(append(out, chunk("IDAT", z.Bytes())...), chunk("IEND", nil)...)
}

func encode(t *testing.T, f func(b *bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Every kind of file gives the values that lie in it: indices, grey levels, classes of colours.
func TestMaskFormats(t *testing.T) {
	size := image.Rect(0, 0, 3, 2)
	want := []uint16{0, 1, 2, 2, 1, 0}
	gray, gray16, indexed := image.NewGray(size), image.NewGray16(size), image.NewPaletted(size, color.Palette{color.Black, color.White, color.RGBA{R: 9, A: 255}})
	rgb, rgba := image.NewNRGBA(size), image.NewNRGBA(size)
	palette := [][3]uint8{{0, 0, 0}, {10, 20, 30}, {200, 0, 0}}
	for i, v := range want {
		x, y := i%3, i/3
		gray.SetGray(x, y, color.Gray{uint8(v)})
		gray16.SetGray16(x, y, color.Gray16{v * 1000})
		indexed.SetColorIndex(x, y, uint8(v))
		c := palette[v]
		rgb.SetNRGBA(x, y, color.NRGBA{c[0], c[1], c[2], 255})
		rgba.SetNRGBA(x, y, color.NRGBA{c[0], c[1], c[2], uint8(40 * i)})
	}
	wide := []uint16{0, 1000, 2000, 2000, 1000, 0}
	asPNG := func(m image.Image) []byte { return encode(t, func(b *bytes.Buffer) error { return png.Encode(b, m) }) }
	asTIFF := func(m image.Image) []byte {
		return encode(t, func(b *bytes.Buffer) error { return tiff.Encode(b, m, nil) })
	}
	for name, c := range map[string]struct {
		content []byte
		want    []uint16
	}{
		"gray PNG": {asPNG(gray), want}, "gray 16 PNG": {asPNG(gray16), wide}, "palette PNG": {asPNG(indexed), want},
		"RGB PNG": {asPNG(rgb), want}, "RGBA PNG": {asPNG(rgba), want},
		"gray TIFF": {asTIFF(gray), want}, "gray 16 TIFF": {asTIFF(gray16), wide}, "palette TIFF": {asTIFF(indexed), want}, "RGB TIFF": {asTIFF(rgb), want},
		"GIF":       {encode(t, func(b *bytes.Buffer) error { return gif.Encode(b, indexed, nil) }), want},
		"BMP":       {encode(t, func(b *bytes.Buffer) error { return bmp.Encode(b, indexed) }), want},
		"1 bit PNG": {grayPNG(t, 3, 2, 1, []byte{0b010_00000, 0b110_00000}), []uint16{0, 1, 0, 1, 1, 0}},
	} {
		var v Values
		if err := v.read(name, c.content, (&Options{Palette: palette}).maskColors(), false); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if v.Width != 3 || v.Height != 2 || !slices.Equal(v.Value, c.want) {
			t.Errorf("%s: %d×%d %v, want %v", name, v.Width, v.Height, v.Value, c.want)
		}
	}
}

// Files of one bit a pixel, one of them fax-compressed, hold 0 and 1, as PIL reads them.
func TestMaskBilevel(t *testing.T) {
	folder := filepath.Join("..", "..", "shared", "golden", "preprocess")
	for _, file := range []string{"mask_bilevel_97x61.png", "tiff_group4_97x61.tif"} {
		got, err := RawMask(filepath.Join(folder, "images", file))
		if err != nil {
			t.Skipf("skipped: the shared golden pictures are not here: %v", err)
		}
		want, err := RawMask(filepath.Join(folder, "expected", "decode_pil-mask_bilevel_97x61.png")) // 0 and 255
		if err != nil {
			t.Fatal(err)
		}
		for i := range want.Value {
			if got.Value[i] != want.Value[i]/255 {
				t.Fatalf("%s: pixel %d is %d, want %d", file, i, got.Value[i], want.Value[i]/255)
			}
		}
	}
}

func TestMaskRefused(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 4, 3))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	m.SetNRGBA(2, 1, color.NRGBA{1, 2, 3, 255})
	colored := encode(t, func(b *bytes.Buffer) error { return png.Encode(b, m) })
	white := maskColors{{255, 255, 255}: 0}
	for name, c := range map[string]struct {
		content []byte
		colors  maskColors
		want    string
	}{
		"JPEG":           {encode(t, func(b *bytes.Buffer) error { return stdjpeg.Encode(b, m, nil) }), nil, "m.png is a JPEG"},
		"no palette":     {colored, nil, "m.png: colour (1,2,3) at (2,1): a mask in colour needs dataset.palette"},
		"unknown colour": {colored, white, "m.png: colour (1,2,3) at (2,1) is not in dataset.palette"},
	} {
		var v Values
		if err := v.read("m.png", c.content, c.colors, false); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestLabelsOfManyKinds(t *testing.T) {
	unmarshal := func(text string) (m LabelMap) {
		if err := yaml.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	for name, c := range map[string]struct {
		o    Options
		want map[int]int16
	}{
		"ignored values":    {Options{IgnoreValues: []int{0, 254}}, map[int]int16{0: raster.Ignored, 254: raster.Ignored, 1: 1, 255: invalidLabel}},
		"by name":           {Options{LabelMap: unmarshal("{b: [8, 9], ignore: [0, 255], 7: 2}")}, map[int]int16{8: 1, 9: 1, 0: raster.Ignored, 255: raster.Ignored, 7: 2, 1: 1}},
		"instances":         {Options{InstanceDivisor: 1000}, map[int]int16{0: 0, 2: 2, 1003: 1, 2999: 2, 3000: invalidLabel}},
		"instances, mapped": {Options{InstanceDivisor: 1000, LabelMap: unmarshal("{26: 1, default: 0}")}, map[int]int16{26: 1, 26007: 1, 24001: 0}},
		"ignored colours":   {Options{IgnoreColors: [][3]uint8{{1, 1, 1}}}, map[int]int16{ignoredColor: raster.Ignored, 2: 2}},
	} {
		c.o.Classes = []string{"a", "b", "c"}
		table := labelTable(c.o)
		for value, want := range c.want {
			if table[value] != want {
				t.Errorf("%s: value %d is %d, want %d", name, value, table[value], want)
			}
		}
	}
	m := unmarshal(`{b: [8, 9], "ignore": [0], default: ignore}`)
	if out, err := yaml.Marshal(m); err != nil || strings.TrimSpace(string(out)) != "{b: [8, 9], ignore: [0], default: ignore}" {
		t.Errorf("%s %v", out, err)
	}
	for text, want := range map[string]string{"{x: [1]}": `"x" is no class`, "{a: [1], b: [1]}": "1 is mapped twice", "{1: 0, b: [1]}": "1 is mapped twice"} {
		if err := unmarshal(text).validate([]string{"a", "b"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	var bad LabelMap
	if err := yaml.Unmarshal([]byte("{a: [70000]}"), &bad); err == nil {
		t.Error("mask value 70000 was accepted")
	}
	o := Options{Format: "folder", Images: "i", Masks: "m", Classes: []string{"a"}, IgnoreValues: []int{-1}, IgnoreColors: [][3]uint8{{1, 2, 3}}, InstanceDivisor: 1}
	for _, say := range []string{"dataset.ignore_values", "dataset.ignore_colors", "dataset.instance_divisor"} {
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%v does not say %s", err, say)
		}
	}
}

// A mask with EXIF of its own is turned with its image; one that does not fit says what would.
func TestMaskOrientation(t *testing.T) {
	exif := chunk("eXIf", []byte("MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"))
	rows := []byte{0, 1, 2, 2, 1, 0}
	stored, turned := grayPNG(t, 3, 2, 8, rows), grayPNG(t, 3, 2, 8, rows, exif)
	folder := t.TempDir()
	write := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plain, tagged := write("plain.png", stored), write("tagged.png", turned)
	for _, c := range []struct {
		orientation, image, mask string
		want                     []int16
		say                      string
	}{
		{OrientationIgnore, tagged, tagged, []int16{0, 1, 2, 2, 1, 0}, ""},
		{OrientationApply, tagged, tagged, []int16{2, 0, 1, 1, 0, 2}, ""},
		{OrientationApply, tagged, plain, nil, "was turned by its EXIF (orientation 6), and the mask fits it as it is stored: set preprocess.orientation: ignore"},
		{OrientationIgnore, tagged, write("upright.png", grayPNG(t, 2, 3, 8, rows)), nil, "asks to turn it (orientation 6), and the mask fits it then: set preprocess.orientation: apply"},
	} {
		p := DefaultPreprocess()
		p.Orientation = c.orientation
		l, err := NewLoader(Options{Classes: []string{"a", "b", "c"}}, p, Input{Channels: 3})
		if err != nil {
			t.Fatal(err)
		}
		picture, err := l.Image(c.image)
		if err != nil {
			t.Fatal(err)
		}
		if l.Orientation() != 6 {
			t.Errorf("orientation %d, want 6", l.Orientation())
		}
		labels, err := l.Mask(c.mask, picture.Width, picture.Height)
		switch {
		case c.say != "":
			if err == nil || !strings.Contains(err.Error(), c.say) {
				t.Errorf("%v, want %q", err, c.say)
			}
		case err != nil:
			t.Error(err)
		case !slices.Equal(labels.Class, c.want):
			t.Errorf("%s: %v, want %v", c.orientation, labels.Class, c.want)
		}
	}
}

// A GIF whose first frame lies in a corner is refused: what is around it would be anyone's guess.
func TestPartialFrame(t *testing.T) {
	m := image.NewPaletted(image.Rect(1, 1, 3, 2), color.Palette{color.Black, color.White})
	content := encode(t, func(b *bytes.Buffer) error {
		return gif.EncodeAll(b, &gif.GIF{Image: []*image.Paletted{m}, Delay: []int{0}, Config: image.Config{ColorModel: m.Palette, Width: 4, Height: 3}})
	})
	var v Values
	if err := v.read("m.gif", content, nil, false); err == nil || !strings.Contains(err.Error(), "m.gif: its first frame is 2×1 pixels of 4×3") {
		t.Errorf("%v", err)
	}
}
