package metrics

import (
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
)

// State is what an accumulator knows of one image or of several: plain numbers that can be stored and merged later.
type State = record.State

// NewState returns zeros.
func NewState(counts, sums int) State {
	return State{Counts: make([]int64, counts), Sums: make([]float64, sums)}
}

// Accumulator says how one kind of statistics is gathered. It is immutable and may be shared.
type Accumulator interface {
	// Key identifies it: of two accumulators of a set with the same key one is dropped.
	Key() string
	// NewState is the state of no image.
	NewState() State
	// NewCollector makes what gathers an image. It also is a [BlockCollector] or a [MapCollector].
	NewCollector() Collector
}

// Merger is an accumulator whose states are merged in another way than by adding their numbers.
type Merger interface {
	Merge(dst, src *State)
}

// Collector gathers one image after another; it owns the buffers for it and serves one goroutine at a time.
type Collector interface {
	// Reset forgets the image.
	Reset()
	// Finish writes the image's state to dst, which is as NewState or an earlier Finish left it.
	Finish(dst *State)
}

// BlockCollector is fed the blocks of a pass.
type BlockCollector interface {
	Visit(b *Block)
}

// MapCollector is fed the finished label maps. It may keep m until Finish.
type MapCollector interface {
	Maps(m *Maps)
}

// Block is a block of the pass with its probabilities.
type Block struct {
	*pass.Block
	planes []float32 // probabilities as they were given, planes of pixels values; nil: the pass's own
	pixels int
}

// Probabilities returns a plane's probabilities. What stands at ignored pixels is meaningless.
func (b *Block) Probabilities(plane int) []float32 {
	if b.planes == nil {
		return b.ProbabilityPlane(plane)
	}
	return b.planes[plane*b.pixels+b.Start:][:b.N]
}

// flat returns the probabilities of all planes: pixel i's of plane p is at p·stride + i.
func (b *Block) flat() (probabilities []float32, stride int) {
	if b.planes == nil {
		return b.P, pass.BlockSize
	}
	return b.planes[b.Start:], b.pixels
}

// Given says that the probabilities were given, and not derived from logits.
func (b *Block) Given() bool { return b.planes != nil }

// Maps are the finished label maps of an image, with what is derived from them when first asked for.
type Maps struct {
	Width, Height    int
	Truth, Predicted []int16 // raster.Ignored in Truth counts nowhere
	workspace        workspace
}

func (m *Maps) load(truth, predicted *raster.Labels) {
	m.Width, m.Height, m.Truth, m.Predicted = truth.Width, truth.Height, truth.Class, predicted.Class
	m.workspace.reset()
}

// resize returns a slice of n elements, the old one where it is large enough. Its content is not cleared.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// smallest is float32's smallest normal number: no probability that was given counts as less.
const smallest = 1.1754943508222875e-38
