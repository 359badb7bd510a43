package preflight

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestOutputsTakeRoom(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "runs", "first")
	small := Outputs{Folder: folder, Items: 10, CSV: 600, Stored: 2000, Thumbnails: 30}
	s := small.Space()
	if want := int64(reportBytes + 10*(600+2*2000) + 10*thumbnailBytes); s.Needed != want || s.Least != want {
		t.Errorf("%+v, want %d bytes", s, want)
	}
	if s.Free < 0 {
		t.Skip("skipped: what is free is not known on this system")
	}
	if f := s.Findings(); f != nil || !strings.Contains(s.String(), "about 3.6 MiB needed") {
		t.Errorf("%s: %+v", s, f)
	}
	large := small
	large.Items, large.Pixels, large.Predictions = 1<<40, 1<<20, true
	f := large.Space().Findings()
	if len(f) != 1 || f[0].Level != Error || f[0].Check != "disk" || !strings.Contains(f[0].Found, "at most") || !strings.Contains(f[0].Do, "report.out") {
		t.Errorf("%+v", f)
	}
	large.CSV, large.Stored = 0, 0 // the label maps alone are too large, if they do not compress
	if f := large.Space().Findings(); len(f) != 1 || f[0].Level != Warning {
		t.Errorf("%+v", f)
	}
}

func TestCacheTakesRoom(t *testing.T) {
	folder := t.TempDir()
	for name, c := range map[string]struct {
		limit int64
		seen  Seen
		want  int64
	}{
		"all of it":        {1 << 30, Seen{Items: 4, Of: 100, Bytes: 4000}, 100000},
		"up to its size":   {50000, Seen{Items: 4, Of: 100, Bytes: 4000}, 50000},
		"nothing was seen": {1 << 30, Seen{}, 1 << 30},
	} {
		if s := CacheSpace(folder, c.limit, c.seen); s.Needed != c.want || s.Least != 0 {
			t.Errorf("%s: %+v, want %d bytes", name, s, c.want)
		}
	}
}
