package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/bucket"
	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/metrics"
	"github.com/segmetry/segmetry/report"
)

// flagKeys are the flags of run that are configuration keys.
var flagKeys = []struct{ flag, key, help string }{
	{"model", "model.path", "the ONNX `FILE`"},
	{"images", "dataset.images", "`folder` of the images"},
	{"masks", "dataset.masks", "`folder` of the label images"},
	{"classes", "dataset.classes", "class `names`, in the order of their numbers: background,cell"},
	{"ignore-index", "dataset.ignore_index", "mask `value` that counts nowhere"},
	{"filter", "dataset.filter", "`glob` on the image's name"},
	{"limit", "dataset.limit", "stop after `N` images"},
	{"losses", "score.losses", "`names`, document, all or none; or a YAML file with options"},
	{"metrics", "score.metrics", "`names`, standard or none; or a YAML file"},
	{"slices", "score.slices", "`parts` of the images with figures of their own: size,brightness,class,column:NAME; or a YAML file"},
	{"score-classes", "score.classes", "class `names` that means over classes are of (default: all): person,car"},
	{"compat", "score.compat", "`names` of other systems, or all, whose figures are given, too: segmetry compat lists them"},
	{"on-error", "score.on_error", "`fail` (exit 3) or skip when an image cannot be scored"},
	{"device", "model.device", "`cpu`, cuda, tensorrt or auto"},
	{"reference", "model.reference", "another ONNX `FILE`, or cpu: report where the model's labels differ from its"},
	{"export", "report.exports", "`names`, or all: files for other tools beside the run's own (markdown, latex, mlflow, plots)"},
	{"out", "report.out", "the run `folder` that is written"},
	{"baseline", "run.baseline", "a run `folder`, or db:NAME of the history, to compare with: gates are judged"},
	{"noise", "run.noise", "further run `folders` of the baseline, or db:alike for those of the history: what they differ by in latency and throughput is no regression"},
	{"allow", "run.allow", "`names` of what may differ from the baseline beside the model"},
	{"workers", "run.workers", "`N` images in flight (default: the processors)"},
	{"memory", "run.memory", "what the process may take, such as `1.5GiB`: fewer workers where they would take more"},
	{"history", "run.history", "append the run to this SQLite `FILE`: segmetry history lists it"},
	{"shard", "run.shard", "`I/N`: evaluate every Nth image from the Ith on; segmetry merge joins the run folders"},
	{"on-fail", "run.on_fail", "a `command` for the shell, run where the run fails: docs/schedule.md"},
	{"runtime", "run.runtime", "the ONNX Runtime library's `FILE`"},
}

func (a *app) runCommand() *cobra.Command {
	var set []string
	c := &cobra.Command{
		Use: "run [CONFIG.yaml]", Short: "Evaluate a model on a dataset", Args: cobra.MaximumNArgs(1),
		Long: `Run a model over a dataset and write a run folder: report.html, images.csv, summary.csv, summary.json, statistics/,
config.yaml and manifest.json. Every flag is also a key of the configuration file; a flag wins.`,
		Example: `  segmetry run configs/quickstart.yaml
  segmetry run --model m.onnx --images images --masks masks --classes background,cell --out runs/first
  segmetry run my.yaml --resume
  segmetry run my.yaml --shard 2/3 --out runs/part2
  segmetry run my.yaml --set preprocess.interpolation=cv_linear --limit 10 --json`,
	}
	addRunFlags(c.Flags(), &set)
	c.Flags().Bool("json", false, "print the summary as JSON (run.json)")
	c.RunE = func(c *cobra.Command, args []string) error {
		h := hook{}
		h.command, _ = c.Flags().GetString("on-fail") // defined above
		h.out, _ = c.Flags().GetString("out")
		cfg, err := a.configure(c.Context(), c.Flags(), args, set, config.Load)
		if err == nil {
			cfg.Run.GatesByFlag = c.Flags().Changed("gate")
			h.command, h.out = cfg.Run.OnFail, cfg.Report.Out
			err = a.run(c.Context(), cfg)
		}
		return a.tell(c.Context(), h, err)
	}
	return c
}

