package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize/english"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/internal/store"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// rescoreFlags are the flags of run that rescore has, too.
var rescoreFlags = []string{"filter", "limit", "metrics", "losses", "slices", "score-classes", "compat", "on-error", "export", "classes", "out"}

func (a *app) rescoreCommand() *cobra.Command {
	var set []string
	var regroup regrouping
	c := &cobra.Command{
		Use: "rescore RUN", Short: "Form the figures of a run again, with other metrics, images, classes or intervals, without the model", Args: cobra.ExactArgs(1),
		Long: `Write the run folder that a run with another configuration would have written, from the statistics of a run that is over:
other metrics or losses, means over some classes, a part of the images, slices, other systems' figures, merged or ignored classes, intervals. Neither the model nor the images are
needed. Every figure is that of a fresh run, to the last bit; what the statistics do not suffice for is refused, and the error says what
is missing. docs/rescore.md lists what may be asked for.`,
		Example: `  segmetry rescore runs/first --out runs/night --filter "night-*"
  segmetry rescore runs/first --out runs/sure --set score.bootstrap.confidence=0.99 --set score.bootstrap.resamples=10000
  segmetry rescore runs/first --out runs/more --metrics standard,quantiles,kappa,mcc --losses none
  segmetry rescore runs/first --out runs/wards --slices column:ward --set dataset.metadata=wards.csv
  segmetry rescore runs/first --out runs/merged --merge "vehicle=car,bus,truck" --merge "person=person,rider" --ignore void
  segmetry rescore runs/first --out runs/things --score-classes person,car
  segmetry rescore runs/first --out runs/mmseg --compat mmseg --json`,
	}
	for _, f := range flagKeys {
		if slices.Contains(rescoreFlags, f.flag) {
			c.Flags().String(f.flag, "", f.help+" ("+f.key+")")
		}
	}
	c.Flags().StringArrayVar(&regroup.merge, "merge", nil, "make one class of several, `NEW=a,b`; may be given again (dataset.label_map, model.class_map)")
	c.Flags().StringSliceVar(&regroup.ignore, "ignore", nil, "`classes` whose true pixels count nowhere (dataset.label_map)")
	c.Flags().StringArrayVar(&set, "set", nil, "set any configuration key: `a.b=c`")
	c.Flags().Bool("overwrite", false, "replace a run that already lies in the run folder")
	c.Flags().Bool("json", false, "print the summary as JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		r, err := openRescoring(args[0], c.Flags(), set, regroup)
		if err != nil {
			return err
		}
		defer func() { _ = r.Close() }() // it was only read
		return a.rescore(c.Context(), r)
	}
	return c
}

// rescoring is a run that is over, and what is asked for of it.
type rescoring struct {
	*store.Store
	dir       string
	base      *config.Config // the run's
	config    *config.Config // what a run would have that gives the same
	text      []byte         // of it
	named     []string       // keys that the user has set
	changes   []config.Difference
	regroup   regrouping
	from      *pipeline.Evaluator // of the run's rows
	evaluator *pipeline.Evaluator
	gates     []gate.Gate
	remap     *metrics.Remap // nil where classes stay what they are
	rows      *pipeline.Rescoring
	chosen    selection
	leave     []string // what the run folder had and the new one cannot have
}

