package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/store"
	"github.com/segmetry/segmetry/pipeline"
)

func (a *app) mergeCommand() *cobra.Command {
	var out string
	var overwrite, asJSON bool
	c := &cobra.Command{
		Use: "merge RUN...", Short: "Join the run folders of a dataset's shards", Args: cobra.MinimumNArgs(1),
		Long: `Join the run folders that segmetry run --shard I/N wrote, in any order, into the run folder of the whole dataset. All files
but manifest.json, and what the report quotes of it (times, and where the model ran), have the bytes that one run would have written.
manifest.json says of the whole what the shards took and where they ran, and has their own. Predictions that the shards stored are
copied. Gates of the configuration are judged:
exit code 1 where one fails. Neither the model nor the images are needed.`,
		Example: "  segmetry merge runs/part1 runs/part2 runs/part3 --out runs/whole",
		RunE: func(c *cobra.Command, args []string) error {
			if out == "" {
				return fault.Usagef("--out: name the run folder that is written")
			}
			return a.merge(c.Context(), args, out, overwrite, asJSON)
		},
	}
	c.Flags().StringVar(&out, "out", "", "the run `folder` that is written")
	c.Flags().BoolVar(&overwrite, "overwrite", false, "replace a run that already lies in the run folder")
	c.Flags().BoolVar(&asJSON, "json", false, "print the summary as JSON")
	return c
}

// merge joins shards.
func (a *app) merge(ctx context.Context, dirs []string, out string, overwrite, asJSON bool) error {
	started := time.Now()
	shards, err := openShards(dirs)
	defer func() {
		for _, s := range shards {
			_ = s.Close() // it was only read
		}
	}()
	if err != nil {
		return err
	}
	if err := shards.checkFolder(out); err != nil {
		return err
	}
	source, err := shards.source()
	if err != nil {
		return err
	}
	p := &past{Store: shards[0].Store, dir: shards[0].dir}
	if err := p.compile(source); err != nil {
		return err
	}
	p.config.Run.JSON = asJSON
	gates, err := pastGates(p.config, p.evaluator, source)
	if err != nil {
		return err
	}
	h := p.Header
	h.Shard = ""
	options := p.config.Report
	options.Out, options.Palette, options.Gates = out, p.config.Dataset.Palette, len(p.config.Gates)
	o, err := newOutput(options, overwrite, p.evaluator, []byte(h.Config), func() (*store.Journal, error) { return store.Begin(out, h) })
	if err != nil {
		return err
	}
	defer o.close()
	interrupted, err := o.take(p.evaluator.Replay(shards.rows(ctx, o)), func() {})
	if err = errors.Join(err, interrupted); err != nil {
		return errors.Join(err, o.discard())
	}
	summary := p.evaluator.Summary()
	summary.Model, summary.Dataset.Name, summary.Dataset.Format = h.Model, h.Dataset.Name, h.Dataset.Format
	m, err := a.mergedManifest(shards, summary, started)
	if err != nil {
		return errors.Join(err, o.discard())
	}
	verdict := verdictOf(p.config, gates, summary, measuredBy(m))
	if err := o.finish(summary, m, verdict); err != nil {
		return errors.Join(err, o.discard())
	}
	if err := errors.Join(a.sayDone(out, asJSON, summary), p.evaluator.Err()); err != nil {
		return err
	}
	return a.sayGates(p.config, gates, verdict)
}

// shard is one of the run folders that are merged.
type shard struct {
	*store.Store
	dir   string
	index int
}

// shards are all of a dataset's, by index.
type shards []shard

