package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/internal/atomicfile"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/report"
)

func (a *app) lossesCommand() *cobra.Command {
	var asJSON bool
	var curves string
	c := &cobra.Command{
		Use: "losses [NAME]", Short: "List the losses, or explain one", Args: cobra.MaximumNArgs(1),
		Long:    "Without a name, lists every loss. With one: formula, gradient, options, the library matched, and where the document that it comes from is wrong.",
		Example: "  segmetry losses\n  segmetry losses soft_dice\n  segmetry losses --json\n  segmetry losses --curves curves.html",
		RunE: func(_ *cobra.Command, args []string) error {
			if curves != "" {
				return a.drawCurves(curves, args)
			}
			if len(args) == 1 {
				return a.explainLoss(args[0], asJSON)
			}
			return a.listLosses(asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "the same for machines")
	c.Flags().StringVar(&curves, "curves", "", "draw loss and gradient of one pixel over its probability into an HTML `FILE`")
	return c
}

// drawCurves writes the page of curves: of the named losses, or of all that have one.
func (a *app) drawCurves(file string, names []string) error {
	named := len(names) > 0
	if !named {
		names = losses.Names()
	}
	var curves []report.Curve
	for _, name := range names {
		d, err := losses.Find(name)
		if err != nil {
			return err
		}
		points := losses.Trace(d)
		if points == nil {
			if named {
				return fault.Usagef("%s has no curve of one pixel: it ranks pixels or measures distances between them", name)
			}
			continue
		}
		c := report.Curve{Name: name, Title: d.Title, Formula: d.Formula, Document: d.Document}
		if d.SampleNote != "" {
			c.Title += " (" + d.SampleNote + ")"
		}
		for _, x := range points {
			c.P, c.Loss, c.Gradient = append(c.P, x.P), append(c.Loss, x.Loss), append(c.Gradient, x.Gradient)
		}
		c.From, c.To = losses.Vanishing(points)
		curves = append(curves, c)
	}
	f, err := atomicfile.Create(file)
	if err != nil {
		return fault.Usagef("--curves: %w", err)
	}
	defer f.Abort()
	if err := errors.Join(report.Curves(f, curves), f.Commit()); err != nil {
		return fault.Usagef("--curves: %w", err)
	}
	fmt.Fprintf(a.stdout, "%d losses drawn into %s\n", len(curves), file)
	return nil
}

// lossEntry is a loss as --json shows it.
type lossEntry struct {
	Name     string          `json:"name"`
	Title    string          `json:"title"`
	Family   string          `json:"family"`
	Formula  string          `json:"formula"`
	Gradient string          `json:"gradient"`
	Range    string          `json:"range"`
	Matches  string          `json:"matches"`
	Paper    string          `json:"paper,omitempty"`
	Notes    []string        `json:"notes,omitempty"`
	Document string          `json:"document_is_wrong,omitempty"`
	Options  []losses.Option `json:"options"`
}

func entryOf(d losses.Definition) lossEntry {
	return lossEntry{d.Name, d.Title, d.Family, d.Formula, d.Gradient, d.Range, d.Matches, d.Paper, d.Notes, d.Document, d.ListOptions()}
}

func (a *app) listLosses(asJSON bool) error {
	var entries []lossEntry
	for _, name := range losses.Names() {
		d, err := losses.Find(name)
		if err != nil {
			return err
		}
		entries = append(entries, entryOf(d))
	}
	if asJSON {
		return json.NewEncoder(a.stdout).Encode(entries)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tFAMILY\tWHAT IT IS")
	for _, e := range entries {
		fmt.Fprintf(w, "%s\t%s\t%s\n", e.Name, e.Family, e.Title)
	}
	fmt.Fprintln(w, "\nsegmetry losses NAME explains one.")
	return w.Flush()
}

func (a *app) explainLoss(name string, asJSON bool) error {
	d, err := losses.Find(name)
	if err != nil {
		return err
	}
	e := entryOf(d)
	if asJSON {
		return json.NewEncoder(a.stdout).Encode(e)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "%s: %s\n\n", e.Name, e.Title)
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", key, value)
		}
	}
	line("value", e.Formula)
	line("gradient", e.Gradient)
	line("range", e.Range)
	line("family", e.Family)
	line("matches", e.Matches)
	line("paper", e.Paper)
	for _, n := range e.Notes {
		line("note", n)
	}
	line("the document", e.Document)
	for _, o := range e.Options {
		line("option "+o.Name, fmt.Sprintf("%s (%s; default %s)", o.Doc, o.Type, o.Default))
	}
	return w.Flush()
}
