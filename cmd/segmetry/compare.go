package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/internal/history"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/stats"
	"github.com/segmetry/segmetry/pipeline/release"
	"github.com/segmetry/segmetry/report"
)

// compareOptions are the flags of compare.
type compareOptions struct {
	gates, noise                  []string
	allow                         []string
	out, db                       string
	overwrite, json, annotations  bool
	resamples                     int
	seed                          uint64
	confidence, alpha, muchWorse  float64
	method, correction, groupedBy string
	metadata, onFail, slices      string
}

// defaultCompare is how runs are compared unless flags say otherwise.
var defaultCompare = compareOptions{resamples: 2000, seed: 1, confidence: 0.95, method: stats.BCa, alpha: 0.05, correction: release.Holm, muchWorse: 0.1}

func (a *app) compareCommand() *cobra.Command {
	o := defaultCompare
	c := &cobra.Command{
		Use: "compare BASE_RUN NEW_RUN", Short: "Check a release: compare two run folders, and judge gates", Args: cobra.ExactArgs(2),
		Long: `Compare two runs of one dataset image by image: the difference of every figure with a paired bootstrap interval and a
permutation test, how many images and pixels got better or worse, and what gates say of it. BASE_RUN may be db:last-released
or another name of a history (--history). Runs that differ in more than their figures are refused, unless --allow names what
may differ: ` + strings.Join(release.Allowances, ", ") + `.

Gates name a figure of summary.csv, or one of a run as a whole: ` + strings.Join(release.MeasuredNames, ", ") + `,
` + release.MuchWorse + `, ` + release.LabelFlip + `. "mIoU in scene=*: no worse by 1pt" is judged for every slice that the
pattern fits. Without --gate those of NEW_RUN's configuration are judged.

Exit codes: 0 every gate passed, 1 a gate failed or could not tell (inconclusive: warn or pass lets that through), 2 the runs
cannot be compared or a gate is wrong, 3 damaged files.`,
		Example: `  segmetry compare runs/released runs/candidate --allow model
  segmetry compare runs/released runs/candidate --allow model --gate "mIoU: non-inferior by 0.5pt at 95%" --out runs/check
  segmetry compare runs/released runs/candidate --allow model --gate gates.yaml --json`,
		RunE: func(c *cobra.Command, args []string) error {
			return a.tell(c.Context(), hook{command: o.onFail, out: o.out}, a.compare(c.Context(), args[0], args[1], o))
		},
	}
	f := c.Flags()
	f.StringArrayVar(&o.gates, "gate", nil, "a `FILE`.yaml of gates, or one such as \"mIoU: min 0.69\"; may be given again")
	f.StringSliceVar(&o.allow, "allow", nil, "`names` of what may differ")
	f.StringArrayVar(&o.noise, "noise", nil, "another run `folder` of the baseline, or db:alike for those of the history: what such runs differ by in latency and throughput is no regression; may be given again")
	f.StringVar(&o.slices, "slices", "", "`parts` of the images to compare, too: size,brightness,class,column:NAME; or a YAML file (default: score.slices of NEW_RUN)")
	f.StringVar(&o.out, "out", "", "write compare.html, compare.csv, compare.json, junit.xml and summary.md into this `folder`")
	f.StringVar(&o.db, "history", "", "the `FILE`.db in which db:last-released and other runs are looked up")
	f.StringVar(&o.onFail, "on-fail", "", "a `command` for the shell, run where a gate fails or the comparison does: docs/schedule.md")
	f.BoolVar(&o.overwrite, "overwrite", false, "replace a comparison that already lies in the folder")
	f.BoolVar(&o.json, "json", false, "print compare.json")
	f.BoolVar(&o.annotations, "github", false, "print gates that did not pass as annotations of GitHub Actions")
	f.IntVar(&o.resamples, "resamples", o.resamples, "`N` resamples and permutations")
	f.Uint64Var(&o.seed, "seed", o.seed, "of the resamples")
	f.Float64Var(&o.confidence, "confidence", o.confidence, "of the intervals")
	f.StringVar(&o.method, "method", o.method, "of the intervals: bca or percentile")
	f.Float64Var(&o.alpha, "alpha", o.alpha, "p-value above which a difference is marked with ~")
	f.StringVar(&o.correction, "correction", o.correction, "of the classes' p-values: holm or bh (Benjamini and Hochberg)")
	f.Float64Var(&o.muchWorse, "much-worse", o.muchWorse, "drop of an image's mIoU beyond which it became much worse")
	f.StringVar(&o.groupedBy, "group", "", "`column` of --metadata: images of one value, such as a patient's, are drawn together (default: score.bootstrap.group of NEW_RUN)")
	f.StringVar(&o.metadata, "metadata", "", "CSV `FILE` with a column image (default: dataset.metadata of NEW_RUN)")
	return c
}

