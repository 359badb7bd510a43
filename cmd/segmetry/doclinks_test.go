package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// TestDocumentationHasEveryFigure: the headings that the report's definitions link to are those of the documentation.
func TestDocumentationHasEveryFigure(t *testing.T) {
	headings := func(name string) []string {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(string(text), "\n")
	}
	page := headings("metrics.md")
	for _, name := range metrics.Names() {
		if !slices.Contains(page, "## "+name) {
			t.Errorf("docs/metrics.md has no heading for %s", name)
		}
	}
	page = headings("losses.md")
	for _, name := range losses.Names() {
		d, err := losses.Find(name)
		if err != nil || !slices.Contains(page, "## "+lossHeading(name, d.Title)) {
			t.Errorf("docs/losses.md has no heading for %s: %v", name, err)
		}
	}
}
