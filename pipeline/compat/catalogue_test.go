package compat

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/compat.md")

const (
	pageHead = `# As other systems count

Two systems rarely report the same number of the same predictions. ` + "`--compat`" + ` (` + "`score.compat`" + `) gives other systems' figures beside ours and says
which of their conventions moves which figure by how much:

    segmetry run my.yaml --compat mmseg,monai
    segmetry score --predictions predicted/ --masks masks/ --compat all
    segmetry compat mmseg                                what its conventions are

The figures are made of the confusion counts and distances that the run has of each image: no image is looked at again.
They stand in report.html, in summary.json under "compat", and in summary.csv as rows compat.SYSTEM.FIGURE, of the figure and of the classes where it has them.
Labels that may overlap are refused. What is the same as ours is not listed below.

Under "compat" every figure has ` + "`value`, `ours` (our figure that it would be taken for), `ours_value`, `difference`, and `steps`" + `: one a
convention, in their order. ` + "`by`" + ` is what the convention moves the figure by after those before it, so that they add up to the difference;
` + "`alone`" + ` is what it moves ours by without the others. ` + "`choices`" + ` are options of the system that are not its default.

Expected values come from the systems themselves: .ci/bench/compat.py calls each library on label maps with absent classes, ignored
pixels and images without a valid pixel, and on the shared golden inputs; ` + "`go test ./pipeline/compat`" + ` holds every figure against them. detectron2
is on no package index; its formula was read in its source. This page is written by ` + "`go test ./pipeline/compat -run Catalogue -update`" + `
from the profiles, but for the example, and held against them by the same test.
`
	exampleMark = "\n## An example\n"
)

// TestCataloguePage holds docs/compat.md against the registry. The example behind it is a run's.
func TestCataloguePage(t *testing.T) {
	var b strings.Builder
	b.WriteString(pageHead)
	for _, p := range All() {
		pageEntry(&b, &p)
	}
	page := filepath.Join("..", "..", "docs", "compat.md")
	old, _ := os.ReadFile(page) // there is none the first time
	_, example, _ := strings.Cut(string(old), exampleMark)
	want := b.String() + exampleMark + example
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		old = []byte(want)
	}
	if string(old) != want {
		t.Error("docs/compat.md is not what the registry says: go test ./pipeline/compat -run Catalogue -update")
	}
}

func pageEntry(b *strings.Builder, p *Profile) {
	fmt.Fprintf(b, "\n## %s\n\n%s %s. %s\n\n| figure | in the library | taken for our |\n|---|---|---|\n", p.Name, p.Library, p.Version, p.About)
	for _, f := range p.Figures {
		fmt.Fprintf(b, "| %s | `%s` | %s |\n", f.Name, f.Call, f.Ours)
	}
	b.WriteString("\n")
	for _, c := range p.Conventions {
		of := ""
		if c.Of != nil {
			of = " (" + strings.Join(c.Of, ", ") + ")"
		}
		if c.Choice {
			of += ", a choice"
		}
		fmt.Fprintf(b, "- **%s**%s: %s\n", c.Name, of, c.About)
	}
	for _, n := range p.Notes {
		fmt.Fprintf(b, "- %s\n", n)
	}
	fmt.Fprintf(b, "\nTolerance %g: %s.\n", p.Tolerance, p.Why)
}