// openRescoring opens a run, and says of what is asked for whether its statistics suffice.
func openRescoring(dir string, flags *pflag.FlagSet, set []string, regroup regrouping) (*rescoring, error) {
	overrides, err := overridesOf(flags, set)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(dir)
	if err != nil {
		return nil, err
	}
	r := &rescoring{Store: s, dir: dir, regroup: regroup}
	for _, step := range []func() error{r.checkWhole, func() error { return r.configure(overrides) }, r.checkFolder, r.checkChanges, r.choose, r.compile, r.convertible} {
		if err := step(); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return r, nil
}

// checkWhole refuses runs that are parts.
func (r *rescoring) checkWhole() error {
	switch h := r.Header; {
	case h.Shard != "":
		return fault.Usagef("%s is shard %s of a dataset: join the shards with segmetry merge, and rescore the whole", r.dir, h.Shard)
	case !h.Complete:
		return fault.Usagef("%s was interrupted, and has the first images alone: finish it with segmetry run --resume", r.dir)
	}
	return nil
}

// configure lays what is asked for over the run's configuration.
func (r *rescoring) configure(overrides []config.Override) (err error) {
	name, text := filepath.Join(r.dir, "config.yaml"), []byte(r.Header.Config)
	if r.base, err = config.Stored(name, text); err != nil {
		return err
	}
	for _, o := range overrides {
		r.named = append(r.named, o.Key)
	}
	if r.config, err = config.Rescored(name, text, overrides); err != nil {
		return err
	}
	if r.base.Report.Predictions && !r.names("report.predictions") {
		r.config.Report.Predictions = false
		r.leave = append(r.leave, "the stored predictions stay where they are: "+filepath.Join(r.dir, "predictions"))
	}
	if err := r.regroup.apply(r.config, r.modelClasses()); err != nil {
		return err
	}
	return r.settle()
}

// settle writes the configuration, and what it says otherwise than the run's.
func (r *rescoring) settle() (err error) {
	if r.text, err = r.config.YAML(); err != nil {
		return err
	}
	r.changes, err = config.Changes([]byte(r.Header.Config), r.text)
	return err
}

// names says whether the user has set a key, or a section that it is in.
func (r *rescoring) names(key string) bool {
	return slices.ContainsFunc(r.named, func(set string) bool { return set == key || strings.HasPrefix(key, set+".") })
}

// checkFolder refuses to write over the run that is read.
func (r *rescoring) checkFolder() error {
	if !r.names("report.out") {
		return fault.Usagef("--out: name the run folder that is written")
	}
	if sameFile(r.dir, r.config.Report.Out) {
		return fault.Usagef("--out: %s is the run that is read: choose another folder", r.config.Report.Out)
	}
	return nil
}

// compile compiles what the run has gathered, and what is asked for.
func (r *rescoring) compile() (err error) {
	h := r.Header
	plain := *r.base // what does not touch an image's row needs no metadata
	plain.Score.Slices, plain.Score.Compat, plain.Score.Bootstrap.Resamples = nil, nil, 0
	if r.from, err = evaluatorOf(&plain, h.Model, namedItems{h.Columns.Classes, nil}); err != nil {
		return err
	}
	if err := checkKeys(r.dir, h, r.from); err != nil {
		return err
	}
	if r.remap, err = r.remapped(); err != nil {
		return err
	}
	if err := r.drop(); err != nil {
		return err
	}
	source := namedItems{r.config.Dataset.ClassNames(), r.chosen.items}
	if r.evaluator, err = evaluatorOf(r.config, h.Model, source); err != nil {
		return err
	}
	gates, err := pastGates(r.config, r.evaluator, source)
	r.gates = withoutMeasured(gates) // of other images or classes it is not known
	return err
}

// convertible makes ready to turn the run's rows into those of what is asked for.
func (r *rescoring) convertible() (err error) {
	r.rows, err = pipeline.NewRescoring(r.from, r.evaluator, r.remap)
	missing := (*pipeline.Missing)(nil)
	if !errors.As(err, &missing) {
		return err
	}
	of := "with these options"
	if r.remap != nil {
		of = "by these classes: the confusion matrix alone follows"
	}
	return fault.Usagef("%s has no statistics of %w, %s. Run again with them (segmetry run), or leave them out with --metrics and --losses: score.metrics and score.losses of %s say what it was run with",
		r.dir, missing, of, filepath.Join(r.dir, "config.yaml"))
}

// rescore writes the run folder.
func (a *app) rescore(ctx context.Context, r *rescoring) error {
	started := time.Now()
	for _, note := range r.notes() {
		a.log.Info(note)
	}
	options := r.config.Report
	options.Palette, options.Gates = r.config.Dataset.Palette, len(r.config.Gates)
	o, err := newOutput(options, r.config.Run.Overwrite, r.evaluator, r.text, func() (*store.Journal, error) { return store.Begin(options.Out, r.header()) })
	if err != nil {
		return err
	}
	defer o.close()
	interrupted, err := o.take(r.evaluator.Replay(r.convert(ctx)), func() {})
	if err = errors.Join(err, interrupted); err != nil {
		return errors.Join(err, o.discard())
	}
	summary := r.evaluator.Summary()
	summary.Model, summary.Dataset.Name, summary.Dataset.Format = r.Header.Model, r.Header.Dataset.Name, r.Header.Dataset.Format
	m, err := a.rescoredManifest(r, summary, started)
	if err != nil {
		return errors.Join(err, o.discard())
	}
	verdict := verdictOf(r.config, r.gates, summary, nil)
	if err := o.finish(summary, m, verdict); err != nil {
		return errors.Join(err, o.discard())
	}
	if err := errors.Join(a.sayDone(options.Out, r.config.Run.JSON, summary), r.evaluator.Err()); err != nil {
		return err
	}
	return a.sayGates(r.config, r.gates, verdict)
}

// header says of what evaluation the rows are that are written.
func (r *rescoring) header() store.Header {
	h := r.Header
	h.Version, h.Config, h.Columns, h.Keys = version, string(r.text), r.evaluator.Columns(), r.evaluator.Measures().Keys()
	return h
}

// notes say what is done, and what the new folder will not have.
func (r *rescoring) notes() []string {
	list := []string{fmt.Sprintf("rescoring %d of the %s of %s", len(r.chosen.items), english.Plural(r.chosen.of, "image", ""), r.dir)}
	for _, c := range r.changes {
		list = append(list, c.String())
	}
	return append(list, r.leave...)
}
