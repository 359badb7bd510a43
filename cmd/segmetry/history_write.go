package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/history"
)

func (a *app) historyAddCommand() *cobra.Command {
	var tags []string
	c := &cobra.Command{
		Use: "add DB RUN...", Short: "Add finished run folders to a history", Args: cobra.MinimumNArgs(2),
		Long:    "Add the folders of runs that were made without --history, or merged, to a history. A run that is there already stays as it is.",
		Example: "  segmetry history add runs/history.db runs/a runs/b --tag before",
		RunE: func(c *cobra.Command, args []string) error {
			return a.addToHistory(c.Context(), args[0], args[1:], tags)
		},
	}
	c.Flags().StringArrayVar(&tags, "tag", nil, "give the runs this `tag`; may be given again")
	return c
}

func (a *app) addToHistory(ctx context.Context, path string, folders, tags []string) error {
	var runs []*history.Run
	for _, folder := range folders {
		r, err := history.FromFolder(folder)
		if err != nil {
			return err
		}
		r.Tags = tags
		runs = append(runs, r)
	}
	db, err := history.Create(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	for i, r := range runs {
		id, err := db.Add(ctx, r)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "%s is run %d\n", folders[i], id)
	}
	return nil
}

func (a *app) historyTagCommand() *cobra.Command {
	var remove []string
	var release string
	c := &cobra.Command{
		Use: "tag DB RUN [TAG...]", Short: "Give a run tags, or the name of a release", Args: cobra.MinimumNArgs(2),
		Long: `Give a run of a history tags, take some away, or name it a release. RUN is its number or folder, a tag or a release, last, or
last-released. Names serve as baselines: db:last-released is the run that was named a release last, db:NAME a release or
the newest run with a tag.`,
		Example: "  segmetry history tag runs/history.db 17 good\n  segmetry history tag runs/history.db last --release v1.2",
		RunE: func(c *cobra.Command, args []string) error {
			return a.tagRun(c.Context(), args[0], args[1], tagOptions{args[2:], remove, release})
		},
	}
	c.Flags().StringArrayVar(&remove, "remove", nil, "take this `tag` away; may be given again")
	c.Flags().StringVar(&release, "release", "", "the `name` of the release that the run is")
	return c
}

type tagOptions struct {
	add, remove []string
	release     string
}

func (a *app) tagRun(ctx context.Context, path, which string, o tagOptions) error {
	if len(o.add)+len(o.remove) == 0 && o.release == "" {
		return fault.Usagef("expected a tag, --remove TAG or --release NAME; see segmetry history tag --help")
	}
	db, err := history.Open(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	r, err := db.Which(ctx, which)
	if err != nil {
		return err
	}
	if err := db.Tag(ctx, r, o.add, o.remove); err != nil {
		return err
	}
	if o.release != "" {
		before, err := db.Release(ctx, r, o.release)
		if err != nil {
			return err
		}
		if before != 0 && before != r.ID {
			a.log.Warn(fmt.Sprintf("release %s was run %d until now", o.release, before))
		}
		if r.Verdict == "fail" {
			a.log.Warn(fmt.Sprintf("run %d failed its comparison", r.ID))
		}
	}
	if !a.quiet {
		_, err = fmt.Fprintf(a.stdout, "run %d: %s\n", r.ID, r.Folder)
	}
	return err
}

// tryHistory makes sure, before anything is run, that the run can be kept.
func (a *app) tryHistory(ctx context.Context, r config.Run) error {
	for _, name := range r.Tags {
		if err := history.CheckName("run.tags: tag", name); err != nil {
			return err
		}
	}
	if r.History == "" {
		if len(r.Tags) > 0 {
			return fault.Usagef("run.tags: tags are kept in a history: say in which with --history FILE.db (run.history)")
		}
		return nil
	}
	db, err := history.Create(ctx, r.History)
	if err != nil {
		return err
	}
	db.Close()
	return nil
}

// remember appends a finished run to the history, with what a comparison has said of it, "" where there was none.
func (a *app) remember(ctx context.Context, cfg *config.Config, verdict string) error {
	if cfg.Run.History == "" {
		return nil
	}
	if cfg.Run.Shard != "" { // a configuration for the whole dataset may name a history
		a.log.Warn(fmt.Sprintf("history: %s is shard %s and is not kept: when the shards are merged, add the whole with segmetry history add %s DIR", cfg.Report.Out, cfg.Run.Shard, cfg.Run.History))
		return nil
	}
	r, err := history.FromFolder(cfg.Report.Out)
	if err != nil {
		return err
	}
	r.Tags, r.Verdict = cfg.Run.Tags, verdict
	if dir, err := os.Getwd(); err == nil {
		r.Revision, r.Modified = history.Revision(ctx, dir)
	}
	db, err := history.Create(ctx, cfg.Run.History)
	if err != nil {
		return err
	}
	defer db.Close()
	id, err := db.Add(ctx, r)
	if err != nil {
		return err
	}
	a.log.Info(fmt.Sprintf("history: run %d in %s", id, cfg.Run.History))
	return nil
}
