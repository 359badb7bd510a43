package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dustin/go-humanize/english"
	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/preflight"
)

// What check looks at without --full.
const (
	sampledHeaders = 1000 // pictures whose header is read
	sampledItems   = 200  // pictures and masks that are decoded
	triedImages    = 16   // pictures that are evaluated under other preprocessing
)

// checkResult is what check found.
type checkResult struct {
	Schema   int                 `json:"schema"`
	OK       bool                `json:"ok"`     // no finding is an error
	Format   string              `json:"format"` // of the dataset
	Why      string              `json:"format_found,omitempty"`
	Listing  *preflight.Listing  `json:"listing"`
	Looked   preflight.Seen      `json:"looked"` // at pictures and masks
	Memory   *preflight.Memory   `json:"memory"` // null where no picture could be evaluated
	Disk     []preflight.Space   `json:"disk"`
	Trial    *preflight.Trial    `json:"trial"` // null without one
	Used     int64               `json:"used_bytes,omitempty"`
	NoModel  bool                `json:"no_model,omitempty"` // none is named: the dataset was looked at alone
	Findings []preflight.Finding `json:"findings"`
}

func (a *app) checkCommand() *cobra.Command {
	var full, asJSON bool
	var tried int
	var against string
	var set []string
	c := &cobra.Command{
		Use: "check [CONFIG.yaml]", Short: "Look at model and dataset before a run", Args: cobra.MaximumNArgs(1),
		Long: `List the dataset, read pictures and masks, open the model and evaluate the largest picture: what cannot be paired or read,
what masks hold that they should not, how much memory and disk a run will take, and whether a few pictures score much better with
channels swapped, mean reversed or another scale; and whether gates and a baseline are such that a run can be held against them.
docs/check.md lists what is looked for. The flags are those of run; where no model is named the dataset is looked at alone. Nothing is
written. Exit codes: 0 no error found (there may be warnings), 2 a run would be refused, 3 a run would leave images out.`,
		Example: `  segmetry check my.yaml
  segmetry check my.yaml --full --json
  segmetry check my.yaml --against runs/first
  segmetry check --images images --masks masks --classes background,cell`,
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := a.configure(c.Context(), c.Flags(), args, set, config.LoadData)
			if err != nil {
				return err
			}
			cfg.Run.GatesByFlag = c.Flags().Changed("gate")
			if tried < 0 {
				return fault.Usagef("--trial: expected a number of pictures from 0 on, found %d", tried)
			}
			var used int64
			if against != "" {
				m, err := readManifest(against)
				if err != nil {
					return fmt.Errorf("--against: %w", err)
				}
				used = m.PeakRSSBytes
			}
			result, err := a.check(c.Context(), cfg, full, tried)
			if result == nil {
				return err
			}
			result.Used = used
			return errors.Join(a.sayChecked(result, asJSON), err)
		},
	}
	c.Flags().BoolVar(&full, "full", false, fmt.Sprintf("read every picture and mask, not a sample of %d", sampledItems))
	c.Flags().BoolVar(&asJSON, "json", false, "the same for machines")
	c.Flags().IntVar(&tried, "trial", triedImages, "evaluate `N` pictures with channels swapped, mean reversed and other scales as well; 0: do not")
	c.Flags().StringVar(&against, "against", "", "hold the predicted memory against what the run in this `folder` used")
	addRunFlags(c.Flags(), &set)
	return c
}

// sayChecked prints what was found, which is an error where a run would leave images out.
func (a *app) sayChecked(r *checkResult, asJSON bool) error {
	r.OK = true
	for _, f := range r.Findings {
		r.OK = r.OK && f.Level != preflight.Error
	}
	var err error
	if asJSON {
		err = printJSON(a.stdout, r)
	} else {
		_, err = fmt.Fprint(a.stdout, r.text())
	}
	if err == nil && !r.OK {
		err = fault.Dataf("%s: see above", english.Plural(len(r.Findings), "finding", ""))
	}
	return err
}

