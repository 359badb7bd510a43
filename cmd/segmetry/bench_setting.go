package main

import (
	"fmt"
	"maps"
	"runtime"
	"strconv"

	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/model"
)

// setting is a way to use the processors: images at a time, threads of each inference, and whether ONNX Runtime does without
// its blocked layout of channels.
type setting struct {
	Workers   int  `json:"workers"`
	Threads   int  `json:"threads"`
	Unblocked bool `json:"unblocked,omitempty"`
}

// The session option that takes the blocked layout away. Where channels fill no block of 16, ONNX Runtime pads them, and reorders
// between operators: a small network may be faster without.
const (
	skippedOptimizers = "optimization.disable_specified_optimizers"
	blockedLayout     = "NchwcTransformer"
)

func (s setting) String() string {
	text := fmt.Sprintf("%d workers, %d threads", s.Workers, s.Threads)
	if s.Unblocked {
		text += ", without " + blockedLayout
	}
	return text
}

// apply puts the setting into a configuration, whose own session options stay.
func (s setting) apply(cfg *config.Config) {
	cfg.Model.Threads, cfg.Run.Workers = s.Threads, s.Workers
	if s.Unblocked {
		options := model.SessionOptions{skippedOptimizers: blockedLayout}
		maps.Copy(options, cfg.Model.SessionOptions)
		cfg.Model.SessionOptions = options
	}
}

// overrides are the setting as configuration keys.
func (s setting) overrides() []config.Override {
	list := []config.Override{
		{Key: "model.threads", Value: strconv.Itoa(s.Threads), Flag: "bench"},
		{Key: "run.workers", Value: strconv.Itoa(s.Workers), Flag: "bench"},
	}
	if s.Unblocked {
		list = append(list, config.Override{Key: "model.session_options." + skippedOptimizers, Value: blockedLayout, Flag: "bench"})
	}
	return list
}

// mayUnblock says whether the user has said nothing of the blocked layout.
func mayUnblock(o model.Options) bool {
	_, said := o.SessionOptions[skippedOptimizers]
	return !said
}

// splits are the ways to use n processors fully, most workers first.
func splits(n int) []setting {
	var list []setting
	for workers := n; workers >= 1; workers-- {
		if n%workers == 0 {
			list = append(list, setting{Workers: workers, Threads: n / workers})
		}
	}
	return list
}

// splits are those asked for, or all.
func (b *bench) splits() ([]setting, error) {
	if b.split == "" {
		return splits(runtime.NumCPU()), nil
	}
	var s setting
	if n, err := fmt.Sscanf(b.split, "%dx%d", &s.Workers, &s.Threads); n != 2 || err != nil || s.Workers < 1 || s.Threads < 1 || s.Workers > 4096 || s.Threads > 1024 {
		return nil, fault.Usagef("--split: expected workers x threads such as 2x1, found %q", b.split)
	}
	return []setting{s}, nil
}
