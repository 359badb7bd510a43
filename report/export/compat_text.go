package export

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/segmetry/segmetry/internal/record"
)

// markdownCompat has a row a figure of another system, with what moves it.
func markdownCompat(w *bytes.Buffer, s *record.Summary) {
	for _, p := range s.Compat {
		if len(p.Figures) == 0 {
			continue
		}
		fmt.Fprintf(w, "As %s %s counts:\n\n| its figure | taken for | ours | theirs | what moves it |\n|---|---|---:|---:|---|\n", markdownText(p.Library), markdownText(p.Version))
		for _, f := range p.Figures {
			var steps []string
			for _, step := range f.Steps {
				if by := change(step.By, f.Plain); by != "" {
					steps = append(steps, markdownText(step.Convention)+" "+by)
				}
			}
			fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", markdownText(f.Name), markdownText(f.Ours), show(f.OursValue, f.Plain, "n/a"), show(f.Value, f.Plain, "n/a"), strings.Join(steps, "; "))
		}
		fmt.Fprintln(w)
	}
}

// change writes a difference with its sign; "" where there is none, or it is too small to be seen in the figure.
func change(x float64, plain bool) string {
	switch text := show(x, plain, "n/a"); {
	case strings.Trim(text, "-0.") == "":
		return ""
	case x > 0:
		return "+" + text
	default:
		return text
	}
}