// check looks at the dataset first, so that what is wrong with it is said even where the model cannot be opened: there is
// then a result along with the error.
func (a *app) check(ctx context.Context, cfg *config.Config, full bool, tried int) (*checkResult, error) {
	base, err := openBaseline(ctx, cfg)
	if err != nil {
		return nil, err
	}
	source, err := dataset.Open(cfg.Dataset)
	if err != nil {
		return nil, err
	}
	headers, plan := sampledHeaders, preflight.Plan{Sample: sampledItems, Decode: true}
	if full {
		headers, plan.Sample = 0, 0
	}
	r := &checkResult{Schema: 1, Format: cfg.Dataset.Format, Why: cfg.Dataset.Found, NoModel: cfg.Model.Path == ""}
	cfg.Dataset.Found = "" // it is said with the result
	if r.Listing, err = preflight.List(ctx, source, headers); err != nil {
		return nil, err
	}
	plan.Total, plan.Skip = r.Listing.Items, r.Listing.Unreadable
	var found []preflight.Finding
	if r.Looked, found, err = preflight.Survey(ctx, source, cfg.Dataset, cfg.Preprocess, plan); err != nil {
		return nil, err
	}
	r.Findings = append(append([]preflight.Finding{}, r.Listing.Findings...), found...)
	if r.NoModel {
		r.checkDisk(cfg, nil)
		return r, nil
	}
	return r, a.checkModel(ctx, cfg, base, r, tried)
}

// checkDisk holds what a run will write against what is free. Without an evaluator it is not known how much that is.
func (r *checkResult) checkDisk(cfg *config.Config, e *pipeline.Evaluator) {
	r.Disk = spaces(cfg, e, r.Listing.Items, r.Listing.Pixels/int64(max(1, r.Listing.Sized)), r.Looked)
	for _, s := range r.Disk {
		r.Findings = append(r.Findings, s.Findings()...)
	}
}

// checkModel opens the model and evaluates the largest picture. Last come the gates and the baseline, which a run would refuse.
func (a *app) checkModel(ctx context.Context, cfg *config.Config, base *baseline, r *checkResult, tried int) error {
	o, err := a.open(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.closeOpened(o)
	e, err := pipeline.New(o.options)
	if err != nil {
		return err
	}
	r.checkDisk(cfg, e)
	if r.Memory, err = preflight.MeasureMemory(ctx, o.options, r.Listing, o.options.Workers); err != nil {
		if ctx.Err() != nil {
			return err
		}
		r.Findings = append(r.Findings, preflight.Finding{Level: preflight.Error, Check: "evaluation", File: r.Listing.Biggest.Name, Count: 1,
			Found: err.Error(), Expected: "figures for the largest picture", Do: "mend what the message names"})
	}
	limit, err := cfg.Run.MemoryBytes()
	if err == nil && limit > 0 && r.Memory != nil {
		_, err = r.Memory.Fit(limit)
	}
	if err != nil {
		r.Findings = append(r.Findings, preflight.Finding{Level: preflight.Error, Check: "memory", Count: 1, Found: err.Error(), Expected: "at most run.memory", Do: "see the message"})
	}
	if tried > 0 && r.Memory != nil {
		if r.Trial, err = preflight.Try(ctx, o.options, r.Listing, tried); err != nil {
			return fmt.Errorf("trying other preprocessing: %w", err)
		}
		r.Findings = append(r.Findings, r.Trial.Findings()...)
	}
	gates, err := tryGates(cfg, e, o.options.Slices)
	if err != nil {
		return err
	}
	return base.admit(job{cfg: cfg, evaluator: e, opened: o, gates: gates})
}

func (r *checkResult) text() string {
	var b strings.Builder
	l := r.Listing
	fmt.Fprintln(&b, cmp.Or(r.Why, "format "+r.Format))
	fmt.Fprintf(&b, "%s; of %d whose header was read the smallest is %d×%d, the largest %d×%d\n", english.Plural(l.Items, "item", ""), l.Sized, l.Smallest[1], l.Smallest[0], l.Largest[1], l.Largest[0])
	fmt.Fprintf(&b, "looked at %s, masks included\n", english.Plural(r.Looked.Items, "picture", ""))
	if t := r.Trial; t != nil && len(t.Alternatives) > 0 {
		best := t.Alternatives[0]
		fmt.Fprintf(&b, "trial of preprocessing on %d pictures: mIoU %.4f as configured; the best of %d others is %.4f (%s)\n", t.Images, t.Configured.MIoU, len(t.Alternatives), best.MIoU, best.What)
	}
	if r.Memory != nil {
		fmt.Fprintf(&b, "memory: %s\n", r.Memory)
	}
	for _, s := range r.Disk {
		fmt.Fprintf(&b, "disk: %s\n", s)
	}
	if r.NoModel {
		b.WriteString("no model is named: memory, the room for a run folder and the preprocessing were not looked at\n")
	}
	if r.Used > 0 && r.Memory != nil {
		fmt.Fprintf(&b, "memory: that run used %d MiB, %.0f%% of what is predicted\n", r.Used>>20, 100*float64(r.Used)/float64(r.Memory.Predicted))
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s: %s\n  expected %s; %s\n", f.Level, f, f.Expected, f.Do)
	}
	if len(r.Findings) == 0 {
		b.WriteString("nothing found\n")
	}
	return b.String()
}