// errGate is the error of a comparison whose gates did not all pass.
type errGate struct{ verdict, text string }

func (e errGate) Error() string { return e.text }

// compare compares two run folders.
func (a *app) compare(ctx context.Context, baseDir, newDir string, o compareOptions) error {
	gates, err := gatesOf(o.gates)
	if err != nil {
		return err
	}
	if strings.HasPrefix(baseDir, history.Prefix) {
		if baseDir, err = history.Resolve(ctx, baseDir, o.db); err != nil {
			return err
		}
	}
	r, err := compareRuns(ctx, baseDir, newDir, gates, o)
	if err != nil {
		return err
	}
	if !r.Comparable {
		if o.json {
			if err := report.ReleaseJSON(a.stdout, r); err != nil {
				return err
			}
		}
		return release.NotComparable(r.Differences)
	}
	return a.sayRelease(r, o)
}

// sayRelease writes and prints a comparison, and returns what its gates say.
func (a *app) sayRelease(r *record.Release, o compareOptions) (err error) {
	if o.out != "" {
		if err := report.Compare(o.out, r, o.overwrite); err != nil {
			return err
		}
	}
	switch {
	case o.json:
		err = report.ReleaseJSON(a.stdout, r)
	case !a.quiet:
		if err = report.ReleaseText(a.stdout, r); err == nil && o.out != "" {
			_, err = fmt.Fprintf(a.stdout, "report: %s\n", filepath.Join(o.out, "compare.html"))
		}
	}
	if err == nil && o.annotations {
		err = report.ReleaseAnnotations(a.stdout, r)
	}
	if err != nil {
		return err
	}
	if release.ExitsWithFailure(r) {
		return errGate{string(r.Verdict), gateError(r)}
	}
	return nil
}

// gateError names the gates that did not pass.
func gateError(r *record.Release) string {
	var lines []string
	for _, g := range r.Gates {
		if g.Verdict == gate.Failed || g.Verdict == gate.Inconclusive && g.Gate.Inconclusive == gate.Fail {
			lines = append(lines, fmt.Sprintf("gate %q%s: %s: %s", g.Gate, ofSlice(g), g.Verdict, g.Why))
		}
	}
	return strings.Join(lines, "\n")
}

// gatesOf reads what --gate was given; nil for nothing.
func gatesOf(list []string) ([]gate.Gate, error) {
	var gates []gate.Gate
	for _, text := range list {
		if ext := filepath.Ext(text); (ext == ".yaml" || ext == ".yml" || ext == ".json") && !strings.Contains(text, ": ") {
			more, err := gateFile(text)
			if err != nil {
				return nil, err
			}
			gates = append(gates, more...)
			continue
		}
		g, err := gate.Parse(text)
		if err != nil {
			return nil, fault.Usagef("--gate: %w", err)
		}
		gates = append(gates, g)
	}
	return gates, nil
}

// maxGates bounds a file of gates.
const maxGates = 1 << 20

// gateFile reads a file with the key gates, or a list of gates.
func gateFile(path string) ([]gate.Gate, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.Usagef("--gate: %w: expected a YAML file with gates:, or a gate such as %q", err, "mIoU: min 0.69")
	}
	if info.Size() > maxGates {
		return nil, fault.Usagef("--gate %s has %d bytes: expected at most %d", path, info.Size(), maxGates)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.Usagef("--gate: %w", err)
	}
	var file struct {
		Gates []gate.Gate `yaml:"gates"`
	}
	var top yaml.Node
	if err := yaml.Unmarshal(text, &top); err != nil {
		return nil, fault.Usagef("--gate %s: %w", path, err)
	}
	if len(top.Content) == 1 && top.Content[0].Kind == yaml.SequenceNode {
		err = top.Decode(&file.Gates)
	} else {
		err = top.Decode(&file)
	}
	if err != nil {
		return nil, fault.Usagef("--gate %s: %w", path, err)
	}
	if len(file.Gates) == 0 {
		return nil, fault.Usagef("--gate %s has no gates: expected gates: [{metric: mIoU, min: 0.69}]", path)
	}
	return file.Gates, nil
}

