package main

import (
	"bytes"
	"compress/flate"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/segmetry/segmetry/internal/record"
)

// tables are all rows of the tables of a run folder's statistics, but for thumbnails.
//
// hashed leaves the hashes of labels out, which do not follow under other classes.
func tables(t *testing.T, folder string, hashed bool) map[string]string {
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
			if !hashed {
				values = withoutHashes(t, table, columns, values)
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

// withoutHashes are the values of a row without the hash of its labels.
func withoutHashes(t *testing.T, table string, columns []string, values []any) []any {
	t.Helper()
	if at := slices.Index(columns, "label_hash"); at >= 0 {
		values[at] = nil
	}
	if table == "states" {
		blob, err := io.ReadAll(flate.NewReader(bytes.NewReader(values[1].([]byte))))
		if err != nil {
			t.Fatal(err)
		}
		var state map[string]any
		if err := cbor.Unmarshal(blob, &state); err != nil {
			t.Fatal(err)
		}
		delete(state, "LabelHash")
		values[1] = fmt.Sprint(state)
	}
	return values
}

// sameFigures compares everything but the thumbnails of two run folders.
func sameFigures(t *testing.T, want, got string, hashed bool) {
	t.Helper()
	files := []string{"images.csv", "summary.csv", "summary.json", "config.yaml"}
	for _, name := range []string{"slices.csv", "summary.md", "table.tex"} {
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
	theirs := tables(t, got, hashed)
	for table, rows := range tables(t, want, hashed) {
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
		{"means over some classes", everything, []string{"--score-classes", "border,interior", "--slices", "size", "--export", "markdown,latex"}, true},
		{"means over some labels that may overlap", []string{regionsConfig, "--metrics", "standard,mcc,mIoU_img_pairs"}, []string{"--score-classes", "border"}, true},
		{"means over all classes again", append(quickstart, "--set", "score.classes=[border]"), []string{"--set", "score.classes=[]"}, true},
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
	sameFigures(t, fresh, out, true)
	rescoredFrom(t, first, out)
}

// rescoredFrom holds a folder's manifest against the run that it was made of.
func rescoredFrom(t *testing.T, first, out string) {
	t.Helper()
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

// TestRescoreClasses: classes that are merged, ignored or numbered otherwise give the figures, tables and files of a run of
// the configuration that rescore writes; only hashes of labels and thumbnails do not follow.
func TestRescoreClasses(t *testing.T) {
	quickstart := quickstartAt(t)
	for _, c := range []rescoreCase{
		{"merged, what does not follow is left out", append(quickstart, "--metrics", "all,mIoU_p10,kappa", "--losses", "all", "--set", "report.gradients=true"), []string{"--merge", "cell=interior,border"}, false},
		{"ignored, with slices, systems and groups of images", append(quickstart, "--set", "score.bootstrap.resamples=300"), []string{"--ignore", "border", "--slices", "class,size", "--compat", "all", "--metrics", "standard,mcc"}, false},
		{"merged and ignored, with colours, into the first", append(quickstart, "--set", "dataset.palette=[[1,2,3],[4,5,6],[7,8,9]]"), []string{"--merge", "rest=border,background", "--ignore", "interior"}, false},
		{"by keys, numbered otherwise", quickstart, []string{"--classes", "edge,ground,inside", "--set", "dataset.label_map={0: 1, 1: 2, 2: 0}", "--set", "model.class_map={0: 1, 1: 2, 2: 0}"}, false},
		{"from classes that were mapped", append(quickstart, "--classes", "ground,cell", "--set", "dataset.label_map={2: 1}", "--set", "model.class_map={0: 0, default: 1}"), []string{"--ignore", "ground", "--losses", "none"}, false},
		{"means over some that were merged", quickstart, []string{"--merge", "cell=interior,border", "--score-classes", "cell", "--slices", "class"}, false},
		{"of some images", quickstart, []string{"--merge", "cell=interior,border", "--filter", "cell-*[13].png", "--limit", "2"}, false},
	} {
		t.Run(c.name, func(t *testing.T) { holdRelabelled(t, c) })
	}
}

// quickstartAt are arguments of a run whose paths are absolute, so that its config.yaml means the same everywhere.
func quickstartAt(t *testing.T) []string {
	t.Helper()
	root, err := filepath.Abs(data)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clip([]string{repository + "/configs/quickstart.yaml", "--limit", "7", "--model", filepath.Join(root, "models", "nuclei3_dyn_logits.onnx"),
		"--images", filepath.Join(root, "images"), "--masks", filepath.Join(root, "masks")})
}

// holdRelabelled holds a run that is rescored to other classes against a run of the configuration that this writes.
func holdRelabelled(t *testing.T, c rescoreCase) {
	t.Helper()
	first, out := runFolder(t, c.base...), filepath.Join(t.TempDir(), "rescored")
	code, _, stderr := command(t, append([]string{"rescore", first, "--quiet", "--out", out}, c.then...)...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	sameFigures(t, runFolder(t, filepath.Join(out, "config.yaml")), out, false)
	rescoredFrom(t, first, out)
}

// TestRescoreRealModels: the same on photographs and micrographs, for models that give logits, probabilities of one channel and
// labels, and one whose 21 classes are mapped to three.
func TestRescoreRealModels(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	root, err := filepath.Abs(filepath.Join(repository, "..", "shared", "material"))
	if err != nil {
		t.Fatal(err)
	}
	if absent(root) {
		t.Skip("skipped: no reference material beside the checkout")
	}
	of := func(folder, model string, more ...string) []string {
		return append([]string{"--images", filepath.Join(root, folder, "images"), "--masks", filepath.Join(root, folder, "masks"), "--model", filepath.Join(root, model),
			"--limit", "5", "--set", "score.bootstrap.resamples=200"}, more...)
	}
	nuclei := func(model string, more ...string) []string {
		return of("nuclei", filepath.Join("nuclei", "models", model), append([]string{"--classes", "background,interior,border"}, more...)...)
	}
	pets := append([]string{repository + "/configs/voc-cats-and-dogs.yaml"}, of("pets", filepath.Join("pets", "dicenet_s1.0_pascal_384x384.onnx"))...)
	for _, c := range []rescoreCase{
		{"logits", nuclei("nuclei3_dyn_logits.onnx", "--metrics", "all"), []string{"--metrics", "standard,hd95,ece", "--losses", "tversky,bce", "--filter", "*[02468acdef].png", "--limit", "2"}, false},
		{"labels", nuclei("nuclei3_256_u8_label_u8.onnx"), []string{"--metrics", "kappa,mIoU_p10"}, true},
		{"pets", pets, []string{"--losses", "focal", "--slices", "class,size"}, true},
	} {
		t.Run(c.name, func(t *testing.T) { holdRescored(t, c) })
	}
	for _, c := range []rescoreCase{
		{"logits, merged", nuclei("nuclei3_dyn_logits.onnx"), []string{"--merge", "cell=interior,border"}, false},
		{"labels, merged", nuclei("nuclei3_256_u8_label_u8.onnx", "--metrics", "standard,nsd"), []string{"--merge", "cell=interior,border", "--metrics", "mIoU,mcc"}, false},
		{"one channel, ignored", of("nuclei", "nuclei/models/nuclei2_dyn_sigmoid.onnx", "--classes", "background,cell", "--set", "dataset.label_map={2: 1}"), []string{"--ignore", "background"}, false},
		{"pets, merged and ignored", pets, []string{"--merge", "animal=cat,dog", "--ignore", "background"}, false},
	} {
		t.Run(c.name, func(t *testing.T) { holdRelabelled(t, c) })
	}
}
