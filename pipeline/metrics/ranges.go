package metrics

import (
	"math"
	"sort"
)

// ranger is an accumulator whose states can be too large to be resampled number by number. An image's row then has sums over
// ranges of its state. The state of a draw is that of all images, with each range scaled to the draw's sum: within a range
// a draw has the shares that all images have, and all images drawn once give exactly what they are.
type ranger interface {
	// Ranges divides states into ranges; nil where numbers are better resampled one by one.
	Ranges() ranges
}

// ranges divide an accumulator's states.
type ranges interface {
	// Len is how many there are.
	Len() int
	// Add adds a state's sums over ranges to dst.
	Add(dst []float64, s *State)
	// Scale writes to dst the state whole with the numbers of each range multiplied by its ratio, and then all numbers by
	// [enlarged].
	Scale(dst, whole *State, ratios []float64)
}

// enlarged is what scaled states are multiplied by, so that counts that are no longer whole lose nothing when they are rounded.
// No figure of these states depends on such a factor, and a power of two changes no bit of it.
const enlarged = 1 << 20

// scaled is a count in a range of this ratio.
func scaled(count int64, ratio float64) int64 { return int64(float64(count)*ratio*enlarged + 0.5) }

// rangeWidth is the width of ranges in the middle of the probabilities. Where they were an eighth wide, standard
// errors of best thresholds came out up to 44% too small; TestRangesResample holds them against those without ranges.
const rangeWidth = 1. / 32

// scale divides the probabilities below a half into ranges, and those above in the same way by 1 minus them: ranges are equally
// wide in the middle, where thresholds are looked for, and an octave or more wide towards 0 and 1, where most pixels are.
type scale struct {
	edges []float32 // the lower ends below a half, falling, down to 0
}

// newScale has ranges of a width as far down as twice of it, which is nowhere for a width of 1. Below that each lower end is the one
// before it times factor, down to 2^−octaves; the last range has what is smaller still.
func newScale(width, factor float64, octaves int) scale {
	var s scale
	for edge := 0.5; edge > math.Ldexp(1, -octaves); {
		edge = max(edge-width, edge*factor)
		s.edges = append(s.edges, float32(edge))
	}
	s.edges = append(s.edges, 0)
	return s
}

// len is the number of ranges.
func (s scale) len() int { return 2 * len(s.edges) }

// low is the range of a probability below a half.
func (s scale) low(p float32) int {
	return sort.Search(len(s.edges)-1, func(i int) bool { return p >= s.edges[i] })
}

// at is the range of a probability.
func (s scale) at(p float32) int {
	if p < 0.5 {
		return s.low(p)
	}
	return len(s.edges) + s.low(1-p)
}

// tiles are ranges that are the same for every state: that of each count and of each sum. A sum moves with the counts of its
// range, and adds nothing to it.
type tiles struct {
	n            int
	counts, sums []int32
}

// newTiles divides groups of as many counts each alike, where at is the range of a group's k-th count, and then the one count of NaN
// values. Ranges that nothing is in are left out.
func newTiles(groups, each int, s scale, at func(k int) int) *tiles {
	t := &tiles{n: groups*s.len() + 1}
	for group := range groups {
		for k := range each {
			t.counts = append(t.counts, int32(group*s.len()+at(k)))
		}
	}
	t.counts = append(t.counts, int32(t.n-1))
	t.compact()
	return t
}

func (t *tiles) Len() int { return t.n }

func (t *tiles) Add(dst []float64, s *State) {
	for i, r := range t.counts {
		dst[r] += float64(s.Counts[i])
	}
}

func (t *tiles) Scale(dst, whole *State, ratios []float64) {
	for i, r := range t.counts {
		dst.Counts[i] = scaled(whole.Counts[i], ratios[r])
	}
	for i, r := range t.sums {
		dst.Sums[i] = whole.Sums[i] * ratios[r] * enlarged
	}
}

// compact leaves out ranges that nothing is in.
func (t *tiles) compact() {
	used := make([]int32, t.n)
	for _, r := range t.counts {
		used[r] = 1
	}
	n := int32(0)
	for r, u := range used {
		used[r] = n
		n += u
	}
	for i, r := range t.counts {
		t.counts[i] = used[r]
	}
	t.n = int(n)
}