// compareRuns compares the runs of two folders.
func compareRuns(ctx context.Context, baseDir, newDir string, gates []gate.Gate, o compareOptions) (*record.Release, error) {
	base, err := openWhole(baseDir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = base.Close() }() // it was only read
	next, err := openWhole(newDir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = next.Close() }() // it was only read
	if gates == nil {
		gates = next.config.Gates
	}
	options, err := o.release(ctx, base, next)
	if err != nil {
		return nil, err
	}
	if gates, err = release.Expand(gates, next.evaluator, options.Slices); err != nil {
		return nil, err
	}
	first, err := sideOf(base)
	if err != nil {
		return nil, err
	}
	second, err := sideOf(next)
	if err != nil {
		return nil, err
	}
	r, err := release.Compare(first, second, gates, options)
	if r != nil {
		r.Palette, r.Definitions = next.config.Dataset.Palette, definitionsOf(next.evaluator)
	}
	return r, err
}

// openWhole is openPast of a run that came to its end.
func openWhole(dir string) (*past, error) {
	p, err := openPast(dir)
	if err != nil {
		return nil, err
	}
	if !p.Header.Complete {
		return nil, errors.Join(fault.Usagef("%s is of a run that was interrupted: finish it first, with segmetry run --resume", dir), p.Close())
	}
	return p, nil
}

// release are the options of a comparison.
func (o compareOptions) release(ctx context.Context, base, next *past) (release.Options, error) {
	r := release.Options{Options: stats.Options{Resamples: o.resamples, Seed: o.seed, Confidence: o.confidence, Method: o.method},
		Correction: o.correction, Alpha: o.alpha, Worse: o.muchWorse, Allow: o.allow, Differences: differencesOf(base.Header, next.Header)}
	if err := r.Validate(); err != nil {
		return r, fault.Usagef("%w", err)
	}
	var err error
	if r.Noise, err = noiseOf(ctx, o.noise, o.db, base.dir); err != nil {
		return r, err
	}
	f := &flipCounter{base: base, next: next}
	r.Flips, r.Pictures = f.count, f.pictures
	return r, o.divide(&r, next)
}

// divide says which images are drawn together and of which slices they are: as is asked for, else as the new run's configuration
// says.
func (o compareOptions) divide(r *release.Options, next *past) (err error) {
	cfg := *next.config
	cfg.Dataset.Metadata = cmp.Or(o.metadata, cfg.Dataset.Metadata)
	if o.slices != "" {
		if cfg.Score.Slices, err = sliceEntries(o.slices); err != nil {
			return err
		}
	}
	items, err := itemsOf(next.Store)
	if err != nil {
		return err
	}
	source := namedItems{next.Header.Columns.Classes, items}
	if r.Slices, err = slicesOf(&cfg, source); err != nil {
		return sayMetadata(err)
	}
	if r.Column = cmp.Or(o.groupedBy, cfg.Score.Bootstrap.Group); r.Column == "" {
		return nil
	}
	r.Group, err = groupsOf(&cfg, r.Column, source)
	return sayMetadata(err)
}

// sayMetadata adds to an error of metadata that are missing how compare is given them.
func sayMetadata(err error) error {
	if errors.As(err, &errNoMetadata{}) {
		return fault.Usagef("%w: --metadata FILE", err)
	}
	return err
}

// sideOf is a run as a comparison takes it.
func sideOf(p *past) (release.Side, error) {
	measured, err := measuredOf(p.dir)
	return release.Side{RunSide: record.RunSide{Dir: p.dir, Model: p.Header.Model, Dataset: p.Header.Dataset}, Evaluator: p.evaluator, Rows: p.Rows(), Measured: measured}, err
}

// measuredOf reads the figures of a run as a whole from its manifest.json.
func measuredOf(dir string) (map[string]float64, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	return measuredBy(m), nil
}

// measuredBy are a manifest's figures of the run as a whole.
func measuredBy(m *record.Manifest) map[string]float64 {
	inference := m.Stages[record.StageNames[record.Inference]]
	return map[string]float64{"latency.p50_ms": inference.P50MS, "latency.p95_ms": inference.P95MS, "latency.p99_ms": inference.P99MS, "latency.total_s": inference.TotalS,
		"images_per_s": m.ImagesPerS, "wall_s": m.WallS, "session_s": m.SessionS, "peak_rss_bytes": float64(m.PeakRSSBytes)}
}
