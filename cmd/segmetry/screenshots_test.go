package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/segmetry/segmetry/internal/browser"
)

var update = flag.Bool("update", false, "write docs/report-*.png anew")

// TestReportOfRealImages evaluates the U-Net on 84 images of cell nuclei (CC0): the report keeps its bound of 15 MB with 20
// thumbnails of five layers, is sound at two widths and in both schemes, and -update writes what docs/report.md shows of it.
func TestReportOfRealImages(t *testing.T) {
	material := filepath.Join(repository, "..", "shared", "material")
	if _, err := os.Stat(filepath.Join(material, "nuclei-val")); err != nil {
		t.Skip("skipped: no reference material beside the checkout")
	}
	dir := filepath.Join(t.TempDir(), "run")
	code, _, stderr := command(t, "run", "--model", filepath.Join(material, "nuclei", "models", "nuclei3_dyn_logits.onnx"), "--images", filepath.Join(material, "nuclei-val", "images"),
		"--masks", filepath.Join(material, "nuclei-val", "masks"), "--classes", "background,interior,border", "--set", "preprocess.scale=1/255", "--set", "preprocess.pad.multiple=8",
		"--metrics", "standard,errors,calibration,thresholds", "--set", "report.worst=10", "--set", "report.best=6", "--set", "report.median=4", "--out", dir, "--quiet")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	file, err := filepath.Abs(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	shots, layers := len(regexp.MustCompile(`<figure class="shot"`).FindAll(text, -1)), bytes.Count(text, []byte(`<img class="layer `))
	if shots != 20 || layers != 5*shots || len(text) >= 15_000_000 {
		t.Errorf("%d thumbnails with %d layers in %d bytes", shots, layers, len(text))
	}
	t.Logf("%d thumbnails with %d layers: %.1f MB", shots, layers, float64(len(text))/1e6)
	p, err := browser.Open(t.Context(), file, 1200, "light")
	if errors.Is(err, browser.ErrNoBrowser) {
		t.Skipf("skipped the browser: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, view := range []struct {
		name, scheme, from string // from: the element that stands at the top of the picture
		width, height      int
	}{{"light", "light", "body", 1200, 1500}, {"dark", "dark", "#gallery", 1200, 1300}, {"narrow", "light", "body", 360, 1700}} {
		if err := p.View(view.width, view.scheme); err != nil {
			t.Fatal(err)
		}
		if _, err := browser.Eval[bool](p, `(() => {const l = document.getElementById("gallery-list"); l.value = "median"; l.dispatchEvent(new Event("change"))})() === undefined`); err != nil {
			t.Fatal(err)
		}
		faults, err := p.Faults()
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range append(faults, p.Problems()...) {
			t.Errorf("%s: %s", view.name, fault)
		}
		picture, err := p.Picture(view.from, view.width, view.height)
		if err != nil {
			t.Fatal(err)
		}
		if len(picture) > 300_000 {
			t.Errorf("the picture %s takes %d bytes", view.name, len(picture))
		}
		if *update {
			if err := os.WriteFile(filepath.Join(repository, "docs", "report-"+view.name+".png"), picture, 0o644); err != nil { //nolint:gosec // a picture that is committed
				t.Fatal(err)
			}
		}
	}
}
