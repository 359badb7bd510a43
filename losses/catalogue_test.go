package losses

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const catalogueHead = `# The losses

What every loss computes. Logits z are N×C×H×W; p is their softmax over the classes, or the sigmoid of a one-channel
head; o is the one-hot truth, t the true class, y the truth of a one-channel head; M, Y, P, I, Q and I2 are sums over the
valid pixels of 1, o, p, o·p, p² and o·p². Ignored pixels count nowhere. Every pixel ignored: value 0 with count 0, shown
as undefined. NaN or infinite logits: NaN, counted and shown. Gradients are with respect to the logits.

` + "`segmetry losses NAME`" + ` prints an entry; ` + "`segmetry losses --curves FILE.html`" + ` draws them. This page is written by
` + "`go test ./losses -run Catalogue -update`" + ` from the definitions in package losses and held against them by the same test.
`

// TestCataloguePage holds docs/losses.md against the registry.
func TestCataloguePage(t *testing.T) {
	var b strings.Builder
	b.WriteString(catalogueHead)
	for _, name := range Names() {
		catalogueEntry(&b, registry[name])
	}
	page := filepath.Join("..", "docs", "losses.md")
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(page); err != nil || string(got) != b.String() {
		t.Errorf("docs/losses.md is not what the registry says (%v): go test ./losses -run Catalogue -update", err)
	}
}

func catalogueEntry(b *strings.Builder, d Definition) {
	fmt.Fprintf(b, "\n## %s: %s\n\n", d.Name, d.Title)
	line := func(key, text string) {
		if text != "" {
			fmt.Fprintf(b, "- **%s**: %s\n", key, text)
		}
	}
	line("value", d.Formula)
	line("gradient", d.Gradient)
	line("range", d.Range)
	line("family", d.Family)
	line("heads", heads(d))
	line("matches", d.Matches)
	line("paper", d.Paper)
	for _, n := range d.Notes {
		line("note", n)
	}
	line("where the source document is wrong", d.Document)
	for _, o := range d.ListOptions() {
		fmt.Fprintf(b, "- `%s` (%s, default %s): %s\n", o.Name, o.Type, o.Default, o.Doc)
	}
}

// heads says what a loss may be asked for.
func heads(d Definition) string {
	var list []string
	for text, s := range map[string]Shape{"one channel": {Sigmoid, 2}, "two classes": {Softmax, 2}, "more classes": {Softmax, 5}} {
		if d.fits(s) == nil {
			list = append(list, text)
		}
	}
	if len(list) == 3 {
		return "any"
	}
	if d.fits(Shape{Softmax, 5}) == nil {
		return "softmax"
	}
	if d.fits(Shape{Softmax, 2}) == nil {
		return "two classes: one channel or a softmax of two"
	}
	return "one channel (each channel alone with several labels at once)"
}
