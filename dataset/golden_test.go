package dataset

import (
	"encoding/binary"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/raster"
)

// TestGoldenResize holds every resize of bytes against PIL and OpenCV, to the bit, beside a checkout.
func TestGoldenResize(t *testing.T) {
	folder := filepath.Join("..", "..", "shared", "golden", "preprocess")
	text, err := os.ReadFile(filepath.Join(folder, "cases.json"))
	if err != nil {
		t.Skipf("skipped: the shared golden pictures are not here: %v", err)
	}
	var cases []struct {
		Name, Operation, Source, Expected string
		Tolerance                         float64
		Options                           struct {
			Library, Filter, Interpolation, Convention, Mode string
			Size                                             []int
			Before13                                         bool `json:"pillow_before_13"`
			OpenCV4                                          bool `json:"opencv_4"`
		}
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		// options of other operations have other types: read them one by one
		var raw []json.RawMessage
		if err := json.Unmarshal(text, &raw); err != nil {
			t.Fatal(err)
		}
		cases = cases[:0]
		for _, r := range raw {
			c := cases[:0:0]
			if json.Unmarshal([]byte("["+string(r)+"]"), &c) == nil {
				cases = append(cases, c...)
			}
		}
	}
	done := 0
	for _, c := range cases {
		base := filepath.Base(c.Source)
		if !strings.HasSuffix(c.Expected, ".png") || len(c.Options.Size) != 2 {
			continue
		}
		switch {
		case c.Operation == "resize" && (strings.HasPrefix(base, "rgb_") || strings.HasPrefix(base, "gray_")):
			mode := "cv_" + c.Options.Interpolation
			if c.Options.OpenCV4 {
				mode = "cv4_" + c.Options.Interpolation
			}
			if c.Options.Library == "pil" {
				mode = "pil13_" + c.Options.Filter
				if c.Options.Before13 {
					mode = "pil_" + c.Options.Filter
				}
			}
			if c.Options.Library == "torchvision" {
				mode = "torch_" + c.Options.Mode + "_antialias"
			}
			checkResize(t, c.Name, mode, filepath.Join(folder, c.Source), filepath.Join(folder, c.Expected), c.Options.Size, int(c.Tolerance))
			done++
		case c.Operation == "resize_mask" && !strings.Contains(base, "rgb"):
			mode := strings.Replace(strings.Replace(c.Options.Convention, "cv2_4x_", "cv4_", 1), "cv2_", "cv_", 1)
			checkMask(t, c.Name, mode, filepath.Join(folder, c.Source), filepath.Join(folder, c.Expected), c.Options.Size)
			done++
		}
	}
	t.Logf("%d cases", done)
	if done < 100 {
		t.Errorf("only %d cases were found", done)
	}
}

func checkResize(t *testing.T, name, mode, source, expected string, size []int, tolerance int) {
	t.Helper()
	p := DefaultPreprocess()
	p.Size, p.Interpolation = size, mode
	l, err := NewLoader(DefaultOptions(), p, Input{Channels: 3})
	if err != nil {
		t.Fatal(err)
	}
	picture, err := l.Image(source)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	g, err := l.Geometry(picture.Width, picture.Height)
	if err != nil {
		t.Fatal(err)
	}
	got := l.content(picture, g)
	want := loadPicture(t, expected)
	worst := 0
	for i, v := range want.Pix {
		worst = max(worst, int(v)-int(got.Pix[i]), int(got.Pix[i])-int(v))
	}
	if worst > tolerance {
		t.Errorf("%s (%s): differs by up to %d, allowed %d", name, mode, worst, tolerance)
	}
}

func loadPicture(t *testing.T, file string) *raster.Picture {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	var p raster.Picture
	toPicture(&p, img)
	return &p
}

