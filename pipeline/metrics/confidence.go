package metrics

import (
	"fmt"
	"math"

	"github.com/segmetry/segmetry/internal/pass"
)

// fineBins divides the unit interval into bins that any number of bins dividing it can be made of, so that measures of
// 10, 15 and 20 bins share one accumulator.
const fineBins = 600

// confidences counts pixels by the confidence of their prediction. Its counts are, of every bin, the pixels and those
// that are right, and then the pixels whose confidence is NaN; its sums are every bin's confidences.
type confidences struct {
	shape    Shape
	bins     int
	closed   string // left, right, or own: left, and exactly 1 in a bin of its own
	positive bool   // of class 1's probability instead of the predicted class's (two classes)
	mass     bool   // bins are equal on a logarithmic scale of 1 − confidence
}

func (a confidences) Key() string {
	return fmt.Sprintf("confidence %d %s %t %t", a.bins, a.closed, a.positive, a.mass)
}

// slots is the number of bins with the one of their own.
func (a confidences) slots() int { return a.bins + 1 }

func (a confidences) NewState() State { return NewState(2*a.slots()+1, a.slots()) }

func (a confidences) NewCollector() Collector {
	return &confidenceCollector{confidences: a, State: a.NewState()}
}

type confidenceCollector struct {
	confidences
	State
}

func (c *confidenceCollector) Reset() { c.Clear() }

func (c *confidenceCollector) Finish(dst *State) {
	dst.Clear()
	dst.Add(&c.State)
}

// Visit counts a block's valid pixels.
func (c *confidenceCollector) Visit(b *Block) {
	probabilities, stride := b.flat()
	for i, t := range b.Labels {
		if t < 0 {
			continue
		}
		class := b.Predicted[i]
		if c.positive {
			class = 1
		}
		var confidence float64 // that the pixel is of the class
		switch {
		case b.Head != pass.Sigmoid:
			confidence = float64(probabilities[int(class)*stride+i])
		case class == 1:
			confidence = float64(probabilities[i])
		default:
			confidence = 1 - float64(probabilities[i])
		}
		if confidence != confidence {
			c.Counts[2*c.slots()]++
			continue
		}
		k := c.bin(confidence)
		c.Counts[k]++
		c.Sums[k] += confidence
		if class == t {
			c.Counts[c.slots()+k]++
		}
	}
}

func (c *confidenceCollector) bin(confidence float64) int {
	if c.mass {
		return massBin(confidence)
	}
	// Bins and float32's values are such that the product is exact.
	x := confidence * float64(c.bins)
	k := int(x)
	switch c.closed {
	case "right":
		if k > 0 && float64(k) == x {
			k--
		}
		return k
	case "own":
		return min(k, c.bins)
	}
	return min(k, c.bins-1)
}

// massBins are 128 an octave of 1 − confidence, from 1 down to 2⁻³², below which all is one.
const massBins = 32*128 + 1

// massBin numbers the bins from confidence 0 up.
func massBin(confidence float64) int {
	const one, steps = 0x3F800000, 16 // float32's 1; its mantissa has 23 bits, of which 7 are kept
	miss := math.Float32bits(float32(1 - confidence))
	return min(int(one-min(miss, one))>>steps, massBins-1)
}

// massStart is the least confidence of a bin.
func massStart(k int) float32 {
	const one, steps = 0x3F800000, 16
	return 1 - math.Float32frombits(one-uint32(k)<<steps)
}

// massOf is the bin of equal mass that n pixels belong to, of which seen are before: by the rank of their middle.
func massOf(seen, n, total int64, bins int) int {
	return min(bins-1, int(float64(2*seen+n)*float64(bins)/float64(2*total)))
}

// bin is a group of pixels that are about as confident.
type bin struct {
	pixels, right, confidence float64
}

// gap is how far the accuracy is from the mean confidence.
func (b bin) gap() float64 { return math.Abs(b.right-b.confidence) / b.pixels }

// read brings the accumulator's bins together to the given number; ok is false where a confidence was NaN or no pixel
// was there.
func (a confidences) read(s *State, bins int) (list []bin, ok bool) {
	list = make([]bin, bins, bins+1)
	total := int64(0)
	for _, n := range s.Counts[:a.slots()] {
		total += n
	}
	if a.closed == "own" {
		list = list[:bins+1]
	}
	seen := int64(0)
	for k, n := range s.Counts[:a.slots()] {
		if n == 0 {
			continue
		}
		to := k * bins / a.bins
		if a.mass {
			to = massOf(seen, n, total, bins)
		}
		seen += n
		list[to].pixels += float64(n)
		list[to].right += float64(s.Counts[a.slots()+k])
		list[to].confidence += s.Sums[k]
	}
	return list, total > 0 && s.Counts[2*a.slots()] == 0
}
