package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/history"
	"github.com/segmetry/segmetry/pipeline/release"
)

// alike stands for every run of the history that is of the baseline's model, data and configuration.
const alike = history.Prefix + "alike"

// noiseOf reads the figures of further runs of the baseline: run folders, db:NAME or db:alike of a history.
func noiseOf(ctx context.Context, list []string, db, baseDir string) ([]map[string]float64, error) {
	var noise []map[string]float64
	for _, of := range list {
		if of == alike {
			runs, err := alikeRuns(ctx, db, baseDir)
			if err != nil {
				return nil, err
			}
			noise = append(noise, runs...)
			continue
		}
		dir := of
		if strings.HasPrefix(of, history.Prefix) {
			var err error
			if dir, err = history.Resolve(ctx, of, db); err != nil {
				return nil, err
			}
		}
		m, err := measuredOf(dir)
		if err != nil {
			return nil, err
		}
		noise = append(noise, m)
	}
	return noise, nil
}

// alikeRuns are the figures of the history's runs of the baseline's model, dataset and configuration. There must be one
// beside the baseline itself.
func alikeRuns(ctx context.Context, path, baseDir string) ([]map[string]float64, error) {
	if path == "" {
		return nil, fault.Usagef("--noise %s: say which history is meant: --history FILE.db (run.history)", alike)
	}
	base, err := history.FromFolder(baseDir)
	if err != nil {
		return nil, err
	}
	db, err := history.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	runs, err := db.List(ctx, history.Filter{Metrics: release.MeasuredNames, Model: base.ModelSHA256})
	if err != nil {
		return nil, err
	}
	var list []map[string]float64
	for _, r := range runs {
		if r.DatasetDigest != base.DatasetDigest || !alikeConfigured(base, r) || r.Started.Equal(base.Started) {
			continue
		}
		m := map[string]float64{}
		for _, f := range r.Figures {
			m[f.Metric] = f.Value
		}
		list = append(list, m)
	}
	if len(list) == 0 {
		return nil, fault.Usagef("--noise %s: %s has no other run of the model, data and configuration of %s: evaluate it again with --history", alike, path, baseDir)
	}
	return list, nil
}

// alikeConfigured says whether two runs were configured alike but for what changes no figure, such as gates. Of a run whose folder
// is gone, or holds another run by now, only the digest of the configuration is known.
func alikeConfigured(base, r *history.Run) bool {
	if r.ConfigSHA256 == base.ConfigSHA256 {
		return true
	}
	text, err := os.ReadFile(filepath.Join(r.Folder, "config.yaml"))
	if err != nil || fileDigest(filepath.Join(r.Folder, "config.yaml")) != r.ConfigSHA256 {
		return false
	}
	own, err := os.ReadFile(filepath.Join(base.Folder, "config.yaml"))
	if err != nil {
		return false
	}
	differences, err := config.Differences(own, text)
	return err == nil && len(differences) == 0
}
