package metrics

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/metrics.md")

const catalogueHead = `# The measures

What every measure computes, by family. ` + "`score.metrics`" + ` and ` + "`--metrics`" + ` take names, groups, or {name: …, label: …, options}; a label gives a
measure its own key in the output where one name is asked for twice with different options.

A name alone is the dataset's figure, from the counts and sums of all images, and brings the image mean along as NAME_img.
Means over classes are over all of them, or over those that score.classes (--score-classes) names; every class's own figure stays.
A suffix says how images are brought together instead:

| suffix | |
|---|---|
| _img | per image first (over the classes where it is a mean), then the mean over the images where it is defined |
| _img_classes | each class's mean over images, then the mean over classes (nnU-Net's order) |
| _img_pairs | the mean over all pairs of image and class where it is defined (what torchmetrics' MeanIoU object returns) |
| _p0, _p1, … _p100 | a percentile over images of the image's value, by linear interpolation: mIoU_p5 says how bad the worst 5% are |

Figures are shares from 0 to 1 unless an entry says otherwise. Undefined figures are left out of every mean, blank in CSV
and null in JSON. Ignored pixels count nowhere. This page is written by ` + "`go test ./pipeline/metrics -run Catalogue -update`" + ` from the
definitions in package metrics, and held against them by the same test.

## Groups

`

// TestCataloguePage holds docs/metrics.md against the registry.
func TestCataloguePage(t *testing.T) {
	var b strings.Builder
	b.WriteString(catalogueHead)
	b.WriteString("- **all**: every other group\n")
	for _, group := range GroupNames()[1:] {
		var names []string
		for _, s := range groups[group] {
			names = append(names, s.Name)
		}
		fmt.Fprintf(&b, "- **%s**: %s\n", group, strings.Join(names, ", "))
	}
	for _, family := range families {
		fmt.Fprintf(&b, "\n# %s%s\n", strings.ToUpper(family[:1]), family[1:])
		if intro := introductions[family]; intro != "" {
			fmt.Fprintf(&b, "\n%s\n", intro)
		}
		for _, name := range Names() {
			if d := registry[name]; d.Family == family {
				catalogueEntry(&b, d)
			}
		}
	}
	page := filepath.Join("..", "..", "docs", "metrics.md")
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(page); err != nil || string(got) != b.String() {
		t.Errorf("docs/metrics.md is not what the registry says (%v): go test ./pipeline/metrics -run Catalogue -update", err)
	}
}

func catalogueEntry(b *strings.Builder, d Definition) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n", d.Name, d.Formula)
	line := func(key, text string) {
		if text != "" {
			fmt.Fprintf(b, "- **%s**: %s\n", key, text)
		}
	}
	line("range", d.Range)
	line("undefined", d.Undefined)
	if d.NeedsScores {
		line("needs", "probabilities: logits or probabilities, not label maps alone")
	}
	if d.NeedsLabels {
		line("needs", "labels that may overlap: several sigmoid channels")
	}
	line("matches", d.Matches)
	line("paper", d.Paper)
	for _, n := range d.Notes {
		line("note", n)
	}
	for _, o := range d.ListOptions() {
		fmt.Fprintf(b, "- `%s` (%s, default %s): %s\n", o.Name, o.Type, o.Default, o.Doc)
	}
}
