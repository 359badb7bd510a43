package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/pipeline/compat"
)

func (a *app) compatCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "compat [NAME]", Short: "List the systems whose figures --compat gives, or explain one", Args: cobra.MaximumNArgs(1),
		Long: `Without a name, lists the systems that --compat knows and the versions they were held against. With one: its figures, and every convention
that leads from ours to them.`,
		Example: "  segmetry compat\n  segmetry compat mmseg\n  segmetry run my.yaml --compat mmseg,monai",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.listCompat(asJSON)
			}
			list, err := compat.Find(args)
			if err != nil {
				return err
			}
			for i := range list {
				if err := a.explainCompat(&list[i], asJSON); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "the same for machines")
	return c
}

// compatEntry is a profile as --json shows it.
type compatEntry struct {
	Name        string             `json:"name"`
	Library     string             `json:"library"`
	Version     string             `json:"version"`
	About       string             `json:"about"`
	Figures     []compatFigure     `json:"figures"`
	Conventions []compatConvention `json:"conventions"`
	Notes       []string           `json:"notes"`
	Tolerance   float64            `json:"tolerance"`
	Why         string             `json:"tolerance_why"`
}

type compatFigure struct {
	Name string `json:"name"`
	Call string `json:"call"`
	Ours string `json:"ours"`
}

type compatConvention struct {
	Name    string   `json:"name"`
	About   string   `json:"about"`
	Figures []string `json:"figures,omitempty"` // none: all
	Choice  bool     `json:"choice"`
}

func compatEntryOf(p *compat.Profile) compatEntry {
	e := compatEntry{Name: p.Name, Library: p.Library, Version: p.Version, About: p.About, Notes: p.Notes, Tolerance: p.Tolerance, Why: p.Why, Conventions: []compatConvention{}}
	for _, f := range p.Figures {
		e.Figures = append(e.Figures, compatFigure{f.Name, f.Call, f.Ours})
	}
	for _, c := range p.Conventions {
		e.Conventions = append(e.Conventions, compatConvention{c.Name, c.About, c.Of, c.Choice})
	}
	return e
}

func (a *app) listCompat(asJSON bool) error {
	if asJSON {
		var entries []compatEntry
		for _, p := range compat.All() {
			entries = append(entries, compatEntryOf(&p))
		}
		return json.NewEncoder(a.stdout).Encode(entries)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tHELD AGAINST\tWHAT IT REPORTS")
	for _, p := range compat.All() {
		fmt.Fprintf(w, "%s\t%s %s\t%s\n", p.Name, p.Library, p.Version, p.About)
	}
	fmt.Fprintln(w, "\nsegmetry compat NAME explains one; --compat all gives all of them.")
	return w.Flush()
}

func (a *app) explainCompat(p *compat.Profile, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(a.stdout).Encode(compatEntryOf(p))
	}
	w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "%s: %s %s\n%s\n\nFIGURE\tIN THE LIBRARY\tTAKEN FOR OUR\n", p.Name, p.Library, p.Version, p.About)
	for _, f := range p.Figures {
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.Name, f.Call, f.Ours)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(a.stdout)
	for _, c := range p.Conventions {
		of := ""
		if c.Of != nil {
			of = " (" + strings.Join(c.Of, ", ") + ")"
		}
		if c.Choice {
			of += ", not its default"
		}
		fmt.Fprintf(a.stdout, "- %s%s: %s\n", c.Name, of, c.About)
	}
	for _, n := range p.Notes {
		fmt.Fprintf(a.stdout, "  %s\n", n)
	}
	_, err := fmt.Fprintf(a.stdout, "\nAgrees with the library within %g: %s.\n", p.Tolerance, p.Why)
	return err
}
