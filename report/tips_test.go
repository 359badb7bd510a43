package report

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTermsLead: what a term links to is a page of the documentation, and a heading that it has.
func TestTermsLead(t *testing.T) {
	for _, term := range terms {
		page, heading, _ := strings.Cut(term.link, "#")
		text, err := os.ReadFile(filepath.Join("..", "docs", page))
		if err != nil {
			t.Errorf("%s: %v", term.name, err)
			continue
		}
		leads := func(line string) bool {
			title := strings.TrimLeft(line, "#")
			return title != line && anchor(strings.TrimSpace(title)) == heading
		}
		if heading != "" && !slices.ContainsFunc(strings.Split(string(text), "\n"), leads) {
			t.Errorf("%s: docs/%s has no heading #%s", term.name, page, heading)
		}
	}
}

// TestTermOfLosses: figures of a loss have the definition of their kind where they have none of their own.
func TestTermOfLosses(t *testing.T) {
	find := finder(numbered([]tip{{Name: "loss.ce", Doc: "own"}}))
	for name, want := range map[string]string{"loss.ce": "loss.ce", "loss.ce.pooled": "pooled", "gradient.ce.l1": "gradient.l1", "gradient.a.b.hardest": "gradient.hardest", "loss.other": "", "pool": ""} {
		if got := find(name).Name; got != want {
			t.Errorf("%s has the definition of %q, want %q", name, got, want)
		}
	}
}
