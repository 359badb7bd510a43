package history

import (
	"database/sql"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmetry/segmetry/internal/fault"
)

// runFolder writes what a history reads of a run folder.
func runFolder(t *testing.T, dir string, day int, miou float64) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"summary.json": fmt.Sprintf(`{"schema": 1, "counts": {"images": 12, "ok": 11}, "classes": ["a", "b"], "metrics": {"mIoU": {"value": %g}},
			"model": {"name": "net%d.onnx", "sha256": "abc%d"}, "dataset": {"name": "cells", "digest": "d1"}}`, miou, day, day),
		"summary.csv":   fmt.Sprintf("metric,class,value,ci_low,ci_high,n_valid,status\nmIoU,,%g,%g,%g,2,ok\nIoU,a,0.5,,,1,ok\nIoU,\"b,\nc\",,,,0,absent\nloss.ce,,0.25,0.2,0.3,11,ok\n", miou, miou-.01, miou+.01),
		"manifest.json": fmt.Sprintf(`{"schema": 1, "started": "2026-11-%02dT08:00:00.5Z", "images_per_s": 7, "peak_rss_bytes": 1000, "versions": {"segmetry": "1.0"}, "stages": {"inference": {"p50_ms": 1, "p95_ms": 2, "p99_ms": 3}}}`, day),
		"config.yaml":   "model: {}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func create(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Create(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func add(t *testing.T, db *DB, dir string, tags ...string) *Run {
	t.Helper()
	r, err := FromFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	r.Tags = tags
	if r.ID, err = db.Add(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return r
}

// same compares runs, NaN being equal to NaN.
func same(a, b *Run) bool {
	return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b)
}

func TestAddAndList(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a folder? with #100% odd names")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	db := create(t, filepath.Join(dir, "h.db"))
	var runs []*Run
	for day := 1; day <= 4; day++ {
		runs = append(runs, add(t, db, runFolder(t, filepath.Join(dir, "runs", fmt.Sprint(day)), day, .6+float64(day)/100), []string{"nightly", fmt.Sprintf("day%d", day)}...))
	}
	if r := runs[0]; len(r.Figures) != 9 || r.Figures[2].Class != "b,\nc" || !math.IsNaN(r.Figures[2].Value) || r.Scored != 11 || r.Started.Nanosecond() != 5e8 {
		t.Errorf("read from the folder: %+v", r)
	}
	slices.Sort(runs[0].Tags)
	list, err := db.List(t.Context(), Filter{})
	if err != nil || len(list) != 4 {
		t.Fatal(list, err)
	}
	for i, r := range list {
		want := runs[3-i]
		slices.Sort(want.Tags)
		if !same(r, want) {
			t.Errorf("run %d is\n%+v, want\n%+v", r.ID, r, want)
		}
	}
	for name, c := range map[string]struct {
		filter Filter
		want   []int64
	}{
		"the newest":           {Filter{Limit: 2}, []int64{4, 3}},
		"a tag":                {Filter{Tag: "day2"}, []int64{2}},
		"since":                {Filter{Since: time.Date(2026, 11, 3, 8, 0, 0, 5e8, time.UTC)}, []int64{4, 3}},
		"just later":           {Filter{Since: time.Date(2026, 11, 3, 8, 0, 0, 5e8+1, time.UTC)}, []int64{4}},
		"a model's name":       {Filter{Model: "NET3"}, []int64{3}},
		"a digest":             {Filter{Model: "ABC1"}, []int64{1}},
		"all together":         {Filter{Model: "net", Tag: "nightly", Limit: 1}, []int64{4}},
		"nothing":              {Filter{Tag: "day%"}, nil},
		"text is no statement": {Filter{Tag: "' OR 1=1 --"}, nil},
	} {
		list, err := db.List(t.Context(), c.filter)
		var ids []int64
		for _, r := range list {
			ids = append(ids, r.ID)
		}
		if err != nil || !reflect.DeepEqual(ids, c.want) {
			t.Errorf("%s: runs %v, want %v: %v", name, ids, c.want, err)
		}
	}
	list, err = db.List(t.Context(), Filter{Metrics: []string{"IoU[*]", "loss.ce"}, Limit: 1})
	if err != nil || len(list[0].Figures) != 3 || list[0].Figures[2].Name() != "loss.ce" || list[0].Figures[1].Name() != "IoU[b,\nc]" {
		t.Errorf("the chosen figures: %+v, %v", list, err)
	}
	again := add(t, db, runs[1].Folder, "seen-twice")
	if list, err = db.List(t.Context(), Filter{Tag: "seen-twice"}); again.ID != 2 || err != nil || len(list) != 1 || len(list[0].Tags) != 3 {
		t.Errorf("added again it is run %d: %+v, %v", again.ID, list, err)
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		name, pattern string
		want          bool
	}{{"mIoU", "mIoU", true}, {"mIoU", "IoU", false}, {"IoU[a]", "IoU[*]", true}, {"IoU[a*b]", "IoU[a*b]", true}, {"IoU", "IoU[*]", false}, {"loss.ce.pooled", "loss.*.pooled", true},
		{"loss.ce", "loss.*.pooled", false}, {"aXbXc", "a*b*c", true}, {"ab", "a*b*b", false}, {"x", "*", true}} {
		if got := Matches(c.name, []string{"never", c.pattern}); got != c.want {
			t.Errorf("%s matches %s: %v", c.name, c.pattern, got)
		}
	}
}

