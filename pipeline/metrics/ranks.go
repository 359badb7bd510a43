package metrics

import (
	"math"
	"slices"
	"sync"
)

// maxRanks is how many distinct probabilities a plane of ranks keeps apart.
const maxRanks = 1 << 14

// ranks counts pixels by the distinct probabilities of each plane's class: exactly where they are at most maxRanks, and
// otherwise with as many of their low bits dropped as must be. Dropping depends on the set of probabilities alone, so
// that states merged in any order are the same.
//
// Its counts are, of every plane: the number of dropped bits, the NaN values, the number n of cells, and maxRanks times
// (bits of the probability as float32, shifted; pixels of the class; others), in rising order and 0 from the n-th on.
type ranks struct{ shape Shape }

func (ranks) Key() string { return "ranks" }

// rankStride is the counts of a plane.
const rankStride = 3 + 3*maxRanks

func (a ranks) NewState() State { return NewState(rankStride*a.shape.Planes(), 0) }

func (a ranks) NewCollector() Collector {
	return &rankCollector{ranks: a, keys: make([][]uint32, a.shape.Planes()), nans: make([]int64, a.shape.Planes())}
}

// cell is the pixels of one probability.
type cell struct{ key, positives, others int64 }

// cells is a plane's state.
type cells struct {
	dropped, nans int64
	list          []cell
}

// read reads a plane's state.
func (p *cells) read(counts []int64) {
	p.dropped, p.nans = counts[0], counts[1]
	p.list = p.list[:0]
	for c := counts[3 : 3+3*counts[2]]; len(c) > 0; c = c[3:] {
		p.list = append(p.list, cell{c[0], c[1], c[2]})
	}
}

// write writes the plane's state.
func (p *cells) write(counts []int64) {
	before := counts[2]
	counts[0], counts[1], counts[2] = p.dropped, p.nans, int64(len(p.list))
	for i, c := range p.list {
		counts[3+3*i], counts[4+3*i], counts[5+3*i] = c.key, c.positives, c.others
	}
	if end := int64(len(p.list)); end < before {
		clear(counts[3+3*end : 3+3*before])
	}
}

// drop drops low bits until at least as many as given are dropped and the cells fit.
func (p *cells) drop(least int64) {
	for p.dropped < least || len(p.list) > maxRanks {
		p.dropped++
		kept := p.list[:0]
		for _, c := range p.list {
			c.key >>= 1
			kept = joined(kept, c)
		}
		p.list = kept
	}
}

// joined appends a cell, or adds it to the last one where that has the same key.
func joined(list []cell, c cell) []cell {
	if n := len(list); n > 0 && list[n-1].key == c.key {
		list[n-1].positives += c.positives
		list[n-1].others += c.others
		return list
	}
	return append(list, c)
}

// merging are the buffers of Merge.
type merging struct{ a, b, both cells }

var mergings = sync.Pool{New: func() any { return &merging{} }}

// Merge merges the cells of equal probabilities.
func (a ranks) Merge(dst, src *State) {
	m := mergings.Get().(*merging)
	defer mergings.Put(m)
	for p := range a.shape.Planes() {
		to := dst.Counts[p*rankStride:][:rankStride]
		m.a.read(to)
		m.b.read(src.Counts[p*rankStride:][:rankStride])
		dropped := max(m.a.dropped, m.b.dropped)
		m.a.drop(dropped)
		m.b.drop(dropped)
		m.both.dropped, m.both.nans, m.both.list = dropped, m.a.nans+m.b.nans, m.both.list[:0]
		x, y := m.a.list, m.b.list
		for len(x) > 0 || len(y) > 0 {
			if len(y) == 0 || len(x) > 0 && x[0].key <= y[0].key {
				m.both.list, x = joined(m.both.list, x[0]), x[1:]
			} else {
				m.both.list, y = joined(m.both.list, y[0]), y[1:]
			}
		}
		m.both.drop(0)
		m.both.write(to)
	}
}

// read makes the curve of a plane.
func (a ranks) read(s *State, plane int, c *curve) {
	c.reset()
	if plane < 0 {
		return
	}
	m := mergings.Get().(*merging)
	defer mergings.Put(m)
	p := &m.a
	p.read(s.Counts[plane*rankStride:][:rankStride])
	if p.nans > 0 {
		return
	}
	tp, fp := int64(0), int64(0)
	for _, x := range slices.Backward(p.list) {
		tp += x.positives
		fp += x.others
		c.point(float64(math.Float32frombits(uint32(x.key<<p.dropped))), tp, fp)
	}
}

// rankCollector keeps every pixel's probabilities, and sorts them in the end.
type rankCollector struct {
	ranks
	keys  [][]uint32 // of every plane: bits of the probability, and 1 for a pixel of the class
	nans  []int64
	other []uint32
	cells cells
}

func (c *rankCollector) Reset() {
	for p := range c.keys {
		c.keys[p] = c.keys[p][:0]
	}
	clear(c.nans)
}

// Visit keeps a block's valid pixels.
func (c *rankCollector) Visit(b *Block) {
	for p := range c.keys {
		own := int16(c.shape.Class(p))
		keys := c.keys[p]
		for i, x := range b.Probabilities(p) {
			t := b.Labels[i]
			switch {
			case t < 0:
			case x != x:
				c.nans[p]++
			case t == own:
				keys = append(keys, math.Float32bits(x)<<1|1)
			default:
				keys = append(keys, math.Float32bits(x)<<1)
			}
		}
		c.keys[p] = keys
	}
}

// Finish writes the image's cells.
func (c *rankCollector) Finish(dst *State) {
	for p, keys := range c.keys {
		c.other = resize(c.other, len(keys))
		keys = sortBits(keys, c.other)
		c.cells.dropped, c.cells.nans, c.cells.list = 0, c.nans[p], c.cells.list[:0]
		for _, k := range keys {
			own := int64(k & 1)
			c.cells.list = joined(c.cells.list, cell{int64(k >> 1), own, 1 - own})
		}
		c.cells.drop(0)
		c.cells.write(dst.Counts[p*rankStride:][:rankStride])
	}
}

// sortBits sorts by radix, eleven bits a pass, and returns whichever of the two slices holds the result.
func sortBits(keys, other []uint32) []uint32 {
	const bits, passes = 11, 3
	var starts [passes][1 << bits]uint32
	for _, k := range keys {
		for p := range passes {
			starts[p][k>>(p*bits)&(1<<bits-1)]++
		}
	}
	for p := range passes {
		sum := uint32(0)
		for i, n := range starts[p] {
			starts[p][i] = sum
			sum += n
		}
		for _, k := range keys {
			at := &starts[p][k>>(p*bits)&(1<<bits-1)]
			other[*at] = k
			*at++
		}
		keys, other = other, keys
	}
	return keys
}
