package metrics

import (
	"fmt"
	"math"
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

func (a grid) NewCollector() Collector { return &gridCollector{a, a.NewState()} }

type gridCollector struct {
	grid
	State
}

func (c *gridCollector) Reset() { c.Clear() }

func (c *gridCollector) Finish(dst *State) { copy(dst.Counts, c.Counts) }

// Visit counts a block's valid pixels.
func (c *gridCollector) Visit(b *Block) {
	width, steps := c.steps+1, float64(c.steps)
	for p := range c.shape.Planes() {
		own := int16(c.shape.Class(p))
		counts := c.Counts[2*p*width:][:2*width]
		for i, x := range b.Probabilities(p) {
			t := b.Labels[i]
			if t < 0 {
				continue
			}
			if x != x {
				c.Counts[len(c.Counts)-1]++
				continue
			}
			k := int(float64(x) * steps) // exact: p ≥ k/steps for this k and no larger one
			if t != own {
				k += width
			}
			counts[min(k, len(counts)-1)]++
		}
	}
}

// curve is a class's pixels at falling thresholds. It is what every figure of thresholds is computed from.
type curve struct {
	thresholds []float64
	tp, fp     []float64 // pixels of the class, and others, at or above each threshold
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

// read returns the curve of a plane with thresholds k/steps.
func (a grid) read(s *State, plane, steps int) curve {
	var c curve
	if plane < 0 || s.Counts[len(s.Counts)-1] > 0 {
		return c
	}
	width := a.steps + 1
	counts := s.Counts[2*plane*width:][:2*width]
	tp, fp, stride := int64(0), int64(0), a.steps/steps
	for k := a.steps; k >= 0; k-- {
		tp += counts[k]
		fp += counts[width+k]
		if k%stride == 0 {
			c.thresholds = append(c.thresholds, float64(k/stride)/float64(steps))
			c.tp, c.fp = append(c.tp, float64(tp)), append(c.fp, float64(fp))
		}
	}
	return c
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
	for i := range c.tp {
		if f1 := 2 * c.tp[i] / (c.tp[i] + c.fp[i] + c.positives()); f1 >= best {
			best, threshold = f1, c.thresholds[i]
		}
	}
	return best, threshold
}

// atPrecision is the largest recall at a threshold whose precision is at least as wished, and the lowest such threshold;
// NaN where none is.
func (c curve) atPrecision(wished float64) (recall, threshold float64) {
	recall, threshold = math.NaN(), math.NaN()
	for i := range c.tp {
		if c.positives() > 0 && c.tp[i]+c.fp[i] > 0 && c.tp[i]/(c.tp[i]+c.fp[i]) >= wished {
			recall, threshold = c.tp[i]/c.positives(), c.thresholds[i]
		}
	}
	return recall, threshold
}
