package pipeline

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/stats"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// within says that an interval is there and holds the figure, or that neither is there.
func within(v record.Value) bool {
	if v.CI == nil || math.IsNaN(v.Value) {
		return v.CI != nil && math.IsNaN(v.CI.Low) && math.IsNaN(v.CI.High)
	}
	return v.CI.Low <= v.Value && v.Value <= v.CI.High
}

// bits are those of all figures and intervals.
func bits(s *Summary) (list []uint64) {
	add := func(x float64, ci *record.Interval) {
		list = append(list, math.Float64bits(x), math.Float64bits(ci.Low), math.Float64bits(ci.High))
	}
	for _, m := range append(slices.Clone(s.Metrics), s.Gradients...) {
		add(m.Value.Value, m.Value.CI)
	}
	for _, m := range s.PerClass {
		for _, v := range m.Values {
			add(v.Value, v.CI)
		}
	}
	for _, l := range s.Losses {
		add(l.Value.Value, l.Value.CI)
		add(l.Pooled, l.PooledCI)
	}
	return list
}

// TestIntervals: measures, losses and gradients have intervals that hold their figures, the same to the bit for any number of
// workers, and wider ones where images are drawn in groups of like ones.
func TestIntervals(t *testing.T) {
	run := func(workers int, group func(string) string) *Summary {
		e := evaluator(t, &fakeSession{}, 12, func(o *Options) {
			o.Workers, o.Gradients = workers, true
			o.Bootstrap = &Bootstrap{Options: stats.Options{Resamples: 400, Seed: 4, Workers: workers}, Group: group}
		})
		if _, err := consume(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		return e.Summary()
	}
	one := run(1, nil)
	if !slices.Equal(bits(one), bits(run(3, nil))) {
		t.Errorf("three workers give another summary than one")
	}
	for _, m := range one.Metrics {
		if !within(m.Value) {
			t.Errorf("%s: %v is not within %v", m.Name, m.Value.Value, m.Value.CI)
		}
	}
	for _, m := range one.PerClass {
		for c, v := range m.Values {
			if !within(v) {
				t.Errorf("%s of class %d: %v is not within %v", m.Name, c, v.Value, v.CI)
			}
		}
	}
	for _, l := range one.Losses {
		if !within(l.Value) || !within(record.Value{Value: l.Pooled, CI: l.PooledCI}) {
			t.Errorf("%s: %v, %v; %v, %v", l.Name, l.Value.Value, l.Value.CI, l.Pooled, l.PooledCI)
		}
	}
	for _, g := range one.Gradients {
		if g.Value.CI == nil {
			t.Errorf("%s has no interval", g.Name)
		}
	}
	if b := one.Bootstrap; b == nil || b.Units != 12 || b.Resamples != 400 || b.Confidence != 0.95 || b.Method != "bca" || b.Span != 0 {
		t.Errorf("%+v", b)
	}
	n := 0
	grouped := run(1, func(string) string { n++; return fmt.Sprint((n - 1) / 3) })
	if grouped.Bootstrap.Units != 4 || grouped.Metrics[0].Value.Value != one.Metrics[0].Value.Value || *grouped.Metrics[0].Value.CI == *one.Metrics[0].Value.CI {
		t.Errorf("%+v, %v, %v", grouped.Bootstrap, grouped.Metrics[0], one.Metrics[0])
	}
}

// TestManyImages: where there is no room for a unit an image, neighbours become one; nothing is lost, and the interval
// stays about as wide.
func TestManyImages(t *testing.T) {
	score := func(most int) *Summary {
		s, err := NewOffline(OfflineOptions{Classes: []string{"a", "b"}, Labels: true, Metrics: []metrics.Spec{{Name: "mIoU"}, {Name: "mIoU_p50"}},
			Bootstrap: &Bootstrap{Options: stats.Options{Resamples: 1000}}})
		if err != nil {
			t.Fatal(err)
		}
		s.total.intervals.most = most
		r := rand.New(rand.NewPCG(1, 1))
		for range 1001 {
			truth, predicted := make([]int16, 64), make([]int16, 64)
			rate := r.Float64() / 2
			for i := range truth {
				truth[i] = int16(r.IntN(2))
				predicted[i] = truth[i]
				if r.Float64() < rate {
					predicted[i] = 1 - truth[i]
				}
			}
			if err := s.AddLabels("x", &raster.Labels{Width: 8, Height: 8, Class: predicted}, &raster.Labels{Width: 8, Height: 8, Class: truth}); err != nil {
				t.Fatal(err)
			}
		}
		summary, err := s.Summary()
		if err != nil {
			t.Fatal(err)
		}
		return summary
	}
	all, few := score(5000), score(300)
	if all.Bootstrap.Units != 1001 || few.Bootstrap.Units != 251 || few.Bootstrap.Span != 4 {
		t.Errorf("%+v, %+v", all.Bootstrap, few.Bootstrap)
	}
	for i, m := range all.Metrics {
		a, b := m.Value.CI, few.Metrics[i].Value.CI
		if ratio := (b.High - b.Low) / (a.High - a.Low); !within(m.Value) || math.Abs(ratio-1) > 0.25 {
			t.Errorf("%s: %v of images, %v of four together", m.Name, a, b)
		}
	}
}

// BenchmarkIntervals is what the intervals of 5,000 images with 21 classes cost, 2,000 resamples: those of the document's losses with
// the standard measures, and with the figures of thresholds as well, whose states are resampled by ranges.
func BenchmarkIntervals(b *testing.B) {
	b.Run("standard", func(b *testing.B) { benchmarkIntervals(b, "standard") })
	b.Run("standard and thresholds", func(b *testing.B) { benchmarkIntervals(b, "standard", "thresholds") })
}

func benchmarkIntervals(b *testing.B, groups ...string) {
	const images, classes = 5000, 21
	names := make([]string, classes)
	for c := range names {
		names[c] = fmt.Sprint(c)
	}
	var specs []losses.Spec
	for _, name := range []string{"ce", "bce", "weighted_bce", "focal", "soft_dice", "soft_iou"} {
		specs = append(specs, losses.Spec{Name: name})
	}
	var measures []metrics.Spec
	for _, name := range groups {
		measures = append(measures, metrics.Spec{Name: name})
	}
	s, err := NewOffline(OfflineOptions{Classes: names, Losses: specs, Metrics: measures, Bootstrap: &Bootstrap{}})
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(2, 1))
	for range images {
		l, logits := &raster.Labels{Width: 8, Height: 8, Class: make([]int16, 64)}, make([]float32, 64*classes)
		for i := range logits {
			logits[i] = float32(r.NormFloat64())
		}
		for i := range l.Class {
			l.Class[i] = int16(r.IntN(classes))
			logits[int(l.Class[i])*64+i] += 3
		}
		if err := s.AddLogits("x", logits, nil, l); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := s.Summary(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(s.total.intervals.sample.Columns()), "columns")
}
