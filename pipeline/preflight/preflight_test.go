package preflight

import (
	"errors"
	"image"
	"image/png"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/dataset"
)

// listed is a source of items with their errors.
type listed []struct {
	item dataset.Item
	err  error
}

func (l listed) Classes() []string { return []string{"a", "b"} }

func (l listed) Items() iter.Seq2[dataset.Item, error] {
	return func(yield func(dataset.Item, error) bool) {
		for _, x := range l {
			if !yield(x.item, x.err) {
				return
			}
		}
	}
}

func picture(t *testing.T, width, height int) dataset.Item {
	t.Helper()
	path := filepath.Join(t.TempDir(), "p.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return dataset.Item{Name: "p.png", Image: dataset.File(path)}
}

func TestList(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.png")
	if err := os.WriteFile(text, []byte("no picture at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	source := listed{{picture(t, 8, 5), nil}, {picture(t, 30, 20), nil}, {picture(t, 4, 4), nil},
		{dataset.Item{Name: "x.png"}, errors.New("x.png has no mask")}, {dataset.Item{Name: "text.png", Image: dataset.File(text)}, nil}}
	l, err := List(t.Context(), source, 0)
	if err != nil {
		t.Fatal(err)
	}
	if l.Items != 5 || l.Sized != 3 || l.Smallest != [2]int{4, 4} || l.Largest != [2]int{20, 30} || l.Biggest.Image != source[1].item.Image {
		t.Errorf("%+v", l)
	}
	if len(l.Findings) != 2 || !strings.Contains(l.Findings[0].Found, "has no mask") || !strings.Contains(l.Findings[1].Found, "not a picture") {
		t.Errorf("%+v", l.Findings)
	}
	if l, err = List(t.Context(), source, 1); err != nil || l.Sized != 1 || l.Items != 5 {
		t.Errorf("a sample of one: %+v, %v", l, err)
	}
	if _, err := List(t.Context(), listed{{dataset.Item{}, errors.New("no folder")}}, 0); err == nil {
		t.Error("a dataset that cannot be listed was listed")
	}
	var many listed
	for range maxFindings + 7 {
		many = append(many, source[3])
	}
	if l, err = List(t.Context(), many, 0); err != nil || len(l.Findings) != 1 || l.Findings[0].Count != maxFindings+7 {
		t.Errorf("%+v, %v", l.Findings, err)
	}
}

func TestFit(t *testing.T) {
	m := &Memory{Base: 100 << 20, PerWorker: 50 << 20, Workers: 4, Image: "a.png", Size: [2]int{3, 4}}
	for limit, want := range map[int64]int{1 << 40: 4, 300 << 20: 4, 299 << 20: 3, 150 << 20: 1} {
		if n, err := m.Fit(limit); err != nil || n != want {
			t.Errorf("%d MiB: %d workers, %v; want %d", limit>>20, n, err, want)
		}
	}
	if _, err := m.Fit(149 << 20); err == nil || !strings.Contains(err.Error(), "a.png of 4×3 pixels takes about 150 MiB") {
		t.Error(err)
	}
}
