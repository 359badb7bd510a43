package turbojpeg_test

import (
	"archive/zip"
	"bytes"
	"io"
	"path/filepath"
	"testing"

	"github.com/segmetry/segmetry/internal/jpeg"
	"github.com/segmetry/segmetry/internal/turbojpeg"
)

// The library's bytes are those of package jpeg, for every picture that its interface takes (it knows no CMYK, and older
// versions fewer samplings).
func TestSameBytes(t *testing.T) {
	lib, err := turbojpeg.Find()
	if err != nil {
		t.Skipf("skipped: %v", err)
	}
	t.Logf("libjpeg-turbo %s at %s", lib.Version, lib.Path)
	d, err := lib.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(filepath.Join("..", "jpeg", "testdata", "pictures.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var own jpeg.Decoder
	equal := 0
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		h, err := own.Header(data)
		if err != nil {
			t.Fatal(err)
		}
		want, got := make([]byte, 3*h.Width*h.Height), make([]byte, 3*h.Width*h.Height)
		if err := own.RGB(want); err != nil {
			t.Fatal(err)
		}
		if err := d.RGB(got, data, h.Width, h.Height); err != nil {
			t.Logf("%s: %v", f.Name, err)
			continue
		}
		if equal++; !bytes.Equal(got, want) {
			t.Errorf("%s: other bytes than package jpeg's", f.Name)
		}
	}
	if equal < 150 {
		t.Errorf("%d pictures were decoded by the library: expected at least 150", equal)
	}
}

func TestDamaged(t *testing.T) {
	lib, err := turbojpeg.Find()
	if err != nil {
		t.Skipf("skipped: %v", err)
	}
	d, err := lib.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.RGB(make([]byte, 3), []byte("no JPEG"), 1, 1); err == nil {
		t.Error("no error")
	}
	if err := d.RGB(make([]byte, 4), []byte{0xff, 0xd8}, 1, 1); err == nil {
		t.Error("no error about the buffer's size")
	}
}
