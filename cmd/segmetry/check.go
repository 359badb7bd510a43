package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/pipeline/preflight"
)

// sampled is how many pictures' headers check reads without --full.
const sampled = 1000

// checkResult is what check found.
type checkResult struct {
	Schema   int                 `json:"schema"`
	OK       bool                `json:"ok"` // no finding is an error
	Listing  *preflight.Listing  `json:"listing"`
	Memory   *preflight.Memory   `json:"memory"` // null where no picture could be evaluated
	Used     int64               `json:"used_bytes,omitempty"`
	Findings []preflight.Finding `json:"findings"`
}

func (a *app) checkCommand() *cobra.Command {
	var full, asJSON bool
	var against string
	var set []string
	c := &cobra.Command{
		Use: "check CONFIG.yaml", Short: "Look at model and dataset before a run", Args: cobra.ExactArgs(1),
		Long: `List the dataset, read the pictures' headers, open the model and evaluate the largest picture: what cannot be paired or read,
and how much memory a run will take. Nothing is written. Exit codes: 0 nothing found, 3 a run would leave images out.`,
		Example: "  segmetry check my.yaml\n  segmetry check my.yaml --full --json\n  segmetry check my.yaml --against runs/first",
		RunE: func(c *cobra.Command, args []string) error {
			overrides, err := setOverrides(set)
			if err != nil {
				return err
			}
			cfg, err := config.Load(args[0], overrides)
			if err != nil {
				return err
			}
			result, err := a.check(c.Context(), cfg, full)
			if err != nil {
				return err
			}
			if against != "" {
				if result.Used, err = usedMemory(against); err != nil {
					return err
				}
			}
			if asJSON {
				err = printJSON(a.stdout, result)
			} else {
				_, err = fmt.Fprint(a.stdout, result.text())
			}
			if err == nil && !result.OK {
				err = fault.Dataf("%d findings: see above", len(result.Findings))
			}
			return err
		},
	}
	c.Flags().BoolVar(&full, "full", false, fmt.Sprintf("read every picture's header, not the first %d alone", sampled))
	c.Flags().BoolVar(&asJSON, "json", false, "the same for machines")
	c.Flags().StringVar(&against, "against", "", "hold the predicted memory against what the run in this `folder` used")
	c.Flags().StringArrayVar(&set, "set", nil, "set any configuration key: `a.b=c`")
	return c
}

// check looks at the dataset first, so that what is wrong with it is said even where the model cannot be opened.
func (a *app) check(ctx context.Context, cfg *config.Config, full bool) (*checkResult, error) {
	source, err := dataset.Open(cfg.Dataset)
	if err != nil {
		return nil, err
	}
	sample := sampled
	if full {
		sample = 0
	}
	listing, err := preflight.List(ctx, source, sample)
	if err != nil {
		return nil, err
	}
	r := &checkResult{Schema: 1, Listing: listing, Findings: append([]preflight.Finding{}, listing.Findings...)}
	o, err := a.open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer a.closeOpened(o)
	if r.Memory, err = preflight.MeasureMemory(ctx, o.options, listing, o.options.Workers); err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		r.Findings = append(r.Findings, preflight.Finding{Level: preflight.Error, Check: "evaluation", File: listing.Biggest.Name, Count: 1,
			Found: err.Error(), Expected: "figures for the largest picture", Do: "mend what the message names"})
	}
	limit, err := cfg.Run.MemoryBytes()
	if err == nil && limit > 0 && r.Memory != nil {
		_, err = r.Memory.Fit(limit)
	}
	if err != nil {
		r.Findings = append(r.Findings, preflight.Finding{Level: preflight.Error, Check: "memory", Count: 1, Found: err.Error(), Expected: "at most run.memory", Do: "see the message"})
	}
	r.OK = true
	for _, f := range r.Findings {
		r.OK = r.OK && f.Level != preflight.Error
	}
	return r, nil
}

// usedMemory is the peak that a run's manifest states.
func usedMemory(folder string) (int64, error) {
	text, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	if err != nil {
		return 0, fault.Usagef("--against: %w", err)
	}
	var m record.Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return 0, fault.Usagef("--against: %s is no manifest: %w", filepath.Join(folder, "manifest.json"), err)
	}
	return m.PeakRSSBytes, nil
}

func (r *checkResult) text() string {
	var b strings.Builder
	l := r.Listing
	fmt.Fprintf(&b, "%d items; of %d whose header was read the smallest is %d×%d, the largest %d×%d\n", l.Items, l.Sized, l.Smallest[1], l.Smallest[0], l.Largest[1], l.Largest[0])
	if r.Memory != nil {
		fmt.Fprintf(&b, "memory: %s\n", r.Memory)
	}
	if r.Used > 0 && r.Memory != nil {
		fmt.Fprintf(&b, "memory: that run used %d MiB, %.0f%% of what is predicted\n", r.Used>>20, 100*float64(r.Used)/float64(r.Memory.Predicted))
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s: %s: %s", f.Level, f.Check, f.Found)
		if f.Count > 1 {
			fmt.Fprintf(&b, " (and %d more)", f.Count-1)
		}
		fmt.Fprintf(&b, "\n  expected %s; %s\n", f.Expected, f.Do)
	}
	if len(r.Findings) == 0 {
		b.WriteString("nothing found\n")
	}
	return b.String()
}
