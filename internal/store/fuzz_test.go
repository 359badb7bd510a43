package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// FuzzOpen: a damaged statistics store is an error of data, whatever page of it is damaged.
func FuzzOpen(f *testing.F) {
	dir := f.TempDir()
	j, err := Begin(dir, Header{Version: "1", Config: "a: b\n", Columns: columns(), Keys: []string{"confusion"}})
	if err != nil {
		f.Fatal(err)
	}
	for i := range 2 {
		if err := j.Append(rowOf(i)); err != nil {
			f.Fatal(err)
		}
	}
	if err := errors.Join(j.Write(filepath.Join(dir, Name), true, nil), j.Close()); err != nil {
		f.Fatal(err)
	}
	seed, err := os.ReadFile(filepath.Join(dir, Name))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add(seed[:len(seed)/2])
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(Name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, Name), content, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir)
		if err != nil {
			if fault.KindOf(err) == fault.Runtime {
				t.Errorf("an error of neither data nor usage: %v", err)
			}
			return
		}
		defer s.Close()
		for _, err := range s.Rows() {
			if err != nil && fault.KindOf(err) != fault.Data {
				t.Errorf("no error of data: %v", err)
			}
		}
		_ = s.Names(func(int, string) {})
	})
}

// FuzzUnpack: a blob of any bytes.
func FuzzUnpack(f *testing.F) {
	i, times := imageOf(rowOf(1))
	p := newPacker()
	for _, value := range []any{i, times, record.Thumbnail{}} {
		blob, err := p.pack(value)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append([]byte(nil), blob...))
	}
	f.Fuzz(func(_ *testing.T, blob []byte) {
		u := newUnpacker()
		for _, to := range []any{new(image), new(record.Thumbnail)} {
			_ = u.unpack(blob, to) // errors are expected, crashes are not
		}
	})
}
