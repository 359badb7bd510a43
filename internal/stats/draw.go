package stats

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// stream is the random numbers of one resample.
type stream struct {
	source rand.PCG
	rand   *rand.Rand
}

func newStream() *stream {
	s := &stream{}
	s.rand = rand.New(&s.source)
	return s
}

// begin starts the numbers of a resample. Its number is mixed (splitmix64), so that neighbours' states have nothing to do
// with each other.
func (s *stream) begin(seed uint64, resample int) {
	x := uint64(resample)*0x9e3779b97f4a7c15 + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	s.source.Seed(seed, x^x>>31)
}

// draw counts how often each unit is drawn when as many are drawn as there are, with replacement.
func (s *stream) draw(weights []uint32) {
	clear(weights)
	n := uint32(len(weights))
	for range weights {
		weights[s.rand.Uint32N(n)]++
	}
}

// swap sets each weight to 0 or 1, with equal chances.
func (s *stream) swap(weights []uint32) {
	var bits uint64
	for i := range weights {
		if i%64 == 0 {
			bits = s.rand.Uint64()
		}
		weights[i] = uint32(bits & 1)
		bits >>= 1
	}
}

// chunk is how many resamples share a walk over the units, at most; chunkWeights bounds their weights.
const (
	chunk        = 32
	chunkWeights = 1 << 20
)

// resampler computes the sums of resamples, chunk by chunk.
type resampler struct {
	sample    *Sample
	resamples int
	workers   int
	fill      func(s *stream, resample int, weights []uint32)
}

// each calls what visit returns with every resample's draw, from several goroutines and in any order.
func (r *resampler) each(visit func() func(resample int, d Draw)) {
	n, k := r.sample.Units(), r.sample.columns
	size := max(1, min(chunk, chunkWeights/max(1, n)))
	columns := newPanels(r.sample)
	parallel((r.resamples+size-1)/size, r.workers, func() func(int) {
		s, one, w := newStream(), visit(), newWeigher(columns, size)
		weights, sums := make([]uint32, size*n), make([]float64, size*k)
		return func(c int) {
			from := c * size
			count := min(size, r.resamples-from)
			for i := range count {
				r.fill(s, from+i, weights[i*n:][:n])
			}
			w.weigh(sums[:count*k], weights[:count*n])
			for i := range count {
				one(from+i, Draw{sums[i*k:][:k], weights[i*n:][:n]})
			}
		}
	})
}

// parallel does n pieces of work by several goroutines, each with what open makes for it.
func parallel(n, workers int, open func() func(i int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range max(1, min(workers, n)) {
		group.Go(func() {
			do := open()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	group.Wait()
}
