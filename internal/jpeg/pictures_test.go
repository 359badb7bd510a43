package jpeg

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zipped returns the files of testdata/pictures.zip by name.
func zipped(t testing.TB) map[string][]byte {
	t.Helper()
	z, err := zip.OpenReader(filepath.Join("testdata", "pictures.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[strings.TrimSuffix(f.Name, ".jpg")], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	return files
}

// seeds are files of every kind for fuzzing.
func seeds(t testing.TB) (seeds [][]byte) {
	for name, b := range zipped(t) {
		if strings.Contains(name, "7x17") || strings.Contains(name, "many") || strings.Contains(name, "cmyk") {
			seeds = append(seeds, b)
		}
	}
	return seeds
}

// A progressive file that stops after some scans is refused: libjpeg would smooth it.
func TestFewScans(t *testing.T) {
	file := zipped(t)["many_refinements"]
	var d Decoder
	for at, scans := 0, 0; ; scans++ {
		i := bytes.Index(file[at:], []byte{0xff, markerSOS})
		if i < 0 {
			break
		}
		cut := at + i
		at = cut + 2
		if scans < 2 || scans > 8 { // nothing but the last bit of DC is missing after nine, which libjpeg takes as it is
			continue
		}
		short := append(bytes.Clone(file[:cut]), 0xff, markerEOI)
		if _, err := decodeBytes(&d, short); err == nil || !strings.Contains(err.Error(), "scans end before") {
			t.Errorf("after %d scans: %v", scans, err)
		}
	}
	if _, err := decodeBytes(&d, file); err != nil {
		t.Error(err)
	}
}

// Sampling factors, sizes, qualities, progressive scans, restart markers and colour spaces against Pillow's bytes, whose
// digests testdata/make.py wrote. One decoder does them all, one after the other.
func TestDigests(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "digests.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	files := zipped(t)
	var d Decoder
	done := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var name, digest string
		var width, height int
		if n, _ := fmt.Sscan(lines.Text(), &name, &width, &height, &digest); n < 4 {
			continue
		}
		done++
		t.Run(name, func(t *testing.T) {
			h, err := d.Header(files[name])
			if err != nil || h.Width != width || h.Height != height {
				t.Fatalf("%d×%d, %v: expected %d×%d", h.Width, h.Height, err, width, height)
			}
			dst := make([]byte, 3*width*height)
			if err := d.RGB(dst); err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%x", sha256.Sum256(dst)); got != digest {
				t.Errorf("other bytes than Pillow's")
			}
		})
	}
	if done != len(files) || done < 200 {
		t.Errorf("%d digests for %d files", done, len(files))
	}
}
