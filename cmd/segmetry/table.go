package main

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/pipeline"
)

// summaryTable is the headline figures for a terminal.
func summaryTable(s *pipeline.Summary) string {
	var b strings.Builder
	c := s.Counts
	fmt.Fprintf(&b, "%d images: %d ok, %d failed, %d skipped; %d valid pixels", c.Images, c.OK, c.Failed, c.Skipped, c.ValidPixels)
	if s.Partial {
		b.WriteString("; PARTIAL: the run was interrupted")
	}
	if c.NaNPixels > 0 {
		fmt.Fprintf(&b, "; %d pixels with NaN or infinite logits", c.NaNPixels)
	}
	b.WriteString("\n\n")
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, m := range s.Metrics {
		if !strings.HasSuffix(m.Name, "_img") && m.Value.Values == nil {
			fmt.Fprintf(w, "%s\t%s\n", m.Name, shown(m.Value.Value, m.Plain))
		}
	}
	for _, l := range s.Losses {
		fmt.Fprintf(w, "loss.%s\t%s\n", l.Name, plain(l.Value.Value))
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
	return b.String()
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
