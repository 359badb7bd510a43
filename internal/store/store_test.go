package store

import (
	"bytes"
	"database/sql"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/segmetry/segmetry/internal/record"
)

func columns() record.Columns {
	return record.Columns{Losses: []string{"ce"}, Means: []string{"mIoU", "miou", "index"}, PerClass: []string{"IoU", `a "b"`}, Classes: []string{"back", "cell"}, Gradients: []string{"gradient.ce.l1"}}
}

// rowOf is a row in which every field is set, and figures are as odd as they get.
func rowOf(index int) *record.Row {
	r := &record.Record{Index: index, Image: "a/ü'\".png", Status: record.OK, Error: "3 of 4 pixels", Width: 4, Height: 2, ValidPixels: 8, NaNPixels: 3, Brightness: 99.5,
		Losses: []float64{math.NaN()}, Means: []float64{0.1, math.Inf(1), 1 / 3.}, Gradients: []float64{1e-300}, PerClass: [][]float64{{0.5, math.NaN()}, {1, 2}},
		Confusion: []int64{3, 0, 1, 4}, ExactPixels: 5, Stages: [4]time.Duration{1, 2, 3, 4}, Parity: &record.Parity{MarginMedian: 1, ReferenceLosses: []float64{2}}, Reference: 7,
		Input: [2]int{8, 9}, WarmUp: true, Runtime: true}
	return &record.Row{Record: r, Digests: [2][32]byte{{1, 2}, {255}}, LabelHash: 1 << 63, Oriented: true,
		States: []record.State{{Counts: []int64{1, -1, 1 << 60, 0}}, {Sums: []float64{0, math.Copysign(0, -1), 0.1, math.Inf(-1)}}}, LossState: []float64{1, 2.5}}
}

func failed(index int) *record.Row {
	return &record.Row{Record: &record.Record{Index: index, Image: "bad.png", Status: record.Failed, Error: "damaged"}}
}

// text makes rows comparable: NaN is no value that equals itself.
func text(t *testing.T, r *record.Row) string {
	t.Helper()
	i, times := imageOf(r)
	blob, err := newPacker().pack([]any{i, times, r.Thumbnail})
	if err != nil {
		t.Fatal(err)
	}
	return string(blob)
}

