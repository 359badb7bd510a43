package history

import (
	"math"
	"slices"
)

// Segment is a part of a series whose level stays: values From to To-1.
type Segment struct {
	From, To int
	Level    float64 // the median of its values
}

// leastSegment is how many values a segment has at least: one value alone may be an outlier.
const leastSegment = 2

// What a change costs, in units of the noise: penalty·ln n, and more in short series, whose noise is hardly known. Of simulated
// normal noise without a change, at most one series of twenty is split (TestFalseChanges).
const penalty, shortPenalty = 2.0, 30.0

// Segments splits a series where its level changes, by optimal partitioning (Jackson and others, 2005): the exact least sum of
// the distances to the segments' medians, in units of the noise, plus a penalty for every change. Distances rather than their
// squares, so that one outlier is no change, wherever it stands. noise is the standard deviation from one value to the next
// that a change has to stand out of; 0 of a series that is constant. The values must be finite. Time grows with the square
// of their number: a thousand take some 0.1 s.
func Segments(values []float64) (list []Segment, noise float64) {
	n := len(values)
	if n == 0 {
		return nil, 0
	}
	if noise = noiseOf(values); noise == 0 || n < 2*leastSegment {
		return []Segment{{0, n, median(values)}}, noise
	}
	for _, cut := range partition(values, noise*(penalty*math.Log(float64(n))+shortPenalty/float64(n))) {
		list = append(list, Segment{cut[0], cut[1], median(values[cut[0]:cut[1]])})
	}
	return list, noise
}

// noiseOf estimates the standard deviation by the differences of neighbours, which a change of the level enters once: by their
// median size (a robust estimate), and where half of them or more are nil, by their mean square (von Neumann, 1941).
func noiseOf(values []float64) float64 {
	if len(values) < 2 {
		return 0
	}
	sizes, squares := make([]float64, len(values)-1), 0.0
	for i := range sizes {
		d := values[i+1] - values[i]
		sizes[i] = math.Abs(d)
		squares += d * d
	}
	if m := median(sizes); m > 0 {
		return m / 0.6744897501960817 / math.Sqrt2 // the normal distribution's upper quartile
	}
	return math.Sqrt(squares / float64(2*len(sizes)))
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// partition returns the segments of the least cost, each change costing beta.
func partition(values []float64, beta float64) (cuts [][2]int) {
	n := len(values)
	best, from := make([]float64, n+1), make([]int, n+1)
	for to := range best {
		best[to] = math.Inf(1)
	}
	best[0] = -beta
	var d distances
	for start := range n {
		if math.IsInf(best[start], 1) {
			continue
		}
		d.reset()
		for to := start + 1; to <= n; to++ {
			d.add(values[to-1])
			if c := best[start] + d.sum + beta; to-start >= leastSegment && c < best[to] {
				best[to], from[to] = c, start
			}
		}
	}
	for to := n; to > 0; to = from[to] {
		cuts = append(cuts, [2]int{from[to], to})
	}
	slices.Reverse(cuts)
	return cuts
}

// distances is the sum of the distances of values to their median, which does not change between the two in the middle.
type distances struct {
	sorted []float64
	sum    float64
}

func (d *distances) reset() { d.sorted, d.sum = d.sorted[:0], 0 }

func (d *distances) add(x float64) {
	if n := len(d.sorted); n > 0 {
		d.sum += max(0, d.sorted[(n-1)/2]-x, x-d.sorted[n/2])
	}
	at, _ := slices.BinarySearch(d.sorted, x)
	d.sorted = slices.Insert(d.sorted, at, x)
}
