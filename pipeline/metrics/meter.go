package metrics

import (
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// Meter gathers the states of one image after another. It is a visitor of the pass, which counts the confusion matrix,
// too, and serves one goroutine at a time.
type Meter struct {
	Confusion *Confusion
	set       *Set
	all       []Collector // an accumulator; the first, the confusion matrix, is not among them
	blocks    []BlockCollector
	maps      []MapCollector
	block     Block
	labels    Maps
}

// NewMeter returns a meter for the set.
func (s *Set) NewMeter() *Meter {
	m := &Meter{set: s, Confusion: NewConfusion(s.shape.Classes)}
	for _, a := range s.accumulators[1:] {
		c := a.NewCollector()
		m.all = append(m.all, c)
		if b, ok := c.(BlockCollector); ok {
			m.blocks = append(m.blocks, b)
		}
		if l, ok := c.(MapCollector); ok {
			m.maps = append(m.maps, l)
		}
	}
	return m
}

// Reset forgets the image. Where the next one's probabilities are known as they were given, and are not to be derived
// from logits, they are planes of the label's pixels; otherwise nil.
func (m *Meter) Reset(probabilities []float32) {
	m.Confusion.Reset()
	for _, c := range m.all {
		c.Reset()
	}
	m.block.planes, m.block.pixels = probabilities, len(probabilities)/max(1, m.set.shape.Planes())
}

// Visit adds a block.
func (m *Meter) Visit(b *pass.Block) {
	m.Confusion.Visit(b)
	if len(m.blocks) == 0 {
		return
	}
	m.block.Block = b
	for _, c := range m.blocks {
		c.Visit(&m.block)
	}
}

// Finish returns the image's states, once all of its blocks were visited; the label maps may be nil where the set needs
// none. The states are the caller's until [Set.Release].
func (m *Meter) Finish(truth, predicted *raster.Labels) []State {
	states := *m.set.pool.Get().(*[]State)
	m.Confusion.Fold()
	m.Confusion.state(&states[0])
	if len(m.maps) > 0 {
		m.labels.load(truth, predicted)
	}
	for _, c := range m.maps {
		c.Maps(&m.labels)
	}
	for i, c := range m.all {
		c.Finish(&states[i+1])
	}
	return states
}

// Release gives states back, for another image.
func (s *Set) Release(states []State) {
	if states != nil {
		s.pool.Put(&states)
	}
}
