package metrics

import (
	"fmt"
	"math"
	"sync"
)

// fineSteps divides the unit interval into steps that any number of steps dividing it can be made of, so that curves of
// 11, 101, 201 and 1001 thresholds share one accumulator.
const fineSteps = 1000

// grid counts pixels by the probability of each plane's class, in steps of 1/steps. Its counts are, of every plane, the
// pixels that are of the class and then those that are not by the last threshold k/steps that they reach, k from 0 to
// steps, and last the NaN values.
type grid struct {
	shape Shape
	steps int
}

// newGrid returns the accumulator that curves of the given number of steps are read from.
func newGrid(s Shape, steps int) grid {
	if fineSteps%steps == 0 {
		steps = fineSteps
	}
	return grid{s, steps}
}

func (a grid) Key() string { return fmt.Sprintf("thresholds %d", a.steps) }

func (a grid) NewState() State { return NewState(2*(a.steps+1)*a.shape.Planes()+1, 0) }

func (a grid) NewCollector() Collector {
	n := (a.steps + 1) * a.shape.Planes()
	return &gridCollector{grid: a, all: make([]uint32, lanes*n), own: make([]uint32, n)}
}

// lanes is how many tables a plane's pixels are counted in by turns: one count must not wait for the one before it.
const lanes = 4

// gridCollector counts every pixel of a plane, ignored ones too, and apart from that those of the class. A picture has fewer
// pixels than a uint32 can hold.
type gridCollector struct {
	grid
	all     []uint32 // of every plane lanes tables
	own     []uint32 // of every plane, pixels of its class
	ignored []uint32 // of every plane, made when there are any
	nans    int64
}

func (c *gridCollector) Reset() {
	clear(c.all)
	clear(c.own)
	clear(c.ignored)
	c.nans = 0
}

func (c *gridCollector) Finish(dst *State) {
	width := c.steps + 1
	for p := range c.shape.Planes() {
		positives, others := dst.Counts[2*p*width:][:width], dst.Counts[(2*p+1)*width:][:width]
		for k := range width {
			at := p*width + k
			positives[k] = int64(c.own[at])
			others[k] = -positives[k]
			for lane := range lanes {
				others[k] += int64(c.all[(p*lanes+lane)*width+k])
			}
			if c.ignored != nil {
				others[k] -= int64(c.ignored[at])
			}
		}
	}
	dst.Counts[len(dst.Counts)-1] = c.nans
}

// Visit counts a block's pixels.
func (c *gridCollector) Visit(b *Block) {
	width := c.steps + 1
	for p := range c.shape.Planes() {
		c.count(c.all[p*lanes*width:][:lanes*width], b.Probabilities(p), b.Labels)
	}
	probabilities, stride := b.flat()
	first := c.shape.firstClass()
	for i, t := range b.Labels {
		switch p := int(t) - first; {
		case t < 0:
			c.ignore(probabilities, stride, i)
		case p >= 0:
			if k, ok := c.step(probabilities[p*stride+i]); ok {
				c.own[p*width+k]++
			}
		}
	}
}

// step is the last threshold that a probability reaches: p ≥ k/steps for this k and no larger one, as the product of a
// float32 and a number of steps is exact.
func (c *gridCollector) step(x float32) (k int, ok bool) {
	k = int(float64(x) * float64(c.steps))
	if uint(k) > uint(c.steps) {
		k = c.steps
	}
	return k, x == x
}

func (c *gridCollector) count(tables []uint32, probabilities []float32, labels []int16) {
	width, steps := c.steps+1, float64(c.steps)
	t0, t1, t2, t3 := tables[:width], tables[width:][:width], tables[2*width:][:width], tables[3*width:][:width]
	i := 0
	for ; i+4 <= len(probabilities); i += 4 {
		x := probabilities[i : i+4 : i+4]
		k0, k1, k2, k3 := int(float64(x[0])*steps), int(float64(x[1])*steps), int(float64(x[2])*steps), int(float64(x[3])*steps)
		if uint(k0) >= uint(len(t0)) || uint(k1) >= uint(len(t1)) || uint(k2) >= uint(len(t2)) || uint(k3) >= uint(len(t3)) {
			c.rare(t0, x, labels[i:])
			continue
		}
		t0[k0]++
		t1[k1]++
		t2[k2]++
		t3[k3]++
	}
	c.rare(t0, probabilities[i:], labels[i:])
}

// rare counts pixels one by one, those that are NaN apart.
func (c *gridCollector) rare(table []uint32, probabilities []float32, labels []int16) {
	for i, x := range probabilities {
		if k, ok := c.step(x); ok {
			table[k]++
		} else if labels[i] >= 0 {
			c.nans++
		}
	}
}

// ignore takes an ignored pixel back.
func (c *gridCollector) ignore(probabilities []float32, stride, i int) {
	width := c.steps + 1
	if c.ignored == nil {
		c.ignored = make([]uint32, len(c.own))
	}
	for p := range c.shape.Planes() {
		if k, ok := c.step(probabilities[p*stride+i]); ok {
			c.ignored[p*width+k]++
		}
	}
}

