package pipeline

import (
	"cmp"
	"slices"

	"github.com/segmetry/segmetry/internal/record"
)

// latencies are the times of inference by size of the input; each worker's first is kept apart, because it pays for
// memory and plans that later ones find ready.
type latencies struct {
	warmUp histogram
	sizes  map[[2]int]*histogram
}

// maxSizes bounds the sizes that are told apart; the rest goes together as [0, 0].
const maxSizes = 64

func (l *latencies) add(r *Record) {
	if r.WarmUp {
		l.warmUp.add(r.Stages[record.Inference])
		return
	}
	if l.sizes == nil {
		l.sizes = map[[2]int]*histogram{}
	}
	size := r.Input
	if l.sizes[size] == nil && len(l.sizes) >= maxSizes {
		size = [2]int{}
	}
	if l.sizes[size] == nil {
		l.sizes[size] = &histogram{}
	}
	l.sizes[size].add(r.Stages[record.Inference])
}

// list is the latencies, the most frequent size first.
func (l *latencies) list() []record.Latency {
	list := []record.Latency{}
	for size, h := range l.sizes {
		list = append(list, record.Latency{Input: size, Images: h.count, Stage: h.stage()})
	}
	sortLatencies(list)
	return list
}

func sortLatencies(list []record.Latency) {
	slices.SortFunc(list, func(a, b record.Latency) int {
		return cmp.Or(b.Images-a.Images, slices.Compare(a.Input[:], b.Input[:]))
	})
}

// MergeLatencies are the latencies of parts of a dataset together, by size of the input.
func MergeLatencies(parts ...[]record.Latency) []record.Latency {
	merged := []record.Latency{}
	for _, l := range slices.Concat(parts...) {
		i := slices.IndexFunc(merged, func(m record.Latency) bool { return m.Input == l.Input })
		if i < 0 {
			merged = append(merged, l)
			continue
		}
		merged[i].Images += l.Images
		merged[i].Stage = MergeStages(merged[i].Stage, l.Stage)
	}
	sortLatencies(merged)
	return merged
}

// Latency returns the time of inference by size of the input of the images yielded so far, warm-up left out.
func (e *Evaluator) Latency() []record.Latency { return e.total.latency.list() }

// WarmUp returns the time of each worker's first inference.
func (e *Evaluator) WarmUp() record.WarmUp {
	h := &e.total.latency.warmUp
	return record.WarmUp{Images: h.count, Stage: h.stage()}
}
