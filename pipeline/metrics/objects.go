package metrics

import (
	"fmt"

	"slices"
)

// sweep is the number of thresholds 0.5, 0.55, … 0.95.
const sweep = 10

// sizes are the strata of an object's size: small, medium and large.
const sizes = 3

// objects is the accumulator of matched objects. An object of the truth and one of the prediction, both of one class,
// match where their IoU is above the threshold, which is at least 0.5: then no object has two matches.
//
// Its counts are, of every class: of every size the objects of the truth, those of the prediction, and for every
// threshold the matches by the truth's size and the predicted objects without a match by their own size; then the sum
// over images of the difference of the two numbers of objects, and the images. Its sums are the matches' IoU, of every
// class, size and threshold.
type objects struct {
	classes      int
	eight        bool
	void         bool   // ignored truth is void, and not background
	thresholds   string // sweep, or the one threshold
	list         []float64
	small, large int64 // areas from which on an object is medium and large
}

func newObjects(classes int, o *ObjectOptions) objects {
	a := objects{classes: classes, eight: o.Connectivity == 8, void: o.Ignored == "void", small: int64(o.Small), large: int64(o.Large)}
	for k := range sweep {
		a.list = append(a.list, float64(50+5*k)/100)
	}
	a.thresholds = "sweep"
	if !slices.Contains(a.list, o.IoU) {
		a.list, a.thresholds = []float64{o.IoU}, fmt.Sprint(o.IoU)
	}
	return a
}

func (a objects) Key() string {
	return fmt.Sprintf("objects %t %t %s %d %d", a.eight, a.void, a.thresholds, a.small, a.large)
}

// stride is a class's counts, and perSize a size's.
func (a objects) perSize() int { return 2 + 2*len(a.list) }
func (a objects) stride() int  { return sizes*a.perSize() + 2 }

func (a objects) NewState() State {
	return NewState(a.classes*a.stride(), a.classes*sizes*len(a.list))
}

func (a objects) NewCollector() Collector { return &objectCollector{objects: a, State: a.NewState()} }

func (a objects) size(area int64) int {
	switch {
	case area < a.small:
		return 0
	case area < a.large:
		return 1
	}
	return 2
}

type objectCollector struct {
	objects
	State
	pairs   []pair
	sorted  []pair
	starts  []int32
	pixels  []int64
	voids   []int64 // of every predicted object, its pixels where the truth is ignored
	best    []float64
	numbers []int64 // of every class: predicted less true objects of the image
}

// pair is an overlap of two objects of a class.
type pair struct {
	truth, predicted int32
	pixels           int64
}

func (c *objectCollector) Reset() { c.Clear() }

func (c *objectCollector) Finish(dst *State) {
	copy(dst.Counts, c.Counts)
	copy(dst.Sums, c.Sums)
}

// Maps matches the objects.
func (c *objectCollector) Maps(m *Maps) {
	if m.Valid() == 0 {
		return
	}
	o := m.Objects(c.eight, c.void)
	c.overlap(o)
	c.count(o)
	for _, p := range c.pairs {
		c.match(o, p)
	}
	for i, class := range o.predicted.classes {
		area := o.predicted.areas[i]
		if 2*c.voids[i] > area { // more than half of it void: neither right nor wrong (COCO panoptic)
			continue
		}
		own := c.of(class, c.size(area))
		for k, threshold := range c.list {
			if c.best[i] <= threshold {
				own[2+len(c.list)+k]++
			}
		}
	}
}

// of is the counts of a class's objects of a size.
func (c *objectCollector) of(class int16, size int) []int64 {
	return c.Counts[int(class)*c.stride()+size*c.perSize():][:c.perSize()]
}

// count counts the objects.
func (c *objectCollector) count(o *objectMaps) {
	c.numbers = resize(c.numbers, c.classes)
	clear(c.numbers)
	for i, class := range o.truth.classes {
		c.of(class, c.size(o.truth.areas[i]))[0]++
		c.numbers[class]--
	}
	for i, class := range o.predicted.classes {
		c.of(class, c.size(o.predicted.areas[i]))[1]++
		c.numbers[class]++
	}
	for class, n := range c.numbers {
		last := c.Counts[class*c.stride()+sizes*c.perSize():][:2]
		last[0] += max(n, -n)
		last[1]++
	}
}

