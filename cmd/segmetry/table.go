package main

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize/english"

	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/report"
)

// summaryTable is the headline figures for a terminal.
func summaryTable(s *pipeline.Summary) string {
	var b strings.Builder
	c := s.Counts
	fmt.Fprintf(&b, "%s: %d ok, %d failed, %d skipped; %d valid pixels", english.Plural(c.Images, "image", ""), c.OK, c.Failed, c.Skipped, c.ValidPixels)
	if s.Partial {
		b.WriteString("; PARTIAL: the run was interrupted")
	}
	if c.NaNPixels > 0 {
		fmt.Fprintf(&b, "; %d pixels with NaN or infinite logits", c.NaNPixels)
	}
	if len(s.Over) > 0 {
		fmt.Fprintf(&b, "; means over classes are over %s", strings.Join(s.Over, ", "))
	}
	b.WriteString("\n\n")
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, m := range s.Metrics {
		if !strings.HasSuffix(m.Name, "_img") && m.Value.Values == nil {
			fmt.Fprintf(w, "%s\t%s%s\n", m.Name, shown(m.Value.Value, m.Plain), between(m.Value.CI, func(x float64) string { return shown(x, m.Plain) }))
		}
	}
	for _, l := range s.Losses {
		fmt.Fprintf(w, "loss.%s\t%s%s\n", l.Name, plain(l.Value.Value), between(l.Value.CI, plain))
	}
	fmt.Fprintln(w)
	header := []string{"class"}
	for _, m := range s.PerClass {
		if inTable(m) {
			header = append(header, m.Name)
		}
	}
	if len(header) > 1 {
		fmt.Fprintln(w, strings.Join(header, "\t"))
		for k, class := range s.Classes {
			row := []string{class}
			for _, m := range s.PerClass {
				if inTable(m) {
					row = append(row, shown(m.Values[k].Value, m.Plain))
				}
			}
			fmt.Fprintln(w, strings.Join(row, "\t"))
		}
	}
	_ = w.Flush() // into memory
	if s.Parity != nil {
		b.WriteString("\n" + parityText(s.Classes, s.Parity))
	}
	return b.String()
}

// between writes an interval in a column of its own; "" where there is none.
func between(ci *record.Interval, write func(float64) string) string {
	if ci == nil || math.IsNaN(ci.Low) || math.IsNaN(ci.High) {
		return ""
	}
	return "\t" + write(ci.Low) + " to " + write(ci.High)
}

// inTable leaves out image means and curves.
func inTable(m record.ClassMetric) bool {
	return !strings.HasSuffix(m.Name, "_img") && m.Values[0].Values == nil
}

// shown writes a share as a percentage, and anything else as it is.
func shown(x float64, asIs bool) string {
	if asIs {
		return plain(x)
	}
	return percent(x)
}

// parityText says in a few lines how a model's labels differ from its reference's.
func parityText(classes []string, p *record.ParitySummary) string {
	var b strings.Builder
	fmt.Fprintf(&b, "against %s: %d of %d valid pixels differ", p.Reference.Name, p.Valid.Differ, p.Valid.Pixels)
	if p.Valid.Pixels > 0 {
		fmt.Fprintf(&b, " (%.3g%%)", 100*p.Valid.Share)
	}
	if p.All.Pixels != p.Valid.Pixels {
		fmt.Fprintf(&b, "; with ignored ones %d of %d", p.All.Differ, p.All.Pixels)
	}
	b.WriteByte('\n')
	if at, pixels := mostFrequentPair(p.Pairs, len(classes)); pixels > 0 {
		fmt.Fprintf(&b, "  most often %s became %s: %d pixels\n", classes[at/len(classes)], classes[at%len(classes)], pixels)
	}
	if p.MarginOf != "" && p.Valid.Differ > 0 {
		fmt.Fprintf(&b, "  their margin (logits of the %s): median %.3g, largest %.3g; median of all pixels %.3g\n", p.MarginOf, p.FlipMarginMedian, p.FlipMarginMax, p.MarginMedian)
	}
	if c, ok := largestChange(p.Comparisons); ok {
		name := c.Name
		if c.Class != "" {
			name += "[" + c.Class + "]"
		}
		fmt.Fprintf(&b, "  the metric that changes most: %s by %s points\n", name, report.SignedDifference(c))
	}
	return b.String()
}

// mostFrequentPair is the cell of two different classes with most pixels.
func mostFrequentPair(pairs []int64, classes int) (at int, pixels int64) {
	for i, n := range pairs {
		if i/classes != i%classes && n > pixels {
			at, pixels = i, n
		}
	}
	return at, pixels
}

// largestChange is the share, no loss and no mean over images, whose difference is largest; false where none changes.
func largestChange(list []record.Comparison) (largest record.Comparison, found bool) {
	change := 0.0
	for _, c := range list {
		if c.Plain || strings.HasSuffix(c.Name, "_img") {
			continue
		}
		if d := math.Abs(c.Model - c.Reference); d > change {
			largest, change, found = c, d, true
		}
	}
	return largest, found
}

func percent(x float64) string {
	if math.IsNaN(x) {
		return "n/a"
	}
	return fmt.Sprintf("%.2f", 100*x)
}

func plain(x float64) string {
	if math.IsNaN(x) {
		return "n/a"
	}
	return fmt.Sprintf("%.6g", x)
}