func TestResolve(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "h.db")
	db := create(t, path)
	var runs []*Run
	for day := 1; day <= 3; day++ {
		runs = append(runs, add(t, db, runFolder(t, filepath.Join(dir, fmt.Sprint("r", day)), day, .7), "nightly"))
	}
	outside := runFolder(t, filepath.Join(t.TempDir(), "r"), 4, .7)
	add(t, db, outside, "far")
	if _, err := Resolve(t.Context(), "db:last-released", path); err == nil || !strings.Contains(err.Error(), "--release") {
		t.Errorf("nothing released: %v", err)
	}
	for i, release := range []string{"v1", "v2", "v1"} { // v1 moves from run 1 to run 3, which is then the last
		before, err := db.Release(t.Context(), runs[i], release)
		if err != nil || before != []int64{0, 0, 1}[i] {
			t.Errorf("%s was %d before: %v", release, before, err)
		}
	}
	for name, want := range map[string]string{"last": outside, "far": outside, "last-released": runs[2].Folder, "v2": runs[1].Folder, "v1": runs[2].Folder, "nightly": runs[2].Folder, "2": runs[1].Folder,
		filepath.Join(dir, "r1"): runs[0].Folder} {
		if got, err := Resolve(t.Context(), "db:"+name, path); err != nil || got != want {
			t.Errorf("db:%s is %s, want %s: %v", name, got, want, err)
		}
	}
	moved := filepath.Join(t.TempDir(), "moved") // file and folders together
	db.Close()
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(moved, "h.db")
	if got, err := Resolve(t.Context(), "db:v2", path); err != nil || got != filepath.Join(moved, "r2") {
		t.Errorf("moved, db:v2 is %s: %v", got, err)
	}
	runFolder(t, filepath.Join(moved, "r2"), 9, .1)
	for name, say := range map[string]string{"db:v2": "written anew", "db:nobody": "no run \"nobody\"", "db:99999999999999999999": "no run", "db:": "no run", "v2": "expected db:NAME"} {
		if _, err := Resolve(t.Context(), name, path); err == nil || fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), say) {
			t.Errorf("%s: %v does not say %q", name, err, say)
		}
	}
	if _, err := Resolve(t.Context(), "db:last", ""); err == nil || !strings.Contains(err.Error(), "--history") {
		t.Error(err)
	}
	if err := os.RemoveAll(filepath.Join(moved, "r3")); err != nil {
		t.Fatal(err)
	}
	h, err := create(t, path).Check(t.Context())
	if err != nil || len(h.Problems) != 0 || len(h.Gone) != 2 || h.Runs != 4 || h.Figures != 36 || h.Schema != len(steps) {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestTags(t *testing.T) {
	dir := t.TempDir()
	db := create(t, filepath.Join(dir, "h.db"))
	r := add(t, db, runFolder(t, filepath.Join(dir, "r"), 1, .7), "old")
	if err := db.Tag(t.Context(), r, []string{"new", "branch=main"}, []string{"old"}); err != nil {
		t.Fatal(err)
	}
	if list, err := db.List(t.Context(), Filter{}); err != nil || !slices.Equal(list[0].Tags, []string{"branch=main", "new"}) {
		t.Errorf("%+v, %v", list[0], err)
	}
	for name, c := range map[string]struct{ add, remove []string }{"a number": {[]string{"x", "17"}, nil}, "a word": {[]string{"last-released"}, nil}, "a blank": {[]string{"a b"}, nil},
		"not there": {[]string{"x"}, []string{"nobody"}}, "empty": {[]string{""}, nil}} {
		if err := db.Tag(t.Context(), r, c.add, c.remove); err == nil || fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := db.List(t.Context(), Filter{}); err != nil || len(list[0].Tags) != 2 { // what failed was undone
		t.Errorf("%+v, %v", list[0], err)
	}
}

// versionOne is a file of schema 1 as it was written by hand: the statements are not those of the program.
const versionOne = `
CREATE TABLE run (id INTEGER PRIMARY KEY, started TEXT NOT NULL, folder TEXT NOT NULL, model TEXT NOT NULL, model_sha256 TEXT NOT NULL, dataset TEXT NOT NULL, dataset_digest TEXT NOT NULL,
	config_sha256 TEXT NOT NULL, summary_sha256 TEXT NOT NULL, images INTEGER NOT NULL, scored INTEGER NOT NULL, version TEXT NOT NULL, revision TEXT NOT NULL, UNIQUE (started, summary_sha256));
CREATE TABLE name (id INTEGER PRIMARY KEY, metric TEXT NOT NULL, class TEXT NOT NULL, UNIQUE (metric, class));
CREATE TABLE figure (name INTEGER NOT NULL REFERENCES name(id), run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, place INTEGER NOT NULL, value REAL, low REAL, high REAL, PRIMARY KEY (name, run)) WITHOUT ROWID;
CREATE INDEX figure_run ON figure (run);
CREATE TABLE tag (run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, name TEXT NOT NULL, PRIMARY KEY (run, name)) WITHOUT ROWID;
CREATE INDEX tag_name ON tag (name);
INSERT INTO run VALUES (7, '2025-01-02T03:04:05.000000000Z', 'old', 'm.onnx', 'aa', 'cells', 'dd', 'cc', 'ss', 3, 3, '0.0', 'f00');
INSERT INTO name VALUES (1, 'mIoU', '');
INSERT INTO figure VALUES (1, 7, 0, 0.5, 0.4, NULL);
INSERT INTO tag VALUES (7, 'kept');
PRAGMA application_id = 1399287156;
PRAGMA user_version = 1;`

func TestMigrate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "h.db")
	statements(t, path, versionOne)
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	list, err := db.List(t.Context(), Filter{})
	want := &Run{ID: 7, Started: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC), Folder: filepath.Join(dir, "old"), Model: "m.onnx", ModelSHA256: "aa", Dataset: "cells", DatasetDigest: "dd",
		ConfigSHA256: "cc", SummarySHA256: "ss", Images: 3, Scored: 3, Version: "0.0", Revision: "f00", Tags: []string{"kept"}, Figures: []Figure{{"mIoU", "", .5, .4, math.NaN()}}}
	if err != nil || len(list) != 1 || !same(list[0], want) {
		t.Errorf("%+v, want %+v: %v", list, want, err)
	}
	r := add(t, db, runFolder(t, filepath.Join(dir, "r"), 1, .7))
	if _, err := db.Release(t.Context(), r, "v1"); err != nil || r.ID != 8 {
		t.Errorf("run %d: %v", r.ID, err)
	}
	if h, err := db.Check(t.Context()); err != nil || h.Schema != 2 || len(h.Problems) != 0 || h.Runs != 2 {
		t.Errorf("%+v, %v", h, err)
	}
}

