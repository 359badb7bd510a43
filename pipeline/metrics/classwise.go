package metrics

import (
	"fmt"
	"math"
)

// ClasswiseOptions are the options of classwise_ece.
type ClasswiseOptions struct {
	Bins    int    `yaml:"bins" doc:"number of bins, 1 to 1000"`
	Binning string `yaml:"binning" doc:"width: bins of equal width; mass: of equally many pixels, for each class"`
	Closed  string `yaml:"closed" doc:"left: bins [a, b), probability 1 in the last; right: bins (a, b] (scikit-learn); own: left, and exactly 1 in a bin of its own (torchmetrics)"`
}

func defaultClasswise() any { return &ClasswiseOptions{Bins: 15, Binning: "width", Closed: "left"} }

// accumulator checks the options.
func (o *ClasswiseOptions) accumulator(s Shape) (classwise, error) {
	a := classwise{shape: s, slots: o.Bins, closed: o.Closed, mass: o.Binning == "mass"}
	switch {
	case o.Bins < 1 || o.Bins > 1000:
		return a, fmt.Errorf("bins: expected a number from 1 to 1000, found %d", o.Bins)
	case o.Binning != "width" && o.Binning != "mass":
		return a, fmt.Errorf("binning: expected width or mass, found %q", o.Binning)
	case o.Closed != "left" && o.Closed != "right" && o.Closed != "own":
		return a, fmt.Errorf("closed: expected left, right or own, found %q", o.Closed)
	}
	switch {
	case a.mass:
		a.slots, a.closed = 2*halfBins, "left"
	case o.Closed == "own":
		a.slots++
	}
	return a, nil
}

// lists is how many values a list with one a bin has.
func (o *ClasswiseOptions) lists() int {
	if o.Closed == "own" && o.Binning == "width" {
		return o.Bins + 1
	}
	return o.Bins
}

// classCurve registers a list with a value a bin of each class's probability, which classwise_ece sums up.
func classCurve(name, formula, matches string, of func(probability, frequency, pixels float64) float64) {
	Register(Definition{Name: name, Family: familyCalibration, Formula: formula, Range: "a list with a value a bin, in summary.json",
		Undefined: "an empty bin; with one channel class 1 alone has values", Matches: matches, NeedsScores: true, Options: defaultClasswise,
		New: func(options any, s Shape) (Measure, error) {
			o := options.(*ClasswiseOptions)
			a, err := o.accumulator(s)
			return Measure{From: a, Plain: true, ClassList: func(st *State, class int) []float64 {
				values := make([]float64, o.lists())
				for k := range values {
					values[k] = math.NaN()
				}
				if a.known(st, class) {
					a.each(st, class, o.Bins, func(k int, b bin) {
						values[k] = of(ratio(b.confidence, b.pixels), ratio(b.right, b.pixels), b.pixels)
					})
				}
				return values
			}}, err
		}})
}

func init() {
	Register(Definition{Name: "classwise_ece", Family: familyCalibration,
		Formula: "Classwise calibration error: for each class Σ over bins of its probability of the share of pixels times |frequency − mean probability|, and the mean over the classes that the truth has.",
		Range:   "0 to 1", Undefined: "no valid pixel, or a valid pixel with a NaN probability; with one channel class 1 alone has a value",
		Matches: "netcal ECE of each class; torchmetrics binary_calibration_error of each class", Paper: "Kull et al., Beyond temperature scaling, 2019",
		NeedsScores: true, Options: defaultClasswise,
		New: func(options any, s Shape) (Measure, error) {
			o := options.(*ClasswiseOptions)
			a, err := o.accumulator(s)
			m := Measure{From: a, Class: func(st *State, class int) float64 { return a.value(st, class, o.Bins) }}
			m.average(s.Classes, a.there)
			return m, err
		}})
	classCurve("reliability_class_probability", "Reliability diagram of each class: the mean probability of every bin.", "scikit-learn calibration_curve of each class's probability", func(p, _, _ float64) float64 { return p })
	classCurve("reliability_class_frequency", "Reliability diagram of each class: how often the pixels of every bin are of the class.", "scikit-learn calibration_curve of each class's probability", func(_, f, _ float64) float64 { return f })
	classCurve("reliability_class_pixels", "Reliability diagram of each class: the pixels of every bin.", "closed form", func(_, _, n float64) float64 { return n })
}

