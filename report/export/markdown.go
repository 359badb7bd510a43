package export

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/segmetry/segmetry/internal/record"
)

func init() {
	Register(Export{Name: "markdown", Path: "summary.md", About: "headline, losses and classes as tables, with intervals where the run has them: for a pull request, a wiki or a model card",
		Write: func(c *Content, put Put) error {
			var b bytes.Buffer
			markdown(&b, c.Summary)
			return put("summary.md", b.Bytes())
		}})
}

// markdownEscapes make a text stand for itself in a cell of GitHub's Markdown: entities for what HTML reads, backslashes for
// the rest.
var markdownEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `\`, `\\`, "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`,
	"[", `\[`, "]", `\]`, "#", `\#`, "~", `\~`, "$", `\$`, "!", `\!`, "@", "&#64;", ":", "&#58;")

func markdownText(name string) string { return markdownEscapes.Replace(line(name)) }

func markdown(w *bytes.Buffer, s *record.Summary) {
	fmt.Fprintf(w, "# %s on %s\n\n", markdownText(s.Model.Name), markdownText(s.Dataset.Name))
	if s.Partial {
		fmt.Fprintf(w, "**Partial run: it was interrupted. Every figure is of the images done so far.**\n\n")
	}
	c := s.Counts
	fmt.Fprintf(w, "%s: %d scored, %d failed, %d skipped; %d valid pixels, %s. Shares are times 100.\n\n", english.Plural(c.Images, "image", ""), c.OK, c.Failed, c.Skipped, c.ValidPixels, english.Plural(len(s.Classes), "class", "classes"))
	if len(s.Over) > 0 {
		fmt.Fprintf(w, "Means over classes are over %s alone.\n\n", markdownText(strings.Join(s.Over, ", ")))
	}
	if c.NaNPixels > 0 {
		fmt.Fprintf(w, "**%d pixels with NaN or infinite logits: the losses of their images are undefined.**\n\n", c.NaNPixels)
	}
	markdownHeadline(w, s)
	markdownClasses(w, s)
	markdownCompat(w, s)
	if level := confidence(s); level != "" {
		fmt.Fprintf(w, "Intervals: %s%%, %s bootstrap, %d resamples of %d units, seed %d.\n\n", level, s.Bootstrap.Method, s.Bootstrap.Resamples, s.Bootstrap.Units, s.Bootstrap.Seed)
	}
	fmt.Fprintf(w, "Model SHA-256 `%s`; dataset `%s`. Every figure is in summary.json, what each is in report.html.\n", s.Model.SHA256, s.Dataset.Digest)
}

func markdownHeadline(w *bytes.Buffer, s *record.Summary) {
	level := confidence(s)
	row := func(name, value, ci string) {
		if level == "" {
			fmt.Fprintf(w, "| %s | %s |\n", markdownText(name), value)
		} else {
			fmt.Fprintf(w, "| %s | %s | %s |\n", markdownText(name), value, ci)
		}
	}
	head := func(title string) {
		if level == "" {
			fmt.Fprintf(w, "| %s | value |\n|---|---:|\n", title)
		} else {
			fmt.Fprintf(w, "| %s | value | %s%% interval |\n|---|---:|---:|\n", title, level)
		}
	}
	if list := headline(s); len(list) > 0 {
		head("metric")
		for _, m := range list {
			row(m.Name, show(m.Value.Value, m.Plain, "n/a"), interval(m.Value.CI, m.Plain, " – "))
		}
		fmt.Fprintf(w, "\n")
	}
	if len(s.Losses) > 0 {
		head("loss (mean over images)")
		for _, l := range s.Losses {
			row(l.Name, short(l.Value.Value, "n/a"), interval(l.Value.CI, true, " – "))
		}
		fmt.Fprintf(w, "\n")
	}
}

// markdownClasses has a row a class; an interval stands behind its figure.
func markdownClasses(w *bytes.Buffer, s *record.Summary) {
	columns := classColumns(s)
	if len(columns) == 0 {
		return
	}
	fmt.Fprintf(w, "| class |")
	for _, m := range columns {
		fmt.Fprintf(w, " %s |", markdownText(m.Name))
	}
	fmt.Fprintf(w, "\n|---|%s\n", strings.Repeat("---:|", len(columns)))
	for c, name := range s.Classes {
		fmt.Fprintf(w, "| %s |", markdownText(name))
		for _, m := range columns {
			fmt.Fprintf(w, " %s", show(m.Values[c].Value, m.Plain, "n/a"))
			if ci := interval(m.Values[c].CI, m.Plain, " – "); ci != "" {
				fmt.Fprintf(w, " (%s)", ci)
			}
			fmt.Fprintf(w, " |")
		}
		fmt.Fprintf(w, "\n")
	}
	fmt.Fprintf(w, "\n")
}
