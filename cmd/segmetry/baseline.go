package main

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/history"
	"github.com/segmetry/segmetry/internal/store"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/release"
	"github.com/segmetry/segmetry/report"
)

// baseline is the run that run --baseline names, as far as it is looked at before anything is run.
type baseline struct {
	dir       string
	header    store.Header
	evaluator *pipeline.Evaluator
	scored    []string // images
}

// baselineFolder is the run folder that run --baseline names.
func baselineFolder(ctx context.Context, r config.Run) (string, error) {
	if strings.HasPrefix(r.Baseline, history.Prefix) {
		return history.Resolve(ctx, r.Baseline, r.History)
	}
	return r.Baseline, nil
}

// openBaseline makes sure that there is a run to compare with, and that it has what gates need; nil where none is named.
func openBaseline(ctx context.Context, cfg *config.Config) (*baseline, error) {
	if cfg.Run.Baseline == "" {
		return nil, nil
	}
	folder, err := baselineFolder(ctx, cfg.Run)
	if err != nil {
		return nil, err
	}
	if err := storesPredictions(folder, cfg.Gates); err != nil {
		return nil, err
	}
	if _, err := noiseOf(ctx, cfg.Run.Noise, cfg.Run.History, folder); err != nil {
		return nil, err
	}
	p, err := openWhole(folder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = p.Close() }() // it was only read
	b := &baseline{dir: folder, header: p.Header, evaluator: p.evaluator}
	return b, p.Scored(func(image string) { b.scored = append(b.scored, image) })
}

// allowed names what may differ from the baseline.
func allowed(r config.Run) []string { return append([]string{"model"}, r.Allow...) }

// admit refuses a run that could not be compared with the baseline once it is over, as far as that is known before: what
// it would be configured and evaluated by, and which images it would list.
func (b *baseline) admit(j job) error {
	if b == nil {
		return nil
	}
	text, err := j.cfg.YAML()
	if err != nil {
		return err
	}
	differences := differencesOf(b.header, j.header(text))
	onlyBase, onlyNew, common := b.pair(j)
	if common == 0 {
		return release.NothingInCommon(b.dir, j.cfg.Report.Out)
	}
	if j.cfg.Score.OnError == pipeline.OnErrorSkip { // those that the baseline has not scored may be skipped in this run, too
		onlyNew = 0
	}
	if onlyBase+onlyNew > 0 {
		differences = append(differences, release.ScoredAlone(onlyBase, onlyNew))
	}
	if err := release.NotComparable(release.Permit(differences, allowed(j.cfg.Run))); err != nil {
		return err
	}
	return release.CheckBase(j.gates, b.dir, b.evaluator)
}

// pair counts the images that the baseline alone has scored, that this run alone would score, and that both have.
func (b *baseline) pair(j job) (onlyBase, onlyNew, common int) {
	scored := map[string]bool{}
	for _, name := range b.scored {
		scored[name] = true
	}
	for item, err := range j.opened.options.Source.Items() {
		switch {
		case err != nil || !j.opened.options.Shard.Has(item.Index): // the run says what is wrong with an item
		case scored[item.Name]:
			common++
		default:
			onlyNew++
		}
	}
	return len(scored) - common, onlyNew, common
}

// judgeBaseline is what run --baseline does after the run.
func (a *app) judgeBaseline(ctx context.Context, cfg *config.Config) (string, error) {
	o := defaultCompare
	o.allow, o.out, o.overwrite = allowed(cfg.Run), filepath.Join(cfg.Report.Out, "compare"), true
	o.noise, o.db = cfg.Run.Noise, cfg.Run.History
	base, err := baselineFolder(ctx, cfg.Run)
	if err != nil {
		return "", err
	}
	r, err := compareRuns(ctx, base, cfg.Report.Out, cfg.Gates, o)
	if err != nil {
		return "", err
	}
	if !r.Comparable {
		return "", release.NotComparable(r.Differences)
	}
	if err := report.AddVerdict(cfg.Report.Out, r, "compare/compare.html"); err != nil {
		return "", err
	}
	if cfg.Run.JSON { // summary.json stands on stdout
		quiet := *a
		quiet.quiet = true
		return string(r.Verdict), quiet.sayRelease(r, o)
	}
	return string(r.Verdict), a.sayRelease(r, o)
}
