package dataset

import (
	"bytes"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/segmetry/segmetry/internal/turbojpeg"
)

// TestLoadAllocates: from a JPEG file to its tensor nothing is allocated a picture but what opening a file takes, whatever
// decodes and however large the picture is.
func TestLoadAllocates(t *testing.T) {
	for _, size := range [][2]int{{61, 47}, {640, 480}} {
		path := drawnJPEG(t, size[0], size[1])
		for _, mode := range []string{DecodeGo, DecodeTurbo} {
			if _, err := turbojpeg.Find(); mode == DecodeTurbo && err != nil {
				continue
			}
			load := loading(t, path, mode, "cv_linear", 40, 50)
			opened := testing.AllocsPerRun(20, func() {
				if f, err := openRegular(path); err == nil {
					_, _ = f.Stat()
					_ = f.Close()
				}
			})
			if n := testing.AllocsPerRun(20, load); n > opened {
				t.Errorf("%s, %d×%d: %v allocations a picture, expected the %v of opening a file", mode, size[0], size[1], n, opened)
			}
		}
	}
}

// loading returns what makes a picture's tensor of the given size.
func loading(tb testing.TB, path, mode, interpolation string, height, width int) func() {
	p := DefaultPreprocess()
	p.Decode, p.Interpolation, p.Size = mode, interpolation, []int{height, width}
	p.Mean, p.Std = []float64{0.485, 0.456, 0.406}, []float64{0.229, 0.224, 0.225}
	l, err := NewLoader(DefaultOptions(), p, Input{Channels: 3})
	if err != nil {
		tb.Fatal(err)
	}
	dst := make([]float32, 3*height*width)
	return func() {
		pic, err := l.Image(path)
		if err != nil {
			tb.Fatal(err)
		}
		g, err := l.Geometry(pic.Width, pic.Height)
		if err != nil {
			tb.Fatal(err)
		}
		if err := l.Tensor(pic, g, dst); err != nil {
			tb.Fatal(err)
		}
	}
}

// drawnJPEG writes a picture of tiles and grain, 4:2:0.
func drawnJPEG(tb testing.TB, width, height int) string {
	r := rand.New(rand.NewPCG(1, 2))
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		x, y := i%width, i/width
		v := 100 + 60*(x/97%2) + 40*(y/61%2) + r.IntN(24)
		m.SetNRGBA(x, y, color.NRGBA{R: uint8(v), G: uint8(v - 30), B: uint8(x / 9), A: 255})
	}
	var file bytes.Buffer
	if err := stdjpeg.Encode(&file, m, &stdjpeg.Options{Quality: 85}); err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "picture.jpg")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}