// overlap lists the pairs of objects of one class that overlap, by truth and prediction.
func (c *objectCollector) overlap(o *objectMaps) {
	n := len(o.predicted.classes)
	c.voids, c.best, c.pairs = resize(c.voids, n), resize(c.best, n), c.pairs[:0]
	clear(c.voids)
	clear(c.best)
	overlaps(&o.truth, &o.predicted, func(x, y *run, pixels int64) {
		switch {
		case y.object < 0:
		case x.object < 0:
			c.voids[y.object] += pixels
		case x.class == y.class:
			c.pairs = append(c.pairs, pair{x.object, y.object, pixels})
		}
	})
	c.gather(len(o.truth.classes), n)
}

// gather adds up the pairs of the same two objects, by counting: first by the true object, then by the predicted one.
func (c *objectCollector) gather(truths, predictions int) {
	c.starts, c.sorted, c.pixels = resize(c.starts, truths+1), resize(c.sorted, len(c.pairs)), resize(c.pixels, predictions)
	clear(c.starts)
	clear(c.pixels)
	for _, p := range c.pairs {
		c.starts[p.truth+1]++
	}
	for i := range truths {
		c.starts[i+1] += c.starts[i]
	}
	for _, p := range c.pairs {
		c.sorted[c.starts[p.truth]] = p
		c.starts[p.truth]++
	}
	c.pairs = c.pairs[:0]
	for i := 0; i < len(c.sorted); {
		truth, first := c.sorted[i].truth, len(c.pairs)
		for ; i < len(c.sorted) && c.sorted[i].truth == truth; i++ {
			p := c.sorted[i]
			if c.pixels[p.predicted] == 0 {
				c.pairs = append(c.pairs, p)
			}
			c.pixels[p.predicted] += p.pixels
		}
		for k := first; k < len(c.pairs); k++ {
			p := &c.pairs[k]
			p.pixels, c.pixels[p.predicted] = c.pixels[p.predicted], 0
		}
	}
}

// match counts a pair where its IoU is above a threshold. Void pixels are in no union.
func (c *objectCollector) match(o *objectMaps, p pair) {
	truth := o.truth.areas[p.truth]
	iou := float64(p.pixels) / float64(truth+o.predicted.areas[p.predicted]-c.voids[p.predicted]-p.pixels)
	class, size := o.truth.classes[p.truth], c.size(truth)
	counts := c.of(class, size)
	c.best[p.predicted] = max(c.best[p.predicted], iou)
	for k, threshold := range c.list {
		if iou > threshold {
			counts[2+k]++
			c.Sums[(int(class)*sizes+size)*len(c.list)+k] += iou
		}
	}
}

// found is what the objects of a class come to at a threshold.
type found struct {
	truth, predicted int64 // objects, unmatched ones of the prediction that are void among the latter
	tp, fp, fn       int64
	iou              float64 // Σ of the matches'
}

// read sums up a class's objects of the given sizes at threshold k.
func (a objects) read(s *State, class, k int, from, to int) found {
	var f found
	for size := from; size < to; size++ {
		counts := s.Counts[class*a.stride()+size*a.perSize():][:a.perSize()]
		f.truth += counts[0]
		f.predicted += counts[1]
		f.tp += counts[2+k]
		f.fp += counts[2+len(a.list)+k]
		f.iou += s.Sums[(class*sizes+size)*len(a.list)+k]
	}
	f.fn = f.truth - f.tp
	return f
}

// countError is the mean over images of the difference of the numbers of objects.
func (a objects) countError(s *State, class int) float64 {
	last := s.Counts[class*a.stride()+sizes*a.perSize():][:2]
	return quotient(last[0], last[1])
}

// f1 is the harmonic mean of precision and recall; NaN without any object.
func (f found) f1() float64 { return quotient(2*f.tp, 2*f.tp+f.fp+f.fn) }

// segmentation is the matches' mean IoU.
func (f found) segmentation() float64 { return ratio(f.iou, float64(f.tp)) }

// panoptic is segmentation times f1, 0 where there are objects and no match.
func (f found) panoptic() float64 {
	return ratio(f.iou, float64(f.tp)+float64(f.fp)/2+float64(f.fn)/2)
}