// openShards opens run folders, and holds them against each other: none may be missing, there twice, or of another evaluation.
func openShards(dirs []string) (list shards, err error) {
	count, at := 0, map[int]string{}
	for _, dir := range dirs {
		s, err := store.Open(dir)
		if err != nil {
			return list, err
		}
		list = append(list, shard{s, dir, 0})
		h := s.Header
		index, n, err := config.Run{Shard: h.Shard}.Part()
		switch {
		case err != nil:
			return list, fault.Dataf("%s: %w", dir, err)
		case n == 0:
			return list, fault.Usagef("%s is no shard: expected the folder of a run with --shard I/N", dir)
		case !h.Complete:
			return list, fault.Usagef("%s, shard %s, was interrupted: finish it with --resume", dir, h.Shard)
		case store.HasJournal(dir):
			return list, fault.Usagef("%s, shard %s, is being run again, or was and did not come to its end: wait for it, or finish it with --resume", dir, h.Shard)
		case count != 0 && n != count:
			return list, fault.Usagef("%s is shard %s and %s is shard %s: expected shards of one division", dirs[0], list[0].Header.Shard, dir, h.Shard)
		case at[index] != "":
			return list, fault.Usagef("shard %s is there twice: %s and %s", h.Shard, at[index], dir)
		}
		list[len(list)-1].index, count, at[index] = index, n, dir
		if differences, err := headerDifferences(list[0].Header, h); err != nil {
			return list, fault.Dataf("%s: its configuration: %w", dir, err)
		} else if len(differences) > 0 {
			return list, fault.Usagef("%s and %s are not shards of one evaluation: %s", dirs[0], dir, join(differences))
		}
	}
	var missing []string
	for i := range count {
		if at[i] == "" && len(missing) < 10 {
			missing = append(missing, fmt.Sprintf("%d/%d", i+1, count))
		}
	}
	if len(missing) > 0 {
		return list, fault.Usagef("missing shards: %s: run them with --shard, and name their folders, too", strings.Join(missing, ", "))
	}
	slices.SortFunc(list, func(x, y shard) int { return x.index - y.index })
	return list, nil
}

// checkFolder refuses to write over a shard.
func (s shards) checkFolder(out string) error {
	for _, one := range s {
		if sameFile(one.dir, out) {
			return fault.Usagef("--out: %s is shard %s, which is read: choose another folder", out, one.Header.Shard)
		}
	}
	return nil
}

// sameFile says whether two paths lead to one file or folder.
func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// rows yields the rows of all shards in the dataset's order, and stores their predictions where that is asked for.
func (s shards) rows(ctx context.Context, to *output) iter.Seq2[*pipeline.Row, error] {
	return func(yield func(*pipeline.Row, error) bool) {
		var next []func() (*pipeline.Row, error, bool)
		for _, one := range s {
			n, stop := iter.Pull2(one.Rows())
			defer stop()
			next = append(next, n)
		}
		for index := 0; ; index++ {
			one := s[index%len(s)]
			row, err, more := next[index%len(s)]()
			if err == nil {
				err = ctx.Err()
			}
			if err == nil && !more {
				err = s.ended(next, index)
				if err == nil {
					return
				}
			}
			if err == nil && row.Index != index {
				err = fault.Dataf("%s, shard %s, has image %d where image %d is expected: it is of another dataset than the others", one.dir, one.Header.Shard, row.Index, index)
			}
			if err == nil && to.predictions != nil {
				err = to.predictions.Copy(one.dir, row.Record, to.scores())
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// ended says whether all shards end where the first does that has no more rows.
func (s shards) ended(next []func() (*pipeline.Row, error, bool), index int) error {
	for k := range s {
		if row, _, more := next[k](); k != index%len(s) && more && row != nil {
			return fault.Dataf("%s, shard %s, ends before image %d, and %s has image %d: they are of different datasets", s[index%len(s)].dir, s[index%len(s)].Header.Shard, index, s[k].dir, row.Index)
		}
	}
	return nil
}

// source lists the names of all shards' images, in the dataset's order.
func (s shards) source() (dataset.Source, error) {
	list := namedItems{classes: s[0].Header.Columns.Classes}
	for _, one := range s {
		items, err := itemsOf(one.Store)
		if err != nil {
			return nil, err
		}
		list.items = append(list.items, items...)
	}
	slices.SortFunc(list.items, func(a, b dataset.Item) int { return a.Index - b.Index })
	return list, nil
}