// classwise counts pixels by each class's probability. Its counts are, of every plane and slot, the pixels and those of
// the class, and then the NaN values; its sums are every slot's probabilities.
type classwise struct {
	shape  Shape
	slots  int    // bins, or fine bins that those of equal mass are made of
	closed string // left, right, or own: left, and exactly 1 in a bin of its own
	mass   bool   // slots are equal on a logarithmic scale of the probability below a half, and of 1 minus it above
}

// Key says nothing of what is as by default.
func (a classwise) Key() string {
	switch {
	case a.mass:
		return "classwise mass"
	case a.closed != "left":
		return fmt.Sprintf("classwise %d %s", a.slots, a.closed)
	}
	return fmt.Sprintf("classwise %d", a.slots)
}

func (a classwise) NewState() State {
	n := a.shape.Planes() * a.slots
	return NewState(2*n+1, n)
}

func (a classwise) NewCollector() Collector {
	return &classwiseCollector{classwise: a, State: a.NewState(), tables: make([]tally, a.shape.Planes()*lanes*(a.slots+1))}
}

// tally is a bin of one image.
type tally struct {
	pixels int64
	sum    float64
}

func (t *tally) add(v float64) {
	t.pixels++
	t.sum += v
}

type classwiseCollector struct {
	classwise
	State
	tables []tally // of every plane lanes tables, each of all slots and a place for ignored pixels
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
			for k, t := range c.tables[(p*lanes+lane)*(c.slots+1):][:c.slots] {
				dst.Counts[p*c.slots+k] += t.pixels
				dst.Sums[p*c.slots+k] += t.sum
			}
		}
	}
}

// halfBins are 16 an octave of the probability, from a half down to 2⁻³³, below which all is one; and as many of 1 minus it.
const halfBins = 32 * 16

// halfBin numbers the fine bins below a half from 0 up.
func halfBin(x float32) int {
	const steps = 19 // float32's mantissa has 23 bits, of which 4 are kept
	return max(0, min(halfBins-1, int(math.Float32bits(x)>>steps)-int(math.Float32bits(0x1p-33)>>steps)))
}

// halfBinStart is the least probability of a fine bin, but for the first.
func halfBinStart(k int) float32 {
	const steps = 19
	return math.Float32frombits(uint32(k)<<steps + math.Float32bits(0x1p-33))
}

// slot is that of a probability, which is not NaN.
func (a classwise) slot(x float32) int {
	if a.mass {
		if x < 0.5 {
			return halfBin(x)
		}
		return 2*halfBins - 1 - halfBin(1-x)
	}
	if a.closed == "own" {
		return min(int(float64(x)*float64(a.slots-1)), a.slots-1)
	}
	// Numbers of bins and float32's values are such that the product is exact.
	v := float64(x) * float64(a.slots)
	k := min(int(v), a.slots-1)
	if a.closed == "right" && k > 0 && float64(k) == v {
		k--
	}
	return k
}

// Visit counts a block's valid pixels.
func (c *classwiseCollector) Visit(b *Block) {
	planes := c.shape.Planes()
	for p := range planes {
		c.count(c.tables[p*lanes*(c.slots+1):][:lanes*(c.slots+1)], b.Probabilities(p), b.Labels)
	}
	probabilities, stride := b.flat()
	first := c.shape.firstClass()
	plain, slots := c.plain(), float64(c.slots)
	for i, t := range b.Labels {
		p := int(t) - first
		if t < 0 || p < 0 {
			continue
		}
		x := probabilities[p*stride+i]
		switch {
		case x != x:
		case plain:
			c.Counts[(planes+p)*c.slots+min(int(float64(x)*slots), c.slots-1)]++
		default:
			c.Counts[(planes+p)*c.slots+c.slot(x)]++
		}
	}
}