// curve is a class's pixels at falling thresholds. It is what every figure of thresholds is computed from.
type curve struct {
	tp, fp     []float64 // pixels of the class, and others, at or above each threshold
	steps      int       // thresholds are 1, 1 − 1/steps, … 0; 0: they are listed
	thresholds []float64
}

// threshold is the i-th.
func (c curve) threshold(i int) float64 {
	if c.steps == 0 {
		return c.thresholds[i]
	}
	return float64(c.steps-i) / float64(c.steps)
}

// curveFigure is a figure of a class's curve. Figures of equal keys are of the same curves.
type curveFigure struct {
	key  string
	read func(s *State, class int, c *curve)
	of   func(c curve) float64
}

// positives and negatives are all pixels of the class, and all others: those at the last, lowest threshold.
func (c curve) positives() float64 { return last(c.tp) }
func (c curve) negatives() float64 { return last(c.fp) }

func last(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	return x[len(x)-1]
}

// curves are for use while a figure is computed.
var curves = sync.Pool{New: func() any { return &curve{} }}

// point appends a threshold below those that are there.
func (c *curve) point(threshold float64, tp, fp int64) {
	c.thresholds = append(c.thresholds, threshold)
	c.tp, c.fp = append(c.tp, float64(tp)), append(c.fp, float64(fp))
}

func (c *curve) reset() { c.steps, c.thresholds, c.tp, c.fp = 0, c.thresholds[:0], c.tp[:0], c.fp[:0] }

// read makes the curve of a plane with thresholds k/steps.
func (a grid) read(s *State, plane, steps int, c *curve) {
	c.reset()
	if plane < 0 || s.Counts[len(s.Counts)-1] > 0 {
		return
	}
	width, stride := a.steps+1, a.steps/steps
	positives, others := s.Counts[2*plane*width:][:width], s.Counts[(2*plane+1)*width:][:width]
	c.steps, c.tp, c.fp = steps, resize(c.tp, steps+1), resize(c.fp, steps+1)
	accumulate(c.tp, positives, stride)
	accumulate(c.fp, others, stride)
}

// accumulate writes the sums of counts from the last one down to each one of a multiple of stride.
func accumulate(dst []float64, counts []int64, stride int) {
	sum := counts[len(counts)-1]
	dst[0], counts = float64(sum), counts[:len(counts)-1]
	if stride == 1 {
		dst = dst[1:]
		for i := range dst {
			sum += counts[len(counts)-1-i]
			dst[i] = float64(sum)
		}
		return
	}
	for i := 1; i < len(dst); i++ {
		from := len(counts) - stride
		for _, n := range counts[from:] {
			sum += n
		}
		dst[i], counts = float64(sum), counts[:from]
	}
}

// area is the area under the ROC curve, from (0, 0) on, by trapezoids: ties count half. NaN without positives or
// negatives.
func (c curve) area() float64 {
	if c.positives() == 0 || c.negatives() == 0 {
		return math.NaN()
	}
	sum, tp, fp := 0.0, 0.0, 0.0
	for i := range c.tp {
		sum += (c.fp[i] - fp) * (c.tp[i] + tp) / 2
		tp, fp = c.tp[i], c.fp[i]
	}
	return sum / c.positives() / c.negatives()
}

// bound is the most by which area can differ from the area by distinct probabilities: half of what pixels of one step
// contribute.
func (c curve) bound() float64 {
	if c.positives() == 0 || c.negatives() == 0 {
		return math.NaN()
	}
	sum, tp, fp := 0.0, 0.0, 0.0
	for i := range c.tp {
		sum += (c.fp[i] - fp) * (c.tp[i] - tp) / 2
		tp, fp = c.tp[i], c.fp[i]
	}
	return sum / c.positives() / c.negatives()
}

// averagePrecision is Σ (R_n − R_{n−1})·P_n over falling thresholds; NaN without positives.
func (c curve) averagePrecision() float64 {
	if c.positives() == 0 {
		return math.NaN()
	}
	sum, tp := 0.0, 0.0
	for i := range c.tp {
		if c.tp[i] > tp {
			sum += (c.tp[i] - tp) * c.tp[i] / (c.tp[i] + c.fp[i])
			tp = c.tp[i]
		}
	}
	return sum / c.positives()
}

// bestF1 is the largest F1 and the lowest threshold that reaches it; NaN without positives.
func (c curve) bestF1() (best, threshold float64) {
	best, threshold = math.NaN(), math.NaN()
	if c.positives() == 0 {
		return best, threshold
	}
	best = -1
	at := 0
	for i := range c.tp {
		if f1 := 2 * c.tp[i] / (c.tp[i] + c.fp[i] + c.positives()); f1 >= best {
			best, at = f1, i
		}
	}
	return best, c.threshold(at)
}

// atPrecision is the largest recall at a threshold whose precision is at least as wished, and the lowest such threshold;
// NaN where none is.
func (c curve) atPrecision(wished float64) (recall, threshold float64) {
	at := -1
	for i := range c.tp {
		if c.positives() > 0 && c.tp[i]+c.fp[i] > 0 && c.tp[i]/(c.tp[i]+c.fp[i]) >= wished {
			at = i
		}
	}
	if at < 0 {
		return math.NaN(), math.NaN()
	}
	return c.tp[at] / c.positives(), c.threshold(at)
}
