package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/segmetry/segmetry/internal/record"
)

// TestRewrittenRun: a network with PRelu gives the same figures to the byte with its operators rewritten and without, and the
// manifest says which it was.
func TestRewrittenRun(t *testing.T) {
	pets, err := filepath.Abs(filepath.Join(repository, "..", "shared", "material", "pets"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(pets); err != nil {
		t.Skip("skipped: no reference material beside the checkout")
	}
	folder := func(rewrite string) (dir string, rewritten map[string]int) {
		dir = runFolder(t, "--model", filepath.Join(pets, "dicenet_s1.0_pascal_384x384.onnx"), "--images", filepath.Join(pets, "images"), "--masks", filepath.Join(pets, "masks"),
			"--classes", "background,cat,dog", "--ignore-index", "255", "--set", "model.class_map={8: 1, 12: 2, default: 0}", "--set", "preprocess.size=[384, 384]", "--device", "cpu", "--limit", "2",
			"--set", "model.rewrite="+rewrite)
		text, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
		if err != nil {
			t.Fatal(err)
		}
		var m record.Manifest
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		return dir, m.Placement.Rewritten
	}
	rewritten, count := folder("true")
	asIs, none := folder("false")
	if count["PRelu"] < 70 || none != nil {
		t.Errorf("rewritten: %v, and %v with model.rewrite: false", count, none)
	}
	for _, name := range []string{"images.csv", "summary.csv", "summary.json"} {
		a, err1 := os.ReadFile(filepath.Join(rewritten, name))
		b, err2 := os.ReadFile(filepath.Join(asIs, name))
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs: %v %v", name, err1, err2)
		}
	}
	code, text, stderr := command(t, "bench", filepath.Join(rewritten, "config.yaml"), "--rounds", "2", "--json", "--quiet",
		"--set", "model.path="+filepath.Join(pets, "dicenet_s1.0_pascal_384x384.onnx"), "--set", "dataset.images="+filepath.Join(pets, "images"), "--set", "dataset.masks="+filepath.Join(pets, "masks"))
	var b benchResult
	if err := json.Unmarshal([]byte(text), &b); err != nil || code != 0 {
		t.Fatalf("exit %d, %v: %s", code, err, stderr)
	}
	for _, s := range b.Settings {
		if len(s.Pure) != 2 || len(s.Rewritten) != 2 || len(s.Wall) != 2 || s.Cold <= 0 {
			t.Errorf("bench: %+v", s)
		}
	}
	if last := b.Settings[len(b.Settings)-1]; !last.Unblocked || len(b.Settings) < 2 {
		t.Errorf("the blocked layout was not tried: %+v", b.Settings)
	}
	html, err := os.ReadFile(filepath.Join(rewritten, "report.html"))
	if err != nil || !bytes.Contains(html, []byte("PRelu of the file ran as other operators")) {
		t.Errorf("the report does not say what was rewritten: %v", err)
	}
}