// Ranges divides each plane's pixels of the class, and the others, by their probability.
func (a grid) Ranges() ranges {
	s := newScale(rangeWidth, 0.5, int(math.Ceil(math.Log2(float64(a.steps)))))
	return newTiles(2*a.shape.Planes(), a.steps+1, s, func(k int) int { return s.at(float32(k) / float32(a.steps)) })
}

// Ranges divides each plane's pixels, and those of the class, by the class's probability. Where many classes are unlikely
// nearly all bins of equal mass are far below a half: ranges are half an octave.
func (a classwise) Ranges() ranges {
	if !a.mass {
		return nil
	}
	planes, s := a.shape.Planes(), newScale(1, math.Sqrt2/2, 33)
	t := newTiles(2*planes, a.slots, s, func(k int) int {
		if k < halfBins {
			return s.low(halfBinStart(k))
		}
		return s.len()/2 + s.low(halfBinStart(a.slots-1-k))
	})
	t.sums = t.counts[:planes*a.slots] // probabilities move with the pixels that have them
	return t
}

// Ranges divides pixels, and those that are right, by their confidence.
func (a confidences) Ranges() ranges {
	if !a.mass {
		return nil
	}
	s := newScale(rangeWidth, 0.5, 32)
	t := newTiles(2, a.slots(), s, func(k int) int { return s.at(massStart(k)) })
	t.sums = t.counts[:a.slots()] // confidences move with the pixels that have them
	return t
}

// rankRanges divide the cells of ranks by their probability: each plane's pixels of the class, the others, and NaN values.
type rankRanges struct {
	ranks
	scale
}

// Ranges divides cells by where they begin.
func (a ranks) Ranges() ranges {
	return rankRanges{a, newScale(rangeWidth, 0.5, 24)}
}

func (r rankRanges) Len() int { return r.shape.Planes() * (2*r.len() + 1) }

func (r rankRanges) Add(dst []float64, s *State) {
	for p := range r.shape.Planes() {
		counts, to := s.Counts[p*rankStride:], dst[p*(2*r.len()+1):]
		to[2*r.len()] += float64(counts[1])
		for c := range counts[2] {
			cell := counts[3+3*c:][:3]
			at := r.of(cell[0], counts[0])
			to[at] += float64(cell[1])
			to[r.len()+at] += float64(cell[2])
		}
	}
}

// of is the range of a cell with so many bits dropped.
func (r rankRanges) of(key, dropped int64) int {
	return r.at(math.Float32frombits(uint32(key << dropped)))
}

func (r rankRanges) Scale(dst, whole *State, ratios []float64) {
	for p := range r.shape.Planes() {
		from, to, ratios := whole.Counts[p*rankStride:], dst.Counts[p*rankStride:], ratios[p*(2*r.len()+1):]
		to[0], to[1], to[2] = from[0], scaled(from[1], ratios[2*r.len()]), from[2]
		for c := range from[2] {
			a, b := from[3+3*c:][:3], to[3+3*c:][:3]
			at := r.of(a[0], from[0])
			b[0], b[1], b[2] = a[0], scaled(a[1], ratios[at]), scaled(a[2], ratios[r.len()+at])
		}
	}
}

// labelRanges are those of every label, one after another.
type labelRanges struct {
	ranges
	of perLabel
}

// Ranges divides every label's states as one's.
func (a perLabel) Ranges() ranges {
	if r, ok := a.Accumulator.(ranger); ok {
		if one := r.Ranges(); one != nil {
			return labelRanges{one, a}
		}
	}
	return nil
}

func (r labelRanges) Len() int { return r.of.labels * r.ranges.Len() }

func (r labelRanges) Add(dst []float64, s *State) {
	for label := range r.of.labels {
		r.ranges.Add(dst[label*r.ranges.Len():][:r.ranges.Len()], r.of.at(s, label))
	}
}

func (r labelRanges) Scale(dst, whole *State, ratios []float64) {
	for label := range r.of.labels {
		r.ranges.Scale(r.of.at(dst, label), r.of.at(whole, label), ratios[label*r.ranges.Len():][:r.ranges.Len()])
	}
}
