package report

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// TestReadBack: what Folder writes, Run reads.
func TestReadBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	fill(t, dir, false)
	r, err := OpenRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if !slices.Equal(r.Names(), []string{"loss.ce", "mIoU"}) || !slices.Equal(r.Classes, columns().Classes) || r.Model.Name != "m.onnx" || r.Counts.OK != 3 || r.HasPredictions() {
		t.Errorf("%+v %v", r, r.Names())
	}
	for i := range 4 {
		got, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		want := result(i)
		if i == 3 {
			want = &record.Record{Image: "bad.png", Status: record.Failed}
		}
		if got.Name != want.Image || got.Status != want.Status || got.Width != want.Width || got.Height != want.Height || got.ValidPixels != want.ValidPixels || i < 3 && !slices.Equal(got.Figures, []float64{want.Losses[0], want.Means[0]}) {
			t.Errorf("image %d: %+v, want %+v", i, got, want)
		}
	}
	if last, err := r.Next(); last != nil || err != nil {
		t.Errorf("after the last image: %v %v", last, err)
	}
	figures, err := r.Figures()
	if err != nil || len(figures) == 0 || figures[0].Name != "mIoU" || figures[0].Value != 1./3 {
		t.Errorf("%v %v", figures, err)
	}
}

// FuzzOpenRun: damaged run folders are errors of a kind, never a panic.
func FuzzOpenRun(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "run")
	file, err := Create(Options{Out: dir}, columns(), false)
	if err != nil {
		f.Fatal(err)
	}
	for i := range 3 {
		if err := file.Add(result(i)); err != nil {
			f.Fatal(err)
		}
	}
	if err := file.Finish(summary(), &record.Manifest{}, nil, nil); err != nil {
		f.Fatal(err)
	}
	var seed [3][]byte
	names := []string{"summary.json", "images.csv", "summary.csv"}
	for i, name := range names {
		if seed[i], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(seed[0], seed[1], seed[2])
	f.Add([]byte(`{"schema":1,"classes":["a"],"confusion":[[1]]}`), []byte("image,status,error,width,height,valid_pixels,mIoU\na,ok,,1,1,1,x\n"), []byte("metric,class\n"))
	f.Fuzz(func(t *testing.T, summary, images, figures []byte) {
		dir := t.TempDir()
		for i, text := range [][]byte{summary, images, figures} {
			if err := os.WriteFile(filepath.Join(dir, names[i]), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r, err := OpenRun(dir)
		if err != nil {
			if k := fault.KindOf(err); k != fault.Usage && k != fault.Data {
				t.Errorf("kind %v: %v", k, err)
			}
			return
		}
		defer r.Close()
		for {
			i, err := r.Next()
			if err != nil || i == nil {
				break
			}
			if i.Status == record.OK && len(i.Figures) != len(r.Names()) {
				t.Errorf("%d figures of %d names", len(i.Figures), len(r.Names()))
			}
		}
		_, _ = r.Figures() // no panic is all that is asked
	})
}
