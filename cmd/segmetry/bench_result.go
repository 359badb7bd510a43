package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/segmetry/segmetry/internal/record"
)

// benchResult is what bench found.
type benchResult struct {
	Images      int      `json:"images"`
	Rounds      int      `json:"rounds"`
	Settings    []timing `json:"settings"`
	Fastest     setting  `json:"fastest"`                // of the evaluation
	FastestPure setting  `json:"fastest_pure"`           // of ONNX Runtime alone
	Ratio       float64  `json:"wall_over_fastest_pure"` // medians
	PeakRSS     int64    `json:"peak_rss_bytes"`
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	n := len(s)
	return (s[(n-1)/2] + s[n/2]) / 2
}

// worthwhile is by what part an evaluation without the blocked layout must be faster to be taken: its numbers are rounded otherwise.
const worthwhile = 0.02

// fastest is the setting with the fastest evaluation.
func (r *benchResult) fastest() timing {
	cost := func(t timing) float64 {
		if t.Unblocked {
			return median(t.Wall) / (1 - worthwhile)
		}
		return median(t.Wall)
	}
	return slices.MinFunc(r.Settings, func(x, y timing) int { return cmp.Compare(cost(x), cost(y)) })
}

func (r *benchResult) conclude() {
	wall := r.fastest()
	pure := slices.MinFunc(r.Settings, func(x, y timing) int { return cmp.Compare(median(x.Pure), median(y.Pure)) })
	r.Fastest, r.FastestPure = wall.setting, pure.setting
	r.Ratio = median(wall.Wall) / median(pure.Pure)
}

func (r *benchResult) print(out io.Writer) error {
	fmt.Fprintf(out, "%d images, medians of %d rounds\n\n", r.Images, r.Rounds)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "workers\tthreads\tlayout\tONNX Runtime alone\twith operators rewritten\tevaluation\twall ÷ alone")
	for _, t := range r.Settings {
		rate := func(x []float64) string {
			if x == nil {
				return "–"
			}
			return fmt.Sprintf("%.3g images/s", float64(r.Images)/median(x))
		}
		layout := "as configured"
		if t.Unblocked {
			layout = "unblocked"
		}
		fmt.Fprintf(w, "%d\t%d\t%s\t%s\t%s\t%s\t%.3f (%.3f to %.3f)\n", t.Workers, t.Threads, layout, rate(t.Pure), rate(t.Rewritten), rate(t.Wall),
			median(t.Ratio), slices.Min(t.Ratio), slices.Max(t.Ratio))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	best := r.Settings[slices.IndexFunc(r.Settings, func(t timing) bool { return t.setting == r.Fastest })]
	var parts []string
	for _, name := range record.StageNames {
		parts = append(parts, fmt.Sprintf("%s %.3g", name, 1000*best.Stages[name].TotalS/float64(r.Images)))
	}
	_, err := fmt.Fprintf(out, "\nfastest: %v; its wall ÷ the fastest ONNX Runtime alone (%v): %.3f\nms an image: %s\npeak memory: %d MiB, inputs held and models opened for ONNX Runtime alone included\n",
		r.Fastest, r.FastestPure, r.Ratio, strings.Join(parts, ", "), r.PeakRSS>>20)
	return err
}