func rowsOf(t *testing.T, s *Store) (list []*record.Row) {
	t.Helper()
	for r, err := range s.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

func begin(t *testing.T, dir string) *Journal {
	t.Helper()
	j, err := Begin(dir, Header{Version: "1", Config: "a: b\n", Columns: columns(), Keys: []string{"confusion"}, Shard: "1/2"})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// finished writes rows into a finished store, whose bytes it returns. commits says how often transactions end.
func finished(t *testing.T, commits int) (dir string, content []byte) {
	t.Helper()
	dir = t.TempDir()
	j := begin(t, dir)
	defer j.Close()
	thumbnails := []record.Thumbnail{{Index: 2, Image: "x", Score: 0.25, Picture: []byte{1, 2, 3}}}
	j.Worst = func() []record.Thumbnail { return thumbnails[:min(j.rows, 1)] }
	for i := range 5 {
		row := rowOf(i)
		if i == 3 {
			row = failed(i)
		}
		if err := j.Append(row); err != nil {
			t.Fatal(err)
		}
		if i%commits == 0 {
			if err := j.Commit(); err != nil {
				t.Fatal(err)
			}
		}
	}
	path := filepath.Join(dir, Name)
	if err := j.Write(path, true, thumbnails); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return dir, content
}

// TestWhatIsWrittenIsRead: every field of a row comes back, the times from the journal alone.
func TestWhatIsWrittenIsRead(t *testing.T) {
	row := rowOf(0)
	for v, k := reflect.ValueOf(*row.Record), 0; k < v.NumField(); k++ {
		if name := v.Type().Field(k).Name; v.Field(k).IsZero() && name != "Index" && name != "LabelCounts" {
			t.Errorf("this test leaves Record.%s out", name)
		}
	}
	dir, _ := finished(t, 1)
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := rowsOf(t, s)
	if len(got) != 5 {
		t.Fatalf("%d rows", len(got))
	}
	for i, r := range got {
		want := rowOf(i)
		if i == 3 {
			want = failed(i)
		}
		want.Stages, want.Reference, want.WarmUp = [4]time.Duration{}, 0, false
		if i == 2 {
			want.Thumbnail = &record.Thumbnail{Index: 2, Image: "x", Score: 0.25, Picture: []byte{1, 2, 3}}
		}
		if text(t, r) != text(t, want) {
			t.Errorf("row %d: %+v, want %+v", i, r, want)
		}
	}
	if h := s.Header; !h.Complete || h.Schema != Schema || h.Config != "a: b\n" || h.Shard != "1/2" || !reflect.DeepEqual(h.Columns, columns()) {
		t.Errorf("header %+v", h)
	}
	j, err := Continue(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if list := rowsOf(t, j.Store); len(list) != 5 || list[1].Stages != [4]time.Duration{1, 2, 3, 4} || !list[1].WarmUp || list[1].Reference != 7 {
		t.Errorf("the journal lacks times: %+v", list[1])
	}
}

// TestBytes: when transactions end, and what is removed meanwhile, leaves no trace in the finished store.
func TestBytes(t *testing.T) {
	_, want := finished(t, 1)
	for _, commits := range []int{2, 100} {
		if _, got := finished(t, commits); !bytes.Equal(got, want) {
			t.Errorf("other bytes where every %d rows are a transaction", commits)
		}
	}
}

// TestPrefix: what was committed is there after the file was left as it was, and rows can be appended to it.
func TestPrefix(t *testing.T) {
	dir := t.TempDir()
	j := begin(t, dir)
	for i := range 3 {
		if err := j.Append(rowOf(i)); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			if err := j.Commit(); err != nil {
				t.Fatal(err)
			}
		}
	}
	left := t.TempDir() // as a kill leaves the files
	if err := os.CopyFS(left, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := Continue(dir); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a journal that is being written is opened: %v", err)
	}
	j.Close()
	again, err := Continue(left)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if again.Len() != 2 || len(rowsOf(t, again.Store)) != 2 {
		t.Errorf("%d rows, want 2", again.Len())
	}
	if err := again.Append(rowOf(2)); err != nil {
		t.Error(err)
	}
	if _, err := Open(left); err == nil || !strings.Contains(err.Error(), "--resume") {
		t.Errorf("a run that did not end: %v", err)
	}
}

// TestCut: rows that are dropped and appended again leave the bytes of rows that stayed.
func TestCut(t *testing.T) {
	_, want := finished(t, 1)
	for _, n := range []int{0, 1, 2, 3, 5, 9} {
		dir := t.TempDir()
		j := begin(t, dir)
		thumbnails := []record.Thumbnail{{Index: 2, Image: "x", Score: 0.25, Picture: []byte{1, 2, 3}}}
		j.Worst = func() []record.Thumbnail { return thumbnails }
		for k, cut := 0, false; k < 5; k++ {
			row := rowOf(k)
			if k == 3 {
				row = failed(k)
			}
			if err := j.Append(row); err != nil {
				t.Fatal(err)
			}
			if k == 4 && !cut {
				if err := j.Cut(n); err != nil {
					t.Fatal(err)
				}
				if j.Len() != min(n, 5) || len(rowsOf(t, j.Store)) != min(n, 5) || (len(j.kept) == 1) != (n > 2) {
					t.Errorf("%d rows and %d thumbnails after a cut to %d", j.Len(), len(j.kept), n)
				}
				k, cut = min(n, 5)-1, true
			}
		}
		path := filepath.Join(dir, Name)
		if err := j.Write(path, true, thumbnails); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("other bytes after a cut to %d: %v", n, err)
		}
		j.Close()
	}
}

// TestRefused: what is no store of this version is refused by name.
func TestRefused(t *testing.T) {
	dir, content := finished(t, 1)
	path := filepath.Join(dir, Name)
	change := func(statement string) func(t *testing.T) {
		return func(t *testing.T) {
			db, err := sql.Open("sqlite", path)
			if err == nil {
				_, err = db.Exec(statement)
			}
			if err != nil {
				t.Fatal(err)
			}
			db.Close()
		}
	}
	write := func(b []byte) func(t *testing.T) {
		return func(t *testing.T) {
			if err := os.WriteFile(path, b, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name, say string
		spoil     func(t *testing.T)
	}{
		{"a later schema", "schema 99", change("PRAGMA user_version = 99")},
		{"another application", "no statistics store", change("PRAGMA application_id = 7")},
		{"no SQLite", "damaged", write([]byte(strings.Repeat("no database ", 500)))},
		{"nothing in it", "no statistics store", write(nil)},
		{"cut off", "damaged", write(content[:len(content)/2])},
		{"a header that is no JSON", "run.columns", change("UPDATE run SET value = '{' WHERE key = 'columns'")},
		{"no header", "no classes", change("DELETE FROM run")},
		{"a blob that is none", "image 1", change(`UPDATE states SET data = x'00' WHERE "index" = 1`)},
		{"an index that is another", "image 9", change(`UPDATE states SET "index" = 9 WHERE "index" = 4`)},
	} {
		t.Run(c.name, func(t *testing.T) {
			write(content)(t)
			c.spoil(t)
			s, err := Open(dir)
			if err == nil {
				defer s.Close()
				for _, e := range s.Rows() {
					err = e
				}
			}
			if err == nil || !strings.Contains(err.Error(), c.say) || !strings.Contains(err.Error(), "statistics") {
				t.Errorf("%v, expected it to say %q", err, c.say)
			}
		})
	}
	old := t.TempDir()
	if err := os.WriteFile(filepath.Join(old, "summary.json"), []byte("{}"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(old); err == nil || !strings.Contains(err.Error(), "earlier version") {
		t.Errorf("a folder of an earlier version: %v", err)
	}
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "expected the folder of a run") {
		t.Errorf("an empty folder: %v", err)
	}
}
