package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/internal/atomicfile"
	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/rss"
)

func (a *app) benchCommand() *cobra.Command {
	b := bench{app: a}
	var set []string
	c := &cobra.Command{
		Use: "bench CONFIG.yaml | kernels", Short: "Say where the time goes, against pure ONNX Runtime", Args: cobra.ExactArgs(1),
		Long: `Evaluate some images of a configuration and run ONNX Runtime alone on the same inputs, in turns, for every sensible split of
the processors into workers (images at a time) and threads (of one inference), and the fastest split also without ONNX Runtime's
blocked layout of channels (NCHWc), which some models are faster without; their numbers differ by rounding then, so that it is left out
only where that is at least 2% faster.
ONNX Runtime alone runs the model's file as it is; where operators are rewritten (model.rewrite), that is timed alone, too.
Times are of the images, files to figures: opening the model and writing the report are left out. Nothing is written but with
--write: the configuration with the fastest setting.

bench kernels times the innermost loops against a copy of the same memory.`,
		Example: "  segmetry bench my.yaml --images 50\n  segmetry bench my.yaml --write fast.yaml\n  segmetry bench kernels",
		RunE: func(c *cobra.Command, args []string) error {
			if args[0] == "kernels" {
				return a.benchKernels(b.json)
			}
			overrides, err := setOverrides(set)
			if err != nil {
				return err
			}
			cfg, err := config.Load(args[0], overrides, a.network(c.Context()))
			if err != nil {
				return err
			}
			b.path, b.overrides = args[0], overrides
			return b.run(c.Context(), cfg)
		},
	}
	c.Flags().IntVar(&b.images, "images", 64, "images of a pass, the first of the dataset; `N` of 0: all")
	c.Flags().IntVar(&b.rounds, "rounds", 3, "passes of each kind that are counted, after one that is not")
	c.Flags().Int64Var(&b.megabytes, "memory", 1024, "`MiB` of inputs that may be held for ONNX Runtime alone: fewer images where they are large")
	c.Flags().StringVar(&b.split, "split", "", "`workers x threads` to time alone, such as 2x1, and no other setting")
	c.Flags().StringVar(&b.write, "write", "", "write the configuration with the fastest setting to this `FILE`")
	c.Flags().StringArrayVar(&set, "set", nil, "set any configuration key: `a.b=c`")
	c.Flags().BoolVar(&b.json, "json", false, "the same for machines")
	return c
}

// bench measures one configuration.
type bench struct {
	app            *app
	images, rounds int
	megabytes      int64
	write          string
	split          string
	path           string
	overrides      []config.Override
	json           bool
}

func (b *bench) run(ctx context.Context, cfg *config.Config) error {
	if b.images < 0 || b.rounds < 1 || b.megabytes < 1 {
		return fault.Usagef("bench: expected --images from 0, --rounds from 1 and --memory from 1 on, found %d, %d and %d", b.images, b.rounds, b.megabytes)
	}
	if b.images > 0 && (cfg.Dataset.Limit == 0 || cfg.Dataset.Limit > b.images) {
		cfg.Dataset.Limit = b.images
	}
	cfg.Run.Shard = ""
	cfg.Report.Worst, cfg.Report.Best, cfg.Report.Median = 0, 0, 0 // thumbnails are the report's
	result := benchResult{Rounds: b.rounds}
	list, err := b.splits()
	if err != nil {
		return err
	}
	for _, s := range list {
		b.app.log.Info(s.String() + " …")
		times, images, err := b.measure(ctx, cfg, s)
		if err != nil {
			return err
		}
		result.Images, result.Settings = images, append(result.Settings, times...)
	}
	if b.split == "" && result.fastest().onCPU && mayUnblock(cfg.Model) {
		if err := b.tryUnblocked(ctx, cfg, &result); err != nil {
			return err
		}
	}
	result.conclude()
	result.PeakRSS = rss.Peak()
	if err := b.writeFastest(result.Fastest); err != nil {
		return err
	}
	if b.json {
		return printJSON(b.app.stdout, result)
	}
	return result.print(b.app.stdout)
}

// tryUnblocked times the fastest split with and without the blocked layout, in turns.
func (b *bench) tryUnblocked(ctx context.Context, cfg *config.Config, result *benchResult) error {
	blocked := result.fastest()
	s := blocked.setting
	s.Unblocked = true
	b.app.log.Info(s.String() + " and with it, in turns …")
	times, _, err := b.measure(ctx, cfg, blocked.setting, s)
	if err != nil {
		return err
	}
	times[0].Cold = blocked.Cold
	at := slices.IndexFunc(result.Settings, func(t timing) bool { return t.setting == blocked.setting })
	result.Settings[at] = times[0]
	result.Settings = append(result.Settings, times[1])
	return nil
}

// writeFastest writes the configuration with the fastest setting.
func (b *bench) writeFastest(s setting) error {
	if b.write == "" {
		return nil
	}
	text, err := config.Rewrite(b.path, append(b.overrides, s.overrides()...))
	if err != nil {
		return err
	}
	f, err := atomicfile.Create(b.write)
	if err != nil {
		return fault.Usagef("--write: %w", err)
	}
	defer f.Abort()
	if _, err := f.Write(text); err != nil {
		return fault.Usagef("--write: %w", err)
	}
	if err := f.Commit(); err != nil {
		return fault.Usagef("--write: %w", err)
	}
	b.app.log.Info("wrote " + b.write)
	return nil
}
