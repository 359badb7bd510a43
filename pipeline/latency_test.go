package pipeline

import (
	"maps"
	"math"
	"testing"
	"time"

	"github.com/segmetry/segmetry/internal/record"
)

// TestLatencies: warm-ups are apart, sizes are told apart, and beyond 64 of them the rest goes together.
func TestLatencies(t *testing.T) {
	var l latencies
	add := func(height int, warm bool, d time.Duration) {
		r := &Record{Input: [2]int{height, 8}, WarmUp: warm}
		r.Stages[record.Inference] = d
		l.add(r)
	}
	add(1, true, time.Second)
	for range 3 {
		add(1, false, 10*time.Millisecond)
	}
	for height := range 100 {
		add(100+height, false, time.Millisecond)
	}
	list := l.list()
	if l.warmUp.count != 1 || len(list) != maxSizes+1 {
		t.Fatalf("%d warm-ups, %d sizes", l.warmUp.count, len(list))
	}
	if rest := list[0]; rest.Input != [2]int{} || rest.Images != 103-3-63 {
		t.Errorf("the rest is %+v", rest)
	}
	if first := list[1]; first.Input != [2]int{1, 8} || first.Images != 3 || first.P50MS < 9.9 || first.P50MS > 10.1 {
		t.Errorf("the first size is %+v", first)
	}
}

// TestMergeLatencies: the times of parts, merged, are those of one run over all of them.
func TestMergeLatencies(t *testing.T) {
	var whole latencies
	var parts [3]latencies
	var all histogram
	var stages [3]histogram
	for i := range 300 {
		r := &Record{Input: [2]int{64 * (1 + i%2), 64}, WarmUp: i < 6}
		r.Stages[record.Inference] = time.Duration(1+i*i) * 37 * time.Microsecond
		whole.add(r)
		parts[i%3].add(r)
		all.add(r.Stages[record.Inference])
		stages[i%3].add(r.Stages[record.Inference])
	}
	same := func(a, b record.Stage) bool {
		return math.Abs(a.TotalS-b.TotalS) < 1e-9 && a.P50MS == b.P50MS && a.P95MS == b.P95MS && a.P99MS == b.P99MS && maps.Equal(a.Histogram, b.Histogram)
	}
	if got, want := MergeStages(stages[0].stage(), stages[1].stage(), stages[2].stage()), all.stage(); !same(got, want) {
		t.Errorf("a stage: %+v, want %+v", got, want)
	}
	got, want := MergeLatencies(parts[0].list(), parts[1].list(), parts[2].list()), whole.list()
	if len(got) != 2 || len(want) != 2 {
		t.Fatalf("%d and %d sizes", len(got), len(want))
	}
	for i := range want {
		if got[i].Input != want[i].Input || got[i].Images != want[i].Images || !same(got[i].Stage, want[i].Stage) {
			t.Errorf("size %d: %+v, want %+v", i, got[i], want[i])
		}
	}
	if s := MergeStages(); s.TotalS != 0 || s.P50MS != 0 || s.Histogram != nil {
		t.Errorf("of nothing: %+v", s)
	}
}
