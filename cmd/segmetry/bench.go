package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/atomicfile"
	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/rss"
	"github.com/segmetry/segmetry/pipeline"
)

func (a *app) benchCommand() *cobra.Command {
	b := bench{app: a}
	var set []string
	c := &cobra.Command{
		Use: "bench CONFIG.yaml | kernels", Short: "Say where the time goes, against pure ONNX Runtime", Args: cobra.ExactArgs(1),
		Long: `Evaluate some images of a configuration and run ONNX Runtime alone on the same inputs, in turns, for every sensible split of
the processors into workers (images at a time) and threads (of one inference). Times are of the images, files to figures:
opening the model and writing the report are left out. Nothing is written but with --write: the configuration with the
fastest split.

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
	c.Flags().StringVar(&b.split, "split", "", "`workers x threads` to time alone, such as 2x1")
	c.Flags().StringVar(&b.write, "write", "", "write the configuration with the fastest workers and threads to this `FILE`")
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

// split is a way to use the processors: images at a time, and threads of each inference.
type split struct {
	Workers int `json:"workers"`
	Threads int `json:"threads"`
}

// timing is what one split took, seconds a pass.
type timing struct {
	split
	Cold   float64                 `json:"cold_s"` // the evaluation's first pass, every buffer new
	Pure   []float64               `json:"pure_s"` // ONNX Runtime alone
	Wall   []float64               `json:"wall_s"` // the evaluation
	Ratio  []float64               `json:"ratio"`  // of the two, round by round
	Stages map[string]record.Stage `json:"stages"` // of the last evaluation
}

// benchResult is what bench found.
type benchResult struct {
	Images      int      `json:"images"`
	Rounds      int      `json:"rounds"`
	Settings    []timing `json:"settings"`
	Fastest     split    `json:"fastest"`                // of the evaluation
	FastestPure split    `json:"fastest_pure"`           // of ONNX Runtime alone
	Ratio       float64  `json:"wall_over_fastest_pure"` // medians
	PeakRSS     int64    `json:"peak_rss_bytes"`
}

// splits are the ways to use n processors fully, most workers first.
func splits(n int) []split {
	var list []split
	for workers := n; workers >= 1; workers-- {
		if n%workers == 0 {
			list = append(list, split{workers, n / workers})
		}
	}
	return list
}

// splits are those asked for, or all.
func (b *bench) splits() ([]split, error) {
	if b.split == "" {
		return splits(runtime.NumCPU()), nil
	}
	var s split
	if n, err := fmt.Sscanf(b.split, "%dx%d", &s.Workers, &s.Threads); n != 2 || err != nil || s.Workers < 1 || s.Threads < 1 || s.Workers > 4096 || s.Threads > 1024 {
		return nil, fault.Usagef("--split: expected workers x threads such as 2x1, found %q", b.split)
	}
	return []split{s}, nil
}

func (b *bench) run(ctx context.Context, cfg *config.Config) error {
	if b.images < 0 || b.rounds < 1 || b.megabytes < 1 {
		return fault.Usagef("bench: expected --images from 0, --rounds from 1 and --memory from 1 on, found %d, %d and %d", b.images, b.rounds, b.megabytes)
	}
	if b.images > 0 && (cfg.Dataset.Limit == 0 || cfg.Dataset.Limit > b.images) {
		cfg.Dataset.Limit = b.images
	}
	cfg.Report.Worst, cfg.Report.Best, cfg.Report.Median = 0, 0, 0 // thumbnails are the report's
	result := benchResult{Rounds: b.rounds}
	list, err := b.splits()
	if err != nil {
		return err
	}
	for _, s := range list {
		b.app.log.Info(fmt.Sprintf("%d workers, %d threads …", s.Workers, s.Threads))
		t, images, err := b.measure(ctx, cfg, s)
		if err != nil {
			return err
		}
		result.Images = images
		result.Settings = append(result.Settings, t)
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

// measure times both ways of one split in turns.
func (b *bench) measure(ctx context.Context, cfg *config.Config, s split) (t timing, images int, err error) {
	t.split = s
	cfg.Model.Threads, cfg.Run.Workers = s.Threads, s.Workers
	o, err := b.app.open(ctx, cfg)
	if err != nil {
		return t, 0, err
	}
	defer b.app.closeOpened(o)
	pure, err := pipeline.NewPure(ctx, o.options, b.megabytes<<20)
	if err != nil {
		return t, 0, err
	}
	defer func() { err = errors.Join(err, pure.Close()) }()
	limited := cfg.Dataset
	limited.Limit = pure.Images() // the same images
	if o.options.Source, err = dataset.Open(limited); err != nil {
		return t, 0, err
	}
	cold, _, err := evaluateOnce(ctx, o.options)
	if err == nil {
		_, err = pure.Pass(ctx) // to warm up
	}
	if err != nil {
		return t, 0, err
	}
	t.Cold = cold.Seconds()
	for range b.rounds {
		alone, err := pure.Pass(ctx)
		if err != nil {
			return t, 0, err
		}
		wall, stages, err := evaluateOnce(ctx, o.options)
		if err != nil {
			return t, 0, err
		}
		t.Pure, t.Wall = append(t.Pure, alone.Seconds()), append(t.Wall, wall.Seconds())
		t.Ratio = append(t.Ratio, wall.Seconds()/alone.Seconds())
		t.Stages = stages
	}
	return t, pure.Images(), nil
}

// evaluateOnce is one pass from files to figures.
func evaluateOnce(ctx context.Context, o pipeline.Options) (time.Duration, map[string]record.Stage, error) {
	e, err := pipeline.New(o)
	if err != nil {
		return 0, nil, err
	}
	begin := time.Now()
	for _, err := range e.Run(ctx) {
		if err != nil {
			return 0, nil, err
		}
	}
	e.Summary()
	return time.Since(begin), e.Stages(), e.Err()
}

// writeFastest writes the configuration with the fastest split.
func (b *bench) writeFastest(s split) error {
	if b.write == "" {
		return nil
	}
	text, err := config.Rewrite(b.path, append(b.overrides,
		config.Override{Key: "model.threads", Value: strconv.Itoa(s.Threads), Flag: "bench"},
		config.Override{Key: "run.workers", Value: strconv.Itoa(s.Workers), Flag: "bench"}))
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

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	n := len(s)
	return (s[(n-1)/2] + s[n/2]) / 2
}

func (r *benchResult) conclude() {
	fastest := func(of func(t timing) []float64) timing {
		return slices.MinFunc(r.Settings, func(x, y timing) int { return cmp.Compare(median(of(x)), median(of(y))) })
	}
	wall, pure := fastest(func(t timing) []float64 { return t.Wall }), fastest(func(t timing) []float64 { return t.Pure })
	r.Fastest, r.FastestPure = wall.split, pure.split
	r.Ratio = median(wall.Wall) / median(pure.Pure)
}

func (r *benchResult) print(out io.Writer) error {
	fmt.Fprintf(out, "%d images, medians of %d rounds\n\n", r.Images, r.Rounds)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "workers\tthreads\tONNX Runtime alone\tevaluation\twall ÷ alone")
	for _, t := range r.Settings {
		rate := func(x []float64) string { return fmt.Sprintf("%.3g images/s", float64(r.Images)/median(x)) }
		fmt.Fprintf(w, "%d\t%d\t%s\t%s\t%.3f (%.3f to %.3f)\n", t.Workers, t.Threads, rate(t.Pure), rate(t.Wall), median(t.Ratio), slices.Min(t.Ratio), slices.Max(t.Ratio))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	var best timing
	for _, t := range r.Settings {
		if t.split == r.Fastest {
			best = t
		}
	}
	var parts []string
	for _, name := range record.StageNames {
		parts = append(parts, fmt.Sprintf("%s %.3g", name, 1000*best.Stages[name].TotalS/float64(r.Images)))
	}
	_, err := fmt.Fprintf(out, "\nfastest: %d workers of %d threads; its wall ÷ the fastest ONNX Runtime alone (%d × %d): %.3f\nms an image: %s\npeak memory: %d MiB, inputs held for ONNX Runtime alone included\n",
		r.Fastest.Workers, r.Fastest.Threads, r.FastestPure.Workers, r.FastestPure.Threads, r.Ratio, strings.Join(parts, ", "), r.PeakRSS>>20)
	return err
}
