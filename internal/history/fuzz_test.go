package history

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/segmetry/segmetry/internal/fault"
)

// FuzzFolder: the files of a run folder, as history add reads them.
func FuzzFolder(f *testing.F) {
	f.Add([]byte(`{"schema": 1, "counts": {"images": 12, "ok": 11}, "classes": ["a"], "metrics": {"mIoU": {"value": 0.5}}, "model": {"name": "n"}, "dataset": {"digest": "d"}}`),
		[]byte(`{"schema": 1, "started": "2026-11-01T08:00:00.5Z", "stages": {"inference": {"p50_ms": 1}}}`), []byte("metric,class,value,ci_low,ci_high,n_valid,status\nmIoU,,0.5,,,2,ok\n"))
	f.Add([]byte(`{}`), []byte(`[]`), []byte("metric\n\"\n"))
	f.Fuzz(func(t *testing.T, summary, manifest, figures []byte) {
		dir := t.TempDir()
		for name, text := range map[string][]byte{"summary.json": summary, "manifest.json": manifest, "summary.csv": figures, "config.yaml": []byte("model: {}\n")} {
			if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := FromFolder(dir); err != nil && fault.KindOf(err) == fault.Runtime {
			t.Errorf("an error of neither data nor usage: %v", err)
		}
	})
}

// FuzzOpen: a history of any bytes. Only what begins as an SQLite file does is looked into.
func FuzzOpen(f *testing.F) {
	dir := f.TempDir()
	path := filepath.Join(dir, "h.db")
	db, err := Create(f.Context(), path)
	if err != nil {
		f.Fatal(err)
	}
	started := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	if _, err := db.Add(f.Context(), &Run{Folder: filepath.Join(dir, "a"), Started: started, Figures: []Figure{{Metric: "mIoU", Value: .5}}, Tags: []string{"x"}}); err != nil {
		f.Fatal(err)
	}
	db.Close()
	seed, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add(seed[:len(seed)/2])
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "h.db")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := Open(t.Context(), path)
		if err == nil {
			_, err = db.List(t.Context(), Filter{})
			db.Close()
		}
		if err != nil && fault.KindOf(err) == fault.Runtime {
			t.Errorf("an error of neither data nor usage: %v", err)
		}
	})
}