// count counts a plane's valid pixels, by turns in one of the tables: one count must not wait for the one before it.
func (c *classwiseCollector) count(tables []tally, probabilities []float32, labels []int16) {
	n, slots, plain := c.slots, float64(c.slots), c.plain()
	t0, t1, t2, t3 := tables[:n+1], tables[n+1:][:n+1], tables[2*(n+1):][:n+1], tables[3*(n+1):][:n+1]
	labels = labels[:len(probabilities)]
	// An ignored pixel goes to the table's last place, past all slots.
	place := func(v float64, label int16) int {
		ignored := int(label >> 15)
		return min(int(v*slots), n-1)&^ignored | n&ignored
	}
	i := 0
	for ; i+lanes <= len(probabilities); i += lanes {
		x, l := probabilities[i:i+4:i+4], labels[i:i+4:i+4]
		v0, v1, v2, v3 := float64(x[0]), float64(x[1]), float64(x[2]), float64(x[3])
		k0, k1, k2, k3 := place(v0, l[0]), place(v1, l[1]), place(v2, l[2]), place(v3, l[3])
		if !plain || uint(k0) > uint(n) || uint(k1) > uint(n) || uint(k2) > uint(n) || uint(k3) > uint(n) {
			c.countEach(tables, x, l)
			continue
		}
		t0[k0].add(v0)
		t1[k1].add(v1)
		t2[k2].add(v2)
		t3[k3].add(v3)
	}
	c.countEach(tables, probabilities[i:], labels[i:])
}

// countEach counts up to four pixels one by one, whatever they and the slots are.
func (c *classwiseCollector) countEach(tables []tally, probabilities []float32, labels []int16) {
	for i, x := range probabilities {
		switch {
		case labels[i] < 0:
		case x != x:
			c.Counts[len(c.Counts)-1]++
		default:
			tables[i*(c.slots+1)+c.slot(x)].add(float64(x))
		}
	}
}

// plain says that a probability's slot is the whole part of its product with their number.
func (a *classwise) plain() bool { return !a.mass && a.closed == "left" }

// plane is the plane of a class, −1 where it has none.
func (s Shape) plane(class int) int { return class - s.firstClass() }

// firstClass is the class of plane 0.
func (s Shape) firstClass() int {
	if s.Planes() == 1 {
		return 1
	}
	return 0
}

// there says that the truth has the class.
func (a classwise) there(s *State, class int) bool {
	p := a.shape.plane(class)
	if p < 0 {
		return false
	}
	var n int64
	for _, k := range s.Counts[(a.shape.Planes()+p)*a.slots:][:a.slots] {
		n += k
	}
	return n > 0
}

// known says that a class has probabilities, none of them NaN.
func (a classwise) known(s *State, class int) bool {
	return a.shape.plane(class) >= 0 && s.Counts[len(s.Counts)-1] == 0
}

func (a classwise) value(s *State, class, bins int) float64 {
	if !a.known(s, class) {
		return math.NaN()
	}
	sum, total := 0.0, 0.0
	a.each(s, class, bins, func(_ int, b bin) {
		total += b.pixels
		sum += math.Abs(b.right - b.confidence)
	})
	return ratio(sum, total)
}

// each yields a class's bins: every one of equal width, and those of equal mass that have pixels.
func (a classwise) each(s *State, class, bins int, yield func(k int, b bin)) {
	n, p := a.shape.Planes()*a.slots, a.shape.plane(class)
	pixels, right, sums := s.Counts[p*a.slots:][:a.slots], s.Counts[n+p*a.slots:][:a.slots], s.Sums[p*a.slots:][:a.slots]
	if !a.mass {
		for k := range pixels {
			yield(k, bin{float64(pixels[k]), float64(right[k]), sums[k]})
		}
		return
	}
	total, seen, at, group := int64(0), int64(0), 0, bin{}
	for _, k := range pixels {
		total += k
	}
	for k, number := range pixels {
		if number == 0 {
			continue
		}
		if to := massOf(seen, number, total, bins); to != at && group.pixels > 0 {
			yield(at, group)
			at, group = to, bin{}
		} else {
			at = to
		}
		seen += number
		group.pixels += float64(number)
		group.right += float64(right[k])
		group.confidence += sums[k]
	}
	if group.pixels > 0 {
		yield(at, group)
	}
}
