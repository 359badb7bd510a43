package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/store"
)

// checkParts refuses what cannot be brought together of parts: what a reference leaves is not in the statistics.
func checkParts(cfg *config.Config) error {
	flag := "--resume"
	if cfg.Run.Shard != "" {
		flag = "--shard"
	}
	if cfg.Model.Reference == "" || !cfg.Run.Resume && cfg.Run.Shard == "" {
		return nil
	}
	return fault.Usagef("%s does not go with model.reference: what two models differ in is not in the statistics; run without it", flag)
}

// checkFolder holds a run against what lies in its folder. done says that --resume has nothing to do there.
func (a *app) checkFolder(cfg *config.Config) (done bool, err error) {
	dir := cfg.Report.Out
	unfinished := store.HasJournal(dir)
	if !cfg.Run.Resume {
		if unfinished && !cfg.Run.Overwrite {
			return false, fault.Usagef("%s holds a run that did not come to its end: go on with it by --resume, or begin again with --overwrite", dir)
		}
		return false, nil
	}
	if _, err := os.Stat(filepath.Join(dir, "summary.json")); err != nil || unfinished {
		return false, nil
	}
	s, err := store.Open(dir)
	if err != nil {
		return false, err
	}
	defer func() { _ = s.Close() }() // it was only read
	if !s.Header.Complete {
		return false, nil
	}
	text, err := cfg.YAML()
	if err != nil {
		return false, err
	}
	h := store.Header{Version: s.Header.Version, Runtime: s.Header.Runtime, Model: s.Header.Model, Columns: s.Header.Columns, Keys: s.Header.Keys, Config: string(text), Shard: cfg.Run.Shard}
	h.Model.SHA256 = fileDigest(cfg.Model.Path)
	if err := sameRun(dir, s.Header, h); err != nil {
		return false, err
	}
	return true, a.sayComplete(cfg)
}

// sayComplete ends a --resume of a run that came to its end as that run ended.
func (a *app) sayComplete(cfg *config.Config) error {
	path := filepath.Join(cfg.Report.Out, "summary.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return fault.Usagef("%w", err)
	}
	var s struct{ Counts struct{ Images, OK int } }
	if err := json.Unmarshal(text, &s); err != nil {
		return fault.Dataf("%s: %w", path, err)
	}
	if cfg.Run.JSON {
		_, err = a.stdout.Write(text)
	} else if !a.quiet {
		_, err = fmt.Fprintf(a.stdout, "%s is complete: there is nothing to resume\n", cfg.Report.Out)
	}
	if bad := s.Counts.Images - s.Counts.OK; bad > 0 && (cfg.Score.OnError != "skip" || s.Counts.OK == 0) {
		err = errors.Join(err, fault.Dataf("%s is complete, and %d of its %d images could not be scored: images.csv says why", cfg.Report.Out, bad, s.Counts.Images))
	}
	return err
}

// sameRun says in what two headers are not of one run.
func sameRun(dir string, base, other store.Header) error {
	list, err := headerDifferences(base, other)
	if err != nil {
		return fault.Dataf("%s: its configuration: %w", dir, err)
	}
	if base.Shard != other.Shard {
		list = append(list, config.Difference{Key: "run.shard", Base: orWhole(base.Shard), New: orWhole(other.Shard)})
	}
	if len(list) == 0 {
		return nil
	}
	return fault.Usagef("%s holds another run than is asked for: %s; choose another folder with --out, or begin again with --overwrite instead of --resume", dir, join(list))
}

func orWhole(shard string) string {
	if shard == "" {
		return "the whole dataset"
	}
	return shard
}

func join(list []config.Difference) string {
	var parts []string
	for _, d := range list {
		parts = append(parts, d.String())
	}
	return strings.Join(parts, "; ")
}

// headerDifferences lists what makes figures of two evaluations differ that are not of different images. Where model and
// dataset lie is no difference.
func headerDifferences(base, other store.Header) ([]config.Difference, error) {
	list, err := config.Differences([]byte(base.Config), []byte(other.Config))
	if err != nil {
		return nil, err
	}
	add := func(key, a, b string) {
		if a != b {
			list = append(list, config.Difference{Key: key, Base: a, New: b})
		}
	}
	add("the model's SHA-256", base.Model.SHA256, other.Model.SHA256)
	add("segmetry's version", base.Version, other.Version)
	add("ONNX Runtime's version", base.Runtime, other.Runtime)
	if !slices.Equal(base.Columns.Classes, other.Columns.Classes) {
		add("the classes", strings.Join(base.Columns.Classes, ", "), strings.Join(other.Columns.Classes, ", "))
	}
	if !slices.Equal(base.Keys, other.Keys) {
		add("the statistics", strings.Join(base.Keys, ", "), strings.Join(other.Keys, ", "))
	}
	return list, nil
}

// openJournal makes the run's journal, or goes on with the one that lies in the folder.
func (a *app) openJournal(j job, h store.Header) (*store.Journal, error) {
	dir := j.cfg.Report.Out
	if !j.cfg.Run.Resume {
		return store.Begin(dir, h)
	}
	journal, err := store.Continue(dir)
	if err != nil {
		return nil, err
	}
	if journal == nil {
		return store.Begin(dir, h)
	}
	if err := sameRun(dir, journal.Header, h); err != nil {
		_ = journal.Close() // it stays as it was
		return nil, err
	}
	journal.Header = h
	j.evaluator.Resume(journal.Rows())
	return journal, nil
}

// newRunOutput begins the run's folder.
func (a *app) newRunOutput(j job) (*output, error) {
	j.cfg.Report.Palette, j.cfg.Report.Gates = j.cfg.Dataset.Palette, len(j.cfg.Gates)
	text, err := j.cfg.YAML()
	if err != nil {
		return nil, err
	}
	o, err := newOutput(j.cfg.Report, j.cfg.Run.Overwrite || j.cfg.Run.Resume, j.evaluator, text, func() (*store.Journal, error) { return a.openJournal(j, j.header(text)) })
	if err != nil {
		return nil, err
	}
	if n := o.journal.Len(); n > 0 {
		a.log.Info(fmt.Sprintf("going on after %d images", n))
	}
	if o.predictions != nil {
		j.evaluator.StorePredictions(o.predictions)
	}
	return o, nil
}
