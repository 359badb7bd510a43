package metrics

import (
	"fmt"
	"math"
)

// ClasswiseOptions are the options of classwise_ece.
type ClasswiseOptions struct {
	Bins int `yaml:"bins" doc:"number of bins of equal width, 1 to 1000"`
}

func init() {
	Register(Definition{Name: "classwise_ece", Family: familyCalibration,
		Formula: "Classwise calibration error: for each class Σ over bins of its probability of the share of pixels times |frequency − mean probability|, and the mean over the classes that the truth has.",
		Range:   "0 to 1", Undefined: "no valid pixel, or a valid pixel with a NaN probability; with one channel class 1 alone has a value",
		Matches: "netcal ECE of each class; torchmetrics binary_calibration_error of each class", Paper: "Kull et al., Beyond temperature scaling, 2019",
		NeedsScores: true, Options: func() any { return &ClasswiseOptions{Bins: 15} },
		New: func(options any, s Shape) (Measure, error) {
			o := options.(*ClasswiseOptions)
			if o.Bins < 1 || o.Bins > 1000 {
				return Measure{}, fmt.Errorf("bins: expected a number from 1 to 1000, found %d", o.Bins)
			}
			a := classwise{s, o.Bins}
			return Measure{From: a, Class: a.value, Scalar: MeanOverClasses(s.Classes, a.value, a.there)}, nil
		}})
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

func (a classwise) NewCollector() Collector { return &classwiseCollector{a, a.NewState()} }

type classwiseCollector struct {
	classwise
	State
}

func (c *classwiseCollector) Reset() { c.Clear() }

func (c *classwiseCollector) Finish(dst *State) {
	dst.Clear()
	dst.Add(&c.State)
}

// Visit counts a block's valid pixels.
func (c *classwiseCollector) Visit(b *Block) {
	planes := c.shape.Planes()
	for p := range planes {
		own := int16(c.shape.Class(p))
		pixels, positives, sums := c.Counts[p*c.bins:][:c.bins], c.Counts[(planes+p)*c.bins:][:c.bins], c.Sums[p*c.bins:][:c.bins]
		for i, x := range b.Probabilities(p) {
			t := b.Labels[i]
			if t < 0 {
				continue
			}
			v := float64(x)
			if v != v {
				c.Counts[2*planes*c.bins]++
				continue
			}
			k := min(int(v*float64(c.bins)), c.bins-1)
			pixels[k]++
			if t == own {
				positives[k]++
			}
			sums[k] += v
		}
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
