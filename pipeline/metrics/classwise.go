package metrics

import (
	"fmt"
	"math"
)

// ClasswiseOptions are the options of classwise_ece.
type ClasswiseOptions struct {
	Bins int `yaml:"bins" doc:"number of bins of equal width, 1 to 1000"`
}

// classCurve registers a list with a value a bin of each class's probability, which classwise_ece sums up.
func classCurve(name, formula, matches string, of func(probability, frequency, pixels float64) float64) {
	Register(Definition{Name: name, Family: familyCalibration, Formula: formula, Range: "a list with a value a bin, in summary.json",
		Undefined: "an empty bin; with one channel class 1 alone has values", Matches: matches, NeedsScores: true, Options: func() any { return &ClasswiseOptions{Bins: 15} },
		New: func(options any, s Shape) (Measure, error) {
			a, err := newClasswise(options.(*ClasswiseOptions).Bins, s)
			return Measure{From: a, Plain: true, ClassList: func(st *State, class int) []float64 {
				values, p, planes := make([]float64, a.bins), s.plane(class), s.Planes()
				for k := range values {
					values[k] = math.NaN()
					if p >= 0 && st.Counts[2*planes*a.bins] == 0 {
						n := float64(st.Counts[p*a.bins+k])
						values[k] = of(ratio(st.Sums[p*a.bins+k], n), ratio(float64(st.Counts[(planes+p)*a.bins+k]), n), n)
					}
				}
				return values
			}}, err
		}})
}

func newClasswise(bins int, s Shape) (classwise, error) {
	if bins < 1 || bins > 1000 {
		return classwise{}, fmt.Errorf("bins: expected a number from 1 to 1000, found %d", bins)
	}
	return classwise{s, bins}, nil
}

func init() {
	Register(Definition{Name: "classwise_ece", Family: familyCalibration,
		Formula: "Classwise calibration error: for each class Σ over bins of its probability of the share of pixels times |frequency − mean probability|, and the mean over the classes that the truth has.",
		Range:   "0 to 1", Undefined: "no valid pixel, or a valid pixel with a NaN probability; with one channel class 1 alone has a value",
		Matches: "netcal ECE of each class; torchmetrics binary_calibration_error of each class", Paper: "Kull et al., Beyond temperature scaling, 2019",
		NeedsScores: true, Options: func() any { return &ClasswiseOptions{Bins: 15} },
		New: func(options any, s Shape) (Measure, error) {
			a, err := newClasswise(options.(*ClasswiseOptions).Bins, s)
			m := Measure{From: a, Class: a.value}
			m.average(s.Classes, a.there)
			return m, err
		}})
	classCurve("reliability_class_probability", "Reliability diagram of each class: the mean probability of every bin.", "scikit-learn calibration_curve of each class's probability", func(p, _, _ float64) float64 { return p })
	classCurve("reliability_class_frequency", "Reliability diagram of each class: how often the pixels of every bin are of the class.", "scikit-learn calibration_curve of each class's probability", func(_, f, _ float64) float64 { return f })
	classCurve("reliability_class_pixels", "Reliability diagram of each class: the pixels of every bin.", "closed form", func(_, _, n float64) float64 { return n })
}

// classwise counts pixels by each class's probability. Its counts are, of every plane and bin, the pixels and those of
// the class, and then the NaN values; its sums are every bin's probabilities.
type classwise struct {
	shape Shape
	bins  int
}

func (a classwise) Key() string { return fmt.Sprintf("classwise %d", a.bins) }

func (a classwise) NewState() State {
	n := a.shape.Planes() * a.bins
	return NewState(2*n+1, n)
}

func (a classwise) NewCollector() Collector {
	return &classwiseCollector{classwise: a, State: a.NewState(), tables: make([]tally, a.shape.Planes()*lanes*a.bins)}
}

// tally is a bin of one image.
type tally struct {
	pixels int64
	sum    float64
}

type classwiseCollector struct {
	classwise
	State
	tables []tally // of every plane lanes tables
}

func (c *classwiseCollector) Reset() {
	c.Clear()
	clear(c.tables)
}

func (c *classwiseCollector) Finish(dst *State) {
	dst.Clear()
	dst.Add(&c.State)
	for p := range c.shape.Planes() {
		for lane := range lanes {
			for k, t := range c.tables[(p*lanes+lane)*c.bins:][:c.bins] {
				dst.Counts[p*c.bins+k] += t.pixels
				dst.Sums[p*c.bins+k] += t.sum
			}
		}
	}
}

// bin is the bin of a probability, which is not NaN.
func (c *classwiseCollector) bin(x float32) int {
	return min(int(float64(x)*float64(c.bins)), c.bins-1)
}

// Visit counts a block's valid pixels.
func (c *classwiseCollector) Visit(b *Block) {
	planes := c.shape.Planes()
	for p := range planes {
		c.count(c.tables[p*lanes*c.bins:][:lanes*c.bins], b.Probabilities(p), b.Labels)
	}
	probabilities, stride := b.flat()
	for i, t := range b.Labels {
		if t < 0 || c.shape.plane(int(t)) < 0 {
			continue
		}
		p := c.shape.plane(int(t))
		if x := probabilities[p*stride+i]; x == x {
			c.Counts[(planes+p)*c.bins+c.bin(x)]++
		}
	}
}

// count counts a plane's valid pixels, by turns in one of the tables: one count must not wait for the one before it.
func (c *classwiseCollector) count(tables []tally, probabilities []float32, labels []int16) {
	bins := float64(c.bins)
	labels = labels[:len(probabilities)]
	for i, x := range probabilities {
		v := float64(x)
		k := int(v * bins)
		if labels[i] < 0 {
			continue
		}
		if uint(k) >= uint(c.bins) {
			if v != v {
				c.Counts[len(c.Counts)-1]++
				continue
			}
			k = c.bins - 1
		}
		t := &tables[(i&(lanes-1))*c.bins+k]
		t.pixels++
		t.sum += v
	}
}

// plane is the plane of a class, −1 where it has none.
func (s Shape) plane(class int) int {
	if s.Planes() == 1 {
		return class - 1
	}
	return class
}

// there says that the truth has the class.
func (a classwise) there(s *State, class int) bool {
	p := a.shape.plane(class)
	if p < 0 {
		return false
	}
	var n int64
	for _, k := range s.Counts[(a.shape.Planes()+p)*a.bins:][:a.bins] {
		n += k
	}
	return n > 0
}

func (a classwise) value(s *State, class int) float64 {
	p, planes := a.shape.plane(class), a.shape.Planes()
	if p < 0 || s.Counts[2*planes*a.bins] > 0 {
		return math.NaN()
	}
	sum, total := 0.0, 0.0
	for k := range a.bins {
		total += float64(s.Counts[p*a.bins+k])
		sum += math.Abs(float64(s.Counts[(planes+p)*a.bins+k]) - s.Sums[p*a.bins+k])
	}
	return ratio(sum, total)
}
