package main

import (
	"maps"
	"testing"

	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/model"
)

// TestFastestSetting: the fastest evaluation wins, but the one whose numbers are rounded otherwise only where it is clearly faster.
func TestFastestSetting(t *testing.T) {
	two, one, unblocked := setting{Workers: 2, Threads: 1}, setting{Workers: 1, Threads: 2}, setting{Workers: 2, Threads: 1, Unblocked: true}
	of := func(s setting, wall, pure float64) timing {
		return timing{setting: s, Wall: []float64{wall}, Pure: []float64{pure}}
	}
	for name, c := range map[string]struct {
		list       []timing
		want, pure setting
		ratio      float64
	}{
		"workers":         {[]timing{of(two, 1.1, 1), of(one, 1.5, 1.4)}, two, two, 1.1},
		"threads":         {[]timing{of(two, 2, 1), of(one, 1.5, 1.4)}, one, two, 1.5},
		"a little faster": {[]timing{of(two, 1.1, 1), of(unblocked, 1.09, .9)}, two, unblocked, 1.1 / .9},
		"clearly faster":  {[]timing{of(two, 1.1, 1), of(unblocked, 1.0, .9)}, unblocked, unblocked, 1 / .9},
	} {
		r := benchResult{Settings: c.list}
		if r.conclude(); r.Fastest != c.want || r.FastestPure != c.pure || r.Ratio != c.ratio {
			t.Errorf("%s: fastest %v, ONNX Runtime alone %v, ratio %v; want %v, %v, %v", name, r.Fastest, r.FastestPure, r.Ratio, c.want, c.pure, c.ratio)
		}
	}
}

// TestSettingIsApplied: a setting adds to the user's session options, and what the user said of optimizers is left alone.
func TestSettingIsApplied(t *testing.T) {
	users := model.SessionOptions{"session.set_denormal_as_zero": "1"}
	cfg := config.Config{}
	cfg.Model.Device, cfg.Model.SessionOptions = "auto", users
	if !mayUnblock(cfg.Model) {
		t.Error("the blocked layout is not tried")
	}
	setting{Workers: 3, Threads: 2, Unblocked: true}.apply(&cfg)
	want := model.SessionOptions{"session.set_denormal_as_zero": "1", "optimization.disable_specified_optimizers": "NchwcTransformer"}
	if !maps.Equal(cfg.Model.SessionOptions, want) || cfg.Run.Workers != 3 || cfg.Model.Threads != 2 || len(users) != 1 {
		t.Errorf("%v, %d workers of %d threads; the user's options are %v now", cfg.Model.SessionOptions, cfg.Run.Workers, cfg.Model.Threads, users)
	}
	if mayUnblock(cfg.Model) {
		t.Error("tried again where it is set")
	}
}
