package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/pipeline/metrics"
)

func (a *app) metricsCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "metrics [NAME]", Short: "List the metrics, or explain one", Args: cobra.MaximumNArgs(1),
		Long:    "Without a name, lists every metric and the groups. With one: formula, options, where it is undefined and the library matched.",
		Example: "  segmetry metrics\n  segmetry metrics hd95\n  segmetry metrics mIoU_p5\n  segmetry metrics --json",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.explainMetric(args[0], asJSON)
			}
			return a.listMetrics(asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "the same for machines")
	return c
}

// metricEntry is a metric as --json shows it.
type metricEntry struct {
	Name        string           `json:"name"`
	Family      string           `json:"family"`
	Formula     string           `json:"formula"`
	Range       string           `json:"range"`
	Undefined   string           `json:"undefined"`
	NeedsScores bool             `json:"needs_probabilities"`
	Matches     string           `json:"matches"`
	Paper       string           `json:"paper,omitempty"`
	Notes       []string         `json:"notes,omitempty"`
	Options     []metrics.Option `json:"options"`
}

func metricEntryOf(name string) (metricEntry, error) {
	d, err := metrics.Find(name)
	if err != nil {
		return metricEntry{}, err
	}
	return metricEntry{name, d.Family, metrics.Doc(name), d.Range, d.Undefined, d.NeedsScores, d.Matches, d.Paper, d.Notes, d.ListOptions()}, nil
}

func (a *app) listMetrics(asJSON bool) error {
	var entries []metricEntry
	for _, name := range metrics.Names() {
		e, err := metricEntryOf(name)
		if err != nil {
			return err
		}
		entries = append(entries, e)
	}
	if asJSON {
		return json.NewEncoder(a.stdout).Encode(entries)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tFAMILY\tWHAT IT IS")
	for _, e := range entries {
		what, _, _ := strings.Cut(e.Formula, ". ")
		what, _, _ = strings.Cut(what, ": ")
		fmt.Fprintf(w, "%s\t%s\t%s\n", e.Name, e.Family, strings.TrimSuffix(what, "."))
	}
	fmt.Fprintf(w, "\nGroups: %s. A name with _img, _img_classes, _img_pairs or _p5 brings images together in another way.\n", strings.Join(metrics.GroupNames(), ", "))
	fmt.Fprintln(w, "segmetry metrics NAME explains one.")
	return w.Flush()
}

func (a *app) explainMetric(name string, asJSON bool) error {
	e, err := metricEntryOf(name)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(a.stdout).Encode(e)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "%s\n\n", e.Name)
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", key, value)
		}
	}
	line("value", e.Formula)
	line("range", e.Range)
	line("undefined", e.Undefined)
	line("family", e.Family)
	if e.NeedsScores {
		line("needs", "probabilities")
	}
	line("matches", e.Matches)
	line("paper", e.Paper)
	for _, n := range e.Notes {
		line("note", n)
	}
	for _, o := range e.Options {
		line("option "+o.Name, fmt.Sprintf("%s (%s; default %s)", o.Doc, o.Type, o.Default))
	}
	return w.Flush()
}
