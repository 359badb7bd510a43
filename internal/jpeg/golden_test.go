package jpeg

import (
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// decodeFile decodes a file with d.
func decodeFile(t testing.TB, d *Decoder, path string) (Header, []byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := d.Header(data)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	dst := make([]byte, 3*h.Width*h.Height)
	if err := d.RGB(dst); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return h, dst
}

// Every JPEG file of the shared pictures against Pillow 13.0.0 with libjpeg-turbo 3.2.0, to the bit, with one decoder.
func TestPillow(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "shared", "golden", "preprocess")
	text, err := os.ReadFile(filepath.Join(folder, "cases.json"))
	if err != nil {
		t.Skipf("the shared reference pictures are not here: %v", err)
	}
	var cases []struct {
		Name, Source, Operation, Expected string
		Options                           struct{ Library, To, Orientation string }
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	var d Decoder
	done := 0
	for _, c := range cases {
		if c.Operation != "decode" || c.Options.Library != "pil" || c.Options.To != "rgb" || c.Options.Orientation != "ignore" || !strings.HasSuffix(c.Source, ".jpg") {
			continue
		}
		done++
		t.Run(c.Name, func(t *testing.T) {
			h, got := decodeFile(t, &d, filepath.Join(folder, c.Source))
			f, err := os.Open(filepath.Join(folder, c.Expected))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			want, err := png.Decode(f)
			if err != nil {
				t.Fatal(err)
			}
			if b := want.Bounds(); b.Dx() != h.Width || b.Dy() != h.Height {
				t.Fatalf("%d×%d, expected %v", h.Width, h.Height, b)
			}
			for i := range h.Width * h.Height {
				r, g, b, _ := want.At(i%h.Width, i/h.Width).RGBA()
				if want := [3]byte{byte(r >> 8), byte(g >> 8), byte(b >> 8)}; [3]byte(got[3*i:]) != want {
					t.Fatalf("pixel (%d,%d) is %v, expected %v", i%h.Width, i/h.Width, got[3*i:3*i+3], want)
				}
			}
		})
	}
	if done < 50 {
		t.Fatalf("%d cases: expected at least 50", done)
	}
}
