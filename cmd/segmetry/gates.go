package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/release"
	"github.com/segmetry/segmetry/pipeline/slicing"
)

// tryGates holds a run's gates, before anything is run, against what it measures and stores.
func tryGates(cfg *config.Config, e *pipeline.Evaluator, list []slicing.Slicing) ([]gate.Gate, error) {
	gates, err := release.Expand(cfg.Gates, e, list)
	if err != nil {
		return nil, err
	}
	flips := slices.IndexFunc(gates, func(g gate.Gate) bool { return g.Metric == release.LabelFlip })
	if flips >= 0 && cfg.Run.Baseline != "" && !cfg.Report.Predictions {
		return nil, fault.Usagef("gate %q compares labels pixel by pixel: store them with --predictions (report.predictions: true), in the baseline, too", gates[flips])
	}
	if cfg.Run.Baseline == "" && cfg.Run.GatesByFlag {
		for _, g := range gates {
			if release.NeedsBaseline(g) {
				return nil, fault.Usagef("gate %q needs a baseline: give one with --baseline RUN, or judge two finished runs by segmetry compare", g)
			}
		}
	}
	return gates, nil
}

// pastGates are the gates of a configuration whose images were evaluated before.
func pastGates(cfg *config.Config, e *pipeline.Evaluator, source dataset.Source) ([]gate.Gate, error) {
	list, err := slicesOf(cfg, source)
	if err != nil {
		return nil, err
	}
	return tryGates(cfg, e, list)
}

// withoutMeasured leaves out the gates on what a run took.
func withoutMeasured(gates []gate.Gate) []gate.Gate {
	return slices.DeleteFunc(gates, func(g gate.Gate) bool { return slices.Contains(release.MeasuredNames, g.Metric) })
}

// verdictOf judges the gates that a run alone can be judged by; nil where there are none. Those of a shard wait for the whole.
func verdictOf(cfg *config.Config, gates []gate.Gate, s *record.Summary, measured map[string]float64) *record.Release {
	if cfg.Run.Baseline != "" || cfg.Run.Shard != "" || s.Partial {
		return nil
	}
	list := release.JudgeRun(gates, s, measured)
	if len(list) == 0 {
		return nil
	}
	return &record.Release{Verdict: release.Overall(list), Gates: list}
}

// sayGates prints the verdicts of a run's own gates, and what was not judged; the error names those that did not pass.
func (a *app) sayGates(cfg *config.Config, gates []gate.Gate, r *record.Release) error {
	if cfg.Run.Baseline != "" || len(gates) == 0 {
		return nil
	}
	waiting := 0
	for _, g := range gates {
		if cfg.Run.Shard != "" || release.NeedsBaseline(g) {
			waiting++
		}
	}
	var b strings.Builder
	if r != nil {
		for _, g := range r.Gates {
			fmt.Fprintf(&b, "gate %s%s: %s; %s\n", g.Gate, ofSlice(g), g.Verdict, g.Why)
		}
	}
	if waiting > 0 {
		fmt.Fprintf(&b, "%s not judged: a baseline (--baseline, segmetry compare) or the whole dataset is needed\n", english.Plural(waiting, "gate was", "gates were"))
	}
	if !a.quiet && !cfg.Run.JSON {
		if _, err := io.WriteString(a.stdout, b.String()); err != nil {
			return err
		}
	}
	if r != nil && release.ExitsWithFailure(r) {
		return errGate{string(r.Verdict), gateError(r)}
	}
	return nil
}

// ofSlice names the slice that a gate was judged by.
func ofSlice(g record.GateResult) string {
	if g.Slice == "" || g.Slice == g.Gate.Slices {
		return ""
	}
	return " (" + g.Slice + ")"
}

// storesPredictions makes sure that a baseline has what a gate on labels needs.
func storesPredictions(dir string, gates []gate.Gate) error {
	for _, g := range gates {
		if g.Metric == release.LabelFlip && absent(filepath.Join(dir, "predictions")) {
			return fault.Usagef("gate %q compares labels pixel by pixel, and %s has no stored predictions: run the baseline with --predictions", g, dir)
		}
	}
	return nil
}