func statements(t *testing.T, path, text string) {
	t.Helper()
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.Exec(text); err != nil {
		t.Fatal(err)
	}
}

func TestRefusedFiles(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.db")
	db := create(t, whole)
	for day := 1; day <= 20; day++ {
		add(t, db, runFolder(t, filepath.Join(dir, fmt.Sprint(day)), day, .7), "tag")
	}
	db.Close()
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	damaged := slices.Clone(text)
	for i := 4096; i < len(damaged); i++ {
		damaged[i] ^= 0x5a
	}
	for name, c := range map[string]struct {
		file func(path string)
		kind fault.Kind
		say  string
	}{
		"of a newer version": {func(p string) {
			statements(t, p, "CREATE TABLE x (y); PRAGMA application_id = 1399287156; PRAGMA user_version = 99")
		}, fault.Usage, "schema 99, of a newer version"},
		"of another program":     {func(p string) { statements(t, p, "CREATE TABLE x (y)") }, fault.Usage, "another program"},
		"no database":            {func(p string) { put(t, p, []byte(strings.Repeat("metric,class\n", 1000))) }, fault.Data, "is damaged, or no history"},
		"damaged pages":          {func(p string) { put(t, p, damaged) }, fault.Data, "damaged"},
		"cut in the middle":      {func(p string) { put(t, p, text[:len(text)/2]) }, fault.Data, "damaged"},
		"cut within the header":  {func(p string) { put(t, p, text[:60]) }, fault.Data, "damaged"},
		"another column":         {func(p string) { put(t, p, text); statements(t, p, "ALTER TABLE run RENAME COLUMN modified TO x") }, fault.Data, "damaged"},
		"a text for a number":    {func(p string) { put(t, p, text); statements(t, p, "UPDATE figure SET value = 'x'") }, fault.Data, "damaged"},
		"a folder":               {func(p string) { _ = os.Mkdir(p, 0o777) }, fault.Usage, "is a folder"},
		"a file that is missing": {func(string) {}, fault.Usage, "there is no history"},
	} {
		path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		c.file(path)
		err := readAll(t, path)
		if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.say) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v (kind %v) does not say %q", name, err, fault.KindOf(err), c.say)
		}
	}
	if _, err := Create(t.Context(), filepath.Join(whole, "folder.db")); err == nil || fault.KindOf(err) != fault.Usage {
		t.Errorf("a file for a folder: %v", err)
	}
}

