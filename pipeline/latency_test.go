package pipeline

import (
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
