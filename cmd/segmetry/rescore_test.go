package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/record"
)

// tables are all rows of the tables of a run folder's statistics, but for thumbnails.
func tables(t *testing.T, folder string) map[string]string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "statistics", "statistics.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	found := map[string]string{}
	for table, order := range map[string]string{"run": "key", "classes": "class", "images": `"index"`, "class_values": `"index", class`, "states": `"index"`} {
		rows, err := db.Query("SELECT * FROM " + table + " ORDER BY " + order)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		fmt.Fprintln(&all, columns)
		for rows.Next() {
			values, places := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				places[i] = &values[i]
			}
			if err := rows.Scan(places...); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&all, "%#v\n", values)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		found[table] = all.String()
		rows.Close()
	}
	return found
}

// sameFigures compares everything but the thumbnails of two run folders.
func sameFigures(t *testing.T, want, got string) {
	t.Helper()
	files := []string{"images.csv", "summary.csv", "summary.json", "config.yaml"}
	for _, name := range []string{"slices.csv", "summary.md", "summary.tex"} {
		if !absent(filepath.Join(want, name)) {
			files = append(files, name)
		}
	}
	for _, name := range files {
		a, err1 := os.ReadFile(filepath.Join(want, name))
		b, err2 := os.ReadFile(filepath.Join(got, name))
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s has other bytes (%d and %d): %v %v\n%s", name, len(a), len(b), err1, err2, firstDifference(a, b))
		}
	}
	theirs := tables(t, got)
	for table, rows := range tables(t, want) {
		if theirs[table] != rows {
			t.Errorf("table %s differs:\n%s", table, firstDifference([]byte(rows), []byte(theirs[table])))
		}
	}
}

// firstDifference are the first lines in which two texts differ.
func firstDifference(a, b []byte) string {
	x, y := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d: want %.400s\nfound %.400s", i+1, x[i], y[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(x), len(y))
}

// runFolder runs, and returns the folder.
func runFolder(t *testing.T, args ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "run")
	if code, _, stderr := command(t, append([]string{"run", "--quiet", "--out", out}, args...)...); code != 0 && code != exitData {
		t.Fatalf("run %q: exit %d: %s", args, code, stderr)
	}
	return out
}

// rescoreCase is a run, and what is asked for of it afterwards.
type rescoreCase struct {
	name       string
	base, then []string
	whole      bool // the statistics have the same bytes, thumbnails and all
}

// TestRescore: the figures, tables and files of a run that is rescored are those of a run with that configuration.
func TestRescore(t *testing.T) {
	quickstart := []string{repository + "/configs/quickstart.yaml", "--limit", "9"}
	everything := append(quickstart[:3:3], "--metrics", "all", "--losses", "all", "--set", "report.gradients=true")
	table := filepath.Join(t.TempDir(), "m.csv")
	var csv strings.Builder
	csv.WriteString("image,ward\n")
	for i := range 24 {
		fmt.Fprintf(&csv, "cell-%02d.png,%d\n", i, i%3)
	}
	write(t, table, []byte(csv.String()))
	damaged := t.TempDir()
	if err := os.CopyFS(damaged, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(damaged, "images", "cell-02.png"), 99); err != nil {
		t.Fatal(err)
	}
	broken := []string{repository + "/configs/quickstart.yaml", "--limit", "5", "--images", filepath.Join(damaged, "images"), "--masks", filepath.Join(damaged, "masks")}
	for _, c := range []rescoreCase{
		{"nothing else", quickstart, nil, true},
		{"intervals", quickstart, []string{"--set", "score.bootstrap={resamples: 500, seed: 7, confidence: 0.9, method: percentile}"}, true},
		{"no intervals", quickstart, []string{"--set", "score.bootstrap.resamples=0"}, true},
		{"fewer metrics and losses, in another order", everything, []string{"--metrics", "hd95,kappa,ece,mIoU_p10,boundary_mIoU,Dice", "--losses", "lovasz_softmax,soft_dice,ce"}, true},
		{"metrics and losses that follow from what is there", quickstart, []string{"--metrics", "standard,mcc,mIoU_img_pairs", "--losses", "tversky,mcc,ce,dice_ce"}, true},
		{"no losses, no metrics", everything, []string{"--metrics", "none", "--losses", "none"}, false},
		{"a filter", everything, []string{"--filter", "cell-*[13579].png", "--limit", "3"}, false},
		{"slices, other systems, exports", quickstart, []string{"--slices", "size,brightness,class", "--compat", "all", "--export", "markdown,latex"}, true},
		{"slices and groups of metadata", quickstart, []string{"--slices", "column:ward", "--set", "dataset.metadata=" + table, "--set", "score.bootstrap.group=ward"}, true},
		{"other names of classes", quickstart, []string{"--classes", "ground,inside,edge"}, true},
		{"labels that may overlap", []string{regionsConfig, "--metrics", "all", "--losses", "all"}, []string{"--metrics", "exactMatch,hd95,mIoU", "--losses", "soft_iou,focal"}, true},
		{"images that cannot be scored", broken, []string{"--on-error", "skip", "--metrics", "mIoU"}, true},
	} {
		t.Run(c.name, func(t *testing.T) { holdRescored(t, c) })
	}
}

// holdRescored holds a rescored run against a run with that configuration.
func holdRescored(t *testing.T, c rescoreCase) {
	t.Helper()
	first, out := runFolder(t, c.base...), filepath.Join(t.TempDir(), "rescored")
	code, _, stderr := command(t, append([]string{"rescore", first, "--quiet", "--out", out}, c.then...)...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	fresh := runFolder(t, append(c.base[:len(c.base):len(c.base)], c.then...)...)
	if c.whole {
		sameFolder(t, fresh, out)
	}
	sameFigures(t, fresh, out)
	text, err := os.ReadFile(filepath.Join(out, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m record.Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	if f := m.RescoredFrom; f == nil || f.Run != first || f.Statistics != fileDigest(filepath.Join(first, "statistics", "statistics.db")) || f.Manifest == nil || len(f.Manifest.Stages) == 0 {
		t.Errorf("rescored from %+v", f)
	}
}
