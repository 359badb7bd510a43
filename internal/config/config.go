// Package config reads the YAML configuration: defaults first, then the file, then flags, all held against the JSON
// schema in configs. Every problem of a file is reported at once, with line, column and the nearest known key; each is
// an error of kind fault.Usage, or of kind fault.Data where it lies in the dataset's files alone.
package config

import (
	"bytes"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/report"
)

// Config is a whole configuration.
type Config struct {
	Model      model.Options      `yaml:"model"`
	Dataset    dataset.Options    `yaml:"dataset"`
	Preprocess dataset.Preprocess `yaml:"preprocess"`
	Inference  Inference          `yaml:"inference"`
	Score      Score              `yaml:"score"`
	Report     report.Options     `yaml:"report"`
	Run        Run                `yaml:"run"`
	Gates      []gate.Gate        `yaml:"gates,omitempty"`
}

// Score is the `score:` section.
type Score struct {
	At      string  `yaml:"at"` // label
	Losses  []Entry `yaml:"losses"`
	Metrics []Entry `yaml:"metrics"`
	// Bootstrap asks for an interval of every aggregate figure.
	Bootstrap Bootstrap `yaml:"bootstrap"`
	// Classes are those that means over classes are of; none: all.
	Classes []string `yaml:"classes,omitempty,flow"`
	// Compat names other systems whose figures are given, too: profiles of package compat, or all.
	Compat []string `yaml:"compat,omitempty,flow"`
	// Slices are parts of the images whose figures are given, too.
	Slices  []Entry `yaml:"slices,omitempty"`
	OnError string  `yaml:"on_error"` // fail | skip
}

// Run is the `run:` section: how the program runs. Nothing in it changes a figure.
type Run struct {
	Workers   int    `yaml:"workers"`
	Memory    string `yaml:"memory,omitempty"` // what the process may take, such as 1.5GiB: fewer workers where they would take more
	Runtime   string `yaml:"runtime,omitempty"`
	Offline   bool   `yaml:"offline"`
	Overwrite bool   `yaml:"overwrite"`
	Resume    bool   `yaml:"resume"`          // go on where a run that did not come to its end stopped
	Shard     string `yaml:"shard,omitempty"` // I/N: every Nth image from the Ith on
	Quiet     bool   `yaml:"quiet"`
	JSON      bool   `yaml:"json"`
	LogFormat string `yaml:"log_format"`
	OnFail    string `yaml:"on_fail,omitempty"` // a command line for the shell, run where the run fails
	// History is the SQLite file that the finished run is appended to, with Tags.
	History string   `yaml:"history,omitempty"`
	Tags    []string `yaml:"tags,omitempty"`
	// Baseline is a run folder, or db:NAME of the history, that the finished run is compared with; Allow names what may
	// differ beside the model.
	Baseline string   `yaml:"baseline,omitempty"`
	Allow    []string `yaml:"allow,omitempty"`
	// Noise are further runs of the baseline: what they differ by in latency and throughput is no regression.
	Noise []string `yaml:"noise,omitempty"`
	// GatesByFlag says that the gates were given by hand: those that need a baseline are an error without one.
	GatesByFlag bool `yaml:"-"`
}

// Default returns the configuration of an empty file.
func Default() *Config {
	return &Config{
		Model: model.DefaultOptions(), Dataset: dataset.DefaultOptions(), Preprocess: dataset.DefaultPreprocess(),
		Inference: Inference{Mode: ModeWhole},
		Score:     Score{At: "label", Losses: []Entry{{Name: "document"}}, Metrics: []Entry{{Name: "standard"}}, Bootstrap: DefaultBootstrap(), OnError: "fail"},
		Report:    report.Options{Out: "runs/segmetry", Worst: 20, Best: 5, Median: 5},
		Run:       Run{LogFormat: "text"},
	}
}

// YAML is the configuration as it was resolved, defaults filled in: the run folder's config.yaml. Where the run folder
// lies and how the program runs change no figure; they stand in manifest.json and are left out here.
func (c *Config) YAML() ([]byte, error) {
	figures := struct {
		Model      model.Options      `yaml:"model"`
		Dataset    dataset.Options    `yaml:"dataset"`
		Preprocess dataset.Preprocess `yaml:"preprocess"`
		Inference  Inference          `yaml:"inference"`
		Score      Score              `yaml:"score"`
		Report     struct {
			Worst       int          `yaml:"worst"`
			Best        int          `yaml:"best"`
			Median      int          `yaml:"median"`
			Gradients   bool         `yaml:"gradients"`
			Predictions bool         `yaml:"predictions"`
			Exports     []string     `yaml:"exports,omitempty,flow"`
			Plots       report.Plots `yaml:"plots,omitempty,flow"`
		} `yaml:"report"`
		Gates []gate.Gate `yaml:"gates,omitempty"`
	}{Gates: c.Gates, Model: c.Model, Dataset: c.Dataset, Preprocess: c.Preprocess, Inference: c.Inference, Score: c.Score}
	figures.Dataset.Cache = dataset.Cache{}
	figures.Preprocess.Preset = "" // its keys stand there with their values
	figures.Report.Best, figures.Report.Median = c.Report.Best, c.Report.Median
	figures.Report.Worst, figures.Report.Gradients, figures.Report.Predictions = c.Report.Worst, c.Report.Gradients, c.Report.Predictions
	figures.Report.Exports, figures.Report.Plots = c.Report.Exports, c.Report.Plots
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(figures); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}