func checkMask(t *testing.T, name, mode, source, expected string, size []int) {
	t.Helper()
	v, err := RawMask(source)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ResizeValues(v, size[1], size[0], mode)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	want, err := RawMask(expected)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range want.Value {
		if got.Value[i] != w {
			t.Errorf("%s (%s): pixel %d is %d, want %d", name, mode, i, got.Value[i], w)
			return
		}
	}
}

// TestGoldenDecode holds every file that Pillow 13.0.0 reads against its convert("RGB"), and OpenCV 5.0.0's imread, to the
// bit, with and without turning by EXIF.
func TestGoldenDecode(t *testing.T) {
	folder := filepath.Join("..", "..", "shared", "golden", "preprocess")
	text, err := os.ReadFile(filepath.Join(folder, "cases.json"))
	if err != nil {
		t.Skipf("skipped: the shared golden pictures are not here: %v", err)
	}
	var cases []json.RawMessage
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	done := 0
	var p pictures
	for _, raw := range cases {
		var c struct {
			Name, Operation, Source, Expected string
			Options                           struct{ Library, To, Orientation string }
		}
		if json.Unmarshal(raw, &c) != nil || c.Operation != "decode" || c.Options.To != "rgb" {
			continue
		}
		done++
		t.Run(c.Name, func(t *testing.T) {
			content, err := os.ReadFile(filepath.Join(folder, c.Source))
			if err != nil {
				t.Fatal(err)
			}
			var got raster.Picture
			p.jpeg.own.OpenCV = c.Options.Library == "cv2"
			if _, err := p.read(&got, c.Source, content, c.Options.Orientation == "apply"); err != nil {
				if refused(c.Source) {
					t.Skipf("refused: %v", err)
				}
				t.Fatal(err)
			}
			if want := loadPicture(t, filepath.Join(folder, c.Expected)); !slices.Equal(got.Pix, want.Pix) {
				t.Errorf("other bytes than Pillow's")
			}
		})
	}
	if done < 120 {
		t.Errorf("only %d cases were found", done)
	}
}

// refused says whether a file is of a kind that is refused with a message.
func refused(source string) bool {
	for _, kind := range []string{"tiff_jpeg", "tiff_float", "tiff_cmyk"} {
		if strings.Contains(source, kind) {
			return true
		}
	}
	return false
}

// TestGoldenMasks holds the values of every label image against what Pillow 13.0.0 has in its own mode: grey levels,
// indices, bits.
func TestGoldenMasks(t *testing.T) {
	folder := filepath.Join("..", "..", "shared", "golden", "preprocess")
	text, err := os.ReadFile(filepath.Join(folder, "cases.json"))
	if err != nil {
		t.Skipf("skipped: the shared golden pictures are not here: %v", err)
	}
	var cases []json.RawMessage
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	done := 0
	for _, raw := range cases {
		var c struct {
			Name, Operation, Source, Expected, Dtype string
			Shape                                    []int
			Options                                  struct{ Library, To string }
		}
		if json.Unmarshal(raw, &c) != nil || c.Operation != "decode" || c.Options.Library != "pil" || c.Options.To != "native" || len(c.Shape) != 2 || c.Dtype == "float32" || strings.HasSuffix(c.Source, ".jpg") {
			continue
		}
		done++
		got, err := RawMask(filepath.Join(folder, c.Source))
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		var want []uint16
		if expected := filepath.Join(folder, c.Expected); strings.HasSuffix(c.Expected, ".bin") {
			b, err := os.ReadFile(expected)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i+1 < len(b); i += 2 {
				want = append(want, binary.LittleEndian.Uint16(b[i:]))
			}
		} else {
			v, err := RawMask(expected)
			if err != nil {
				t.Fatal(err)
			}
			want = v.Value
		}
		if got.Height != c.Shape[0] || got.Width != c.Shape[1] || !slices.Equal(got.Value, want) {
			t.Errorf("%s: other values than Pillow's", c.Name)
		}
	}
	if done < 15 {
		t.Errorf("only %d cases were found", done)
	}
}