// addRunFlags defines the flags that are keys of a run's configuration.
func addRunFlags(flags *pflag.FlagSet, set *[]string) {
	for _, f := range flagKeys {
		flags.String(f.flag, "", f.help+" ("+f.key+")")
	}
	flags.StringArray("gate", nil, "a gate such as \"mIoU: min 0.69\" or, with --baseline, \"mIoU: no worse by 0.5pt\" (gates); may be given again")
	flags.StringArrayVar(set, "set", nil, "set any configuration key: `a.b=c`")
	flags.StringArray("tag", nil, "give the run this `tag` in the history; may be given again (run.tags)")
	flags.Bool("offline", false, "use no network: never fetch the ONNX Runtime library, ask no bucket (run.offline)")
	flags.Bool("overwrite", false, "replace a run that already lies in the run folder (run.overwrite)")
	flags.Bool("resume", false, "go on where a run in the run folder stopped that did not come to its end (run.resume)")
	flags.Bool("predictions", false, "store every image's predicted labels in the run folder (report.predictions)")
}

// loader reads a configuration: config.Load, or config.LoadData.
type loader func(path string, overrides []config.Override, network ...bucket.Network) (*config.Config, error)

// configure puts the configuration of a run together, and sets up the log as it says.
func (a *app) configure(ctx context.Context, flags *pflag.FlagSet, args, set []string, load loader) (*config.Config, error) {
	overrides, err := overridesOf(flags, set)
	if err != nil {
		return nil, err
	}
	cfg, err := load(strings.Join(args, ""), overrides, a.network(ctx))
	if err != nil {
		return nil, err
	}
	a.quiet, a.logFormat = a.quiet || cfg.Run.Quiet, pick(flags.Changed("log-format"), a.logFormat, cfg.Run.LogFormat)
	return cfg, a.setUpLog()
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// overridesOf turns the flags that were given into configuration keys.
func overridesOf(flags *pflag.FlagSet, set []string) ([]config.Override, error) {
	list, err := setOverrides(set)
	if err != nil {
		return nil, err
	}
	for _, f := range flagKeys {
		if !flags.Changed(f.flag) {
			continue
		}
		value, _ := flags.GetString(f.flag) // defined above as a string
		o := config.Override{Key: f.key, Value: value, Flag: "--" + f.flag}
		switch f.flag {
		case "allow", "noise", "classes", "losses", "metrics", "slices", "export", "compat", "score-classes":
			if o.Value, err = listOrFile(f.flag, value); err != nil {
				return nil, err
			}
		case "ignore-index", "limit", "workers":
		default:
			o.Text = true
		}
		list = append(list, o)
	}
	if flags.Changed("gate") {
		gates, _ := flags.GetStringArray("gate") // defined above as such
		text, err := json.Marshal(gates)
		if err != nil {
			return nil, err
		}
		list = append(list, config.Override{Key: "gates", Value: string(text), Flag: "--gate"})
	}
	for _, name := range []string{"offline", "overwrite", "resume", "json"} {
		if flags.Changed(name) {
			list = append(list, config.Override{Key: "run." + name, Value: flags.Lookup(name).Value.String(), Flag: "--" + name})
		}
	}
	if flags.Changed("tag") {
		tags, _ := flags.GetStringArray("tag") // defined above
		list = append(list, config.Override{Key: "run.tags", Value: listYAML(strings.Join(tags, ",")), Flag: "--tag"})
	}
	if flags.Changed("predictions") {
		list = append(list, config.Override{Key: "report.predictions", Value: flags.Lookup("predictions").Value.String(), Flag: "--predictions"})
	}
	return list, nil
}

// setOverrides turns what --set was given into configuration keys.
func setOverrides(set []string) ([]config.Override, error) {
	var list []config.Override
	for _, text := range set {
		key, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fault.Usagef("--set %s: expected key=value, such as preprocess.color=bgr", text)
		}
		list = append(list, config.Override{Key: key, Value: value, Flag: "--set " + key})
	}
	return list, nil
}