func put(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// readAll opens, checks and lists a history.
func readAll(t *testing.T, path string) error {
	t.Helper()
	db, err := Open(t.Context(), path)
	if err != nil {
		return err
	}
	defer db.Close()
	h, err := db.Check(t.Context())
	if err == nil && len(h.Problems) > 0 {
		err = fault.Dataf("the history %s is damaged: %v", path, h.Problems)
	}
	if err == nil {
		_, err = db.List(t.Context(), Filter{})
	}
	return err
}

func TestRefusedFolders(t *testing.T) {
	for name, c := range map[string]struct {
		file, text string
		say        string
	}{
		"interrupted":     {"summary.json", `{"schema": 1, "partial": true}`, "interrupted"},
		"another schema":  {"summary.json", `{"schema": 3}`, "schema 3"},
		"no JSON":         {"summary.json", `{`, "summary.json"},
		"no time":         {"manifest.json", `{}`, "started"},
		"other columns":   {"summary.csv", "a,b\n1,2\n", "expected the columns"},
		"no number":       {"summary.csv", "metric,class,value,ci_low,ci_high\nmIoU,,many,,\n", "many"},
		"a short row":     {"summary.csv", "metric,class,value,ci_low,ci_high\nmIoU\n", "wrong number of fields"},
		"empty":           {"summary.csv", "", "summary.csv"},
		"without a file":  {"config.yaml", "", "no complete run folder"},
		"without figures": {"summary.csv", "\x00", "expected the columns"},
	} {
		dir := runFolder(t, t.TempDir(), 1, .7)
		put(t, filepath.Join(dir, c.file), []byte(c.text))
		if name == "without a file" {
			_ = os.Remove(filepath.Join(dir, c.file))
		}
		if _, err := FromFolder(dir); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v does not say %q", name, err, c.say)
		}
	}
}
