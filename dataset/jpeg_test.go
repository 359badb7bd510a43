package dataset

import (
	"bytes"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/turbojpeg"
)

// writeJPEG writes a small picture in colour.
func writeJPEG(t *testing.T, width, height int) string {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		m.SetNRGBA(i%width, i/width, color.NRGBA{R: uint8(3 * i), G: uint8(i / width), B: uint8(i * i), A: 255})
	}
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.jpg")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Whatever decodes gives the same bytes; a library that is asked for by name and missing is an error that says so.
func TestDecodeModes(t *testing.T) {
	path := writeJPEG(t, 61, 47)
	var want []uint8
	for _, mode := range []string{DecodeGo, DecodeAuto, DecodeTurbo} {
		p := DefaultPreprocess()
		p.Decode = mode
		l, err := NewLoader(DefaultOptions(), p, Input{Channels: 3})
		if _, missing := turbojpeg.Find(); mode == DecodeTurbo && missing != nil {
			if err == nil || !strings.Contains(err.Error(), "libjpeg-turbo was not found") {
				t.Errorf("turbo without the library: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		picture, err := l.Image(path)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = slices.Clone(picture.Pix)
		}
		if !bytes.Equal(picture.Pix, want) {
			t.Errorf("%s: other bytes than go", mode)
		}
		if sequential, progressive := JPEGDecoders(mode); mode == DecodeTurbo != strings.HasPrefix(sequential, "libjpeg-turbo") && mode != DecodeAuto || progressive == "" {
			t.Errorf("%s is said to decode by %s and %s", mode, sequential, progressive)
		}
	}
}

// A file that is cut off is the same error whatever decodes.
func TestDecodeModesTruncated(t *testing.T) {
	path := writeJPEG(t, 61, 47)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content[:len(content)-40], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{DecodeGo, DecodeTurbo} {
		p := DefaultPreprocess()
		p.Decode = mode
		l, err := NewLoader(DefaultOptions(), p, Input{Channels: 3})
		if err != nil {
			continue // no library here
		}
		if _, err := l.Image(path); err == nil || !strings.Contains(err.Error(), "a.jpg: the file is cut off") {
			t.Errorf("%s: %v", mode, err)
		}
	}
}

func TestImageAllocatesNothing(t *testing.T) {
	path := writeJPEG(t, 61, 47)
	l, err := NewLoader(DefaultOptions(), DefaultPreprocess(), Input{Channels: 3})
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(5, func() { _, _ = l.pictures.read(&l.picture, path, content, false) }); n > 0 {
		t.Errorf("%g allocations a picture, want 0", n)
	}
}