// listOrFile is what a flag was given as YAML: a comma-separated list, or the content of a YAML file.
func listOrFile(flag, value string) (string, error) {
	if !strings.HasSuffix(value, ".yaml") && !strings.HasSuffix(value, ".yml") {
		return listYAML(value), nil
	}
	text, err := os.ReadFile(value)
	if err != nil {
		return "", fault.Usagef("--%s: %w", flag, err)
	}
	return string(text), nil
}

// listYAML quotes a comma-separated list.
func listYAML(text string) string {
	parts := strings.Split(text, ",")
	for i, p := range parts {
		parts[i] = "'" + strings.ReplaceAll(strings.TrimSpace(p), "'", "''") + "'"
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// library finds or fetches ONNX Runtime for a device.
func (a *app) library(ctx context.Context, path string, offline bool, device string) (model.Library, error) {
	if path == "" {
		path = a.getenv("SEGMETRY_RUNTIME")
	}
	var announce io.Writer
	if !a.quiet {
		announce = a.stderr
	}
	return model.FindLibrary(ctx, model.LibraryOptions{Path: path, Offline: offline, Announce: announce, CUDA: device != "cpu"})
}

// run evaluates and writes the run folder.
func (a *app) run(ctx context.Context, cfg *config.Config) error {
	started := time.Now()
	limit, err := cfg.Run.MemoryBytes()
	if err != nil {
		return err
	}
	if err := checkParts(cfg); err != nil {
		return err
	}
	base, err := openBaseline(ctx, cfg)
	if err != nil {
		return err
	}
	if err := a.tryHistory(ctx, cfg.Run); err != nil {
		return err
	}
	if done, err := a.checkFolder(cfg); done || err != nil {
		return err
	}
	o, err := a.open(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.closeOpened(o)
	for _, c := range o.session.Signature().Clues {
		if c.Doubt {
			a.log.Warn(c.Text)
		}
	}
	if err := a.keepWithin(ctx, o, limit); err != nil {
		return err
	}
	e, err := pipeline.New(o.options)
	if err != nil {
		return err
	}
	gates, err := tryGates(cfg, e, o.options.Slices)
	if err != nil {
		return err
	}
	saidOriented, err := a.lookFirst(ctx, cfg, o, e)
	if err != nil {
		return err
	}
	j := job{cfg: cfg, evaluator: e, opened: o, started: started, saidOriented: saidOriented, gates: gates}
	if err := base.admit(j); err != nil {
		return err
	}
	return a.evaluate(ctx, j)
}

// evaluatorOptions puts together what an evaluation needs.
func evaluatorOptions(cfg *config.Config, source dataset.Source, session model.Session, reference *reference, specs []losses.Spec, measures []metrics.Spec) (pipeline.Options, error) {
	o := pipeline.Options{Source: source, Session: session, Dataset: cfg.Dataset, Preprocess: cfg.Preprocess, Thresholds: cfg.Model.Threshold,
		Losses: specs, Metrics: measures, Workers: cmp.Or(cfg.Run.Workers, runtime.GOMAXPROCS(0)), OnError: cfg.Score.OnError, Over: cfg.Score.Classes, Compat: cfg.Score.Compat, Gallery: cfg.Report.Gallery(), Gradients: cfg.Report.Gradients}
	if !cfg.Model.ClassMap.IsZero() {
		table, err := cfg.Model.ClassMap.Table(session.Signature().Classes)
		if err != nil {
			return o, err
		}
		o.ClassMap = table
	}
	var err error
	if o.Shard.Index, o.Shard.Count, err = cfg.Run.Part(); err != nil {
		return o, err
	}
	if o.Reference, err = reference.option(cfg); err != nil {
		return o, err
	}
	if o.Bootstrap, err = bootstrapOf(cfg, source); err != nil {
		return o, err
	}
	o.Slices, err = slicesOf(cfg, source)
	return o, err
}

// job is one evaluation.
type job struct {
	cfg       *config.Config
	evaluator *pipeline.Evaluator
	opened    *opened
	started   time.Time
	resumed   int // images that an earlier process has evaluated
	// saidOriented says that a warning of pictures with an EXIF orientation was given before the run began.
	saidOriented bool
	gates        []gate.Gate
}

// evaluate runs the images and writes the folder, also when the run was interrupted.
func (a *app) evaluate(ctx context.Context, j job) error {
	e := j.evaluator
	if err := e.CanStore(); err != nil && j.cfg.Report.Predictions {
		return err
	}
	out, err := a.newRunOutput(j)
	if err != nil {
		return err
	}
	defer out.close()
	j.resumed = out.journal.Len()
	p := a.newProgress(j.opened.total)
	interrupted, err := out.take(e.Run(ctx), p.add)
	p.finish()
	if err != nil {
		return err
	}
	if n := e.Oriented(); n > 0 && !j.saidOriented && j.cfg.Preprocess.Orientation == dataset.OrientationIgnore {
		a.log.Warn(fmt.Sprintf("%d images have an EXIF orientation and were not turned; OpenCV's imread turns them, Pillow does not: preprocess.orientation: apply", n))
	}
	summary := j.summary(interrupted != nil)
	manifest := a.manifest(j, summary)
	verdict := verdictOf(j.cfg, j.gates, summary, measuredBy(manifest))
	if err := out.finish(summary, manifest, verdict); err != nil {
		return err
	}
	err = a.sayDone(j.cfg.Report.Out, j.cfg.Run.JSON, summary)
	if interrupted != nil {
		return interrupted
	}
	if err := errors.Join(err, e.Err()); err != nil {
		return errors.Join(err, a.remember(ctx, j.cfg, ""))
	}
	said := ""
	if verdict != nil {
		said = string(verdict.Verdict)
	}
	if j.cfg.Run.Baseline != "" {
		said, err = a.judgeBaseline(ctx, j.cfg)
	} else {
		err = a.sayGates(j.cfg, j.gates, verdict)
	}
	return errors.Join(a.remember(ctx, j.cfg, said), err)
}

// sayDone prints what a run folder was written of.
func (a *app) sayDone(dir string, asJSON bool, s *pipeline.Summary) (err error) {
	if asJSON {
		return report.SummaryJSON(a.stdout, s)
	}
	if !a.quiet {
		_, err = fmt.Fprintf(a.stdout, "%s\nreport: %s\n", summaryTable(s), filepath.Join(dir, "report.html"))
	}
	return err
}

// defineAll explains the figures in the report.
func defineAll(f *report.Folder, e *pipeline.Evaluator) {
	for name, d := range definitionsOf(e) {
		f.Define(name, d.Doc)
		f.Locate(name, d.Of, d.Page, d.Heading)
	}
}

// definitionsOf say what every figure of an evaluation is.
func definitionsOf(e *pipeline.Evaluator) map[string]record.Definition {
	list, docs := map[string]record.Definition{}, e.Measures().Docs()
	for name, figure := range e.Measures().Originals() {
		list[name] = record.Definition{Doc: docs[name], Of: figure, Page: "metrics.md", Heading: metrics.Base(figure)}
	}
	for k, label := range e.Losses().Labels() {
		if d, err := losses.Find(e.Losses().Name(k)); err == nil {
			list["loss."+label] = record.Definition{Doc: d.Title + ": " + d.Formula + ". Matches " + d.Matches + ".", Of: d.Name, Page: "losses.md", Heading: lossHeading(d.Name, d.Title)}
		}
	}
	return list
}

// lossHeading is a loss's heading in docs/losses.md.
func lossHeading(name, title string) string { return name + ": " + title }
