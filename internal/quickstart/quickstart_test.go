package quickstart

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// TestCommittedPictures renders every scene again and compares it with the committed files, pixel by pixel.
func TestCommittedPictures(t *testing.T) {
	folder := filepath.Join("..", "..", "testdata", "quickstart")
	for index := range Count {
		s := Render(index)
		for sub, want := range map[string]image.Image{"images": s.Picture(), "masks": s.Mask()} {
			file := filepath.Join(folder, sub, Name(index))
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := png.Decode(f)
			if err != nil || f.Close() != nil {
				t.Fatal(file, err)
			}
			if got.Bounds() != want.Bounds() {
				t.Fatalf("%s is %v, rendered %v", file, got.Bounds(), want.Bounds())
			}
			for y := range s.Height {
				for x := range s.Width {
					r, _, _, _ := got.At(x, y).RGBA()
					if w, _, _, _ := want.At(x, y).RGBA(); r != w {
						t.Fatalf("%s at (%d,%d) is %d, rendered %d: go run ./internal/quickstart/cmd testdata/quickstart", file, x, y, r>>8, w>>8)
					}
				}
			}
		}
	}
}

func TestScenesHaveEveryClass(t *testing.T) {
	for index := range Count {
		var seen [3]int
		for _, c := range Render(index).Class {
			seen[c]++
		}
		if seen[Background] == 0 || seen[Interior] == 0 || seen[Border] == 0 {
			t.Errorf("scene %d: %v pixels by class", index, seen)
		}
	}
}

func TestWriteAll(t *testing.T) {
	dir := t.TempDir()
	if err := WriteAll(dir); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*", "cell-*.png"))
	if len(files) != 2*Count {
		t.Errorf("%d files", len(files))
	}
	if err := WriteAll(filepath.Join(dir, "images", Name(0))); err == nil {
		t.Error("a folder below a file was written")
	}
}
