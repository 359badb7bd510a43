package compat

import "math"

// level says what is averaged over what.
type level int

const (
	overDataset level = iota // counts are added up over the images, then the classes' figures are averaged
	overImages               // each image's mean over its classes, then the mean over the images
	overCases                // each class's mean over the images, then the mean over the classes
	overPairs                // the mean over all pairs of image and class
)

// division is what 0/0 is.
type division int

const (
	undefined division = iota // the class is left out
	zero
	one
)

// rules are everything in which systems differ. The zero value is what our figures of the dataset do.
type rules struct {
	level      level
	pooled     bool     // the classes' counts are added up before the ratio (micro)
	foreground bool     // the first class is left out
	needsTruth bool     // a class that the truth lacks is left out, also where it is predicted
	needsAny   bool     // a class in neither map is left out, whatever 0/0 is
	division   division // what 0/0 is otherwise
	needsRight bool     // a class without a right pixel is left out
	strict     bool     // the mean is undefined where one of its classes is
	noneIsZero bool     // the figure is 0 where nothing is defined
	float32    bool     // sums and ratios are float32
	decimals   bool     // of a percentage: two
	categories bool     // classes are brought together as Cityscapes' categories
	// Of surfaces alone.
	bothEmpty division // a class in neither map: zero stands for the best value, as ours
	infinite  bool     // a class that one map lacks is infinitely far
}

// counts are what an image, or the dataset, has of each class.
type counts struct {
	right, truth, predicted []int64
	pixels                  int64
}

func newCounts(classes int) counts {
	return counts{right: make([]int64, classes), truth: make([]int64, classes), predicted: make([]int64, classes)}
}

// load reads a confusion matrix, row by row, rows = truth.
func (c *counts) load(matrix []int64) {
	n := len(c.right)
	clear(c.predicted)
	c.pixels = 0
	for t := range n {
		row := matrix[t*n:][:n]
		var sum int64
		for p, k := range row {
			sum += k
			c.predicted[p] += k
		}
		c.right[t], c.truth[t] = row[t], sum
		c.pixels += sum
	}
}

// measure is what a figure is made of: a ratio of counts of a class, a function of all of them, or a distance that the
// run measured.
type measure struct {
	ratio   func(c *counts, class int) (part, whole int64)
	all     func(c *counts) float64
	surface string  // our measure, whose values of every image and class are taken
	best    float64 // of a surface's measure
	plain   bool    // no share
}

var (
	iou = &measure{ratio: func(c *counts, k int) (int64, int64) {
		return c.right[k], c.truth[k] + c.predicted[k] - c.right[k]
	}}
	dice      = &measure{ratio: func(c *counts, k int) (int64, int64) { return 2 * c.right[k], c.truth[k] + c.predicted[k] }}
	recall    = &measure{ratio: func(c *counts, k int) (int64, int64) { return c.right[k], c.truth[k] }}
	precision = &measure{ratio: func(c *counts, k int) (int64, int64) { return c.right[k], c.predicted[k] }}
	// weighted is IoU weighted by the classes' shares of the true pixels.
	weighted = &measure{all: func(c *counts) float64 {
		sum := 0.0
		for k, t := range c.truth {
			if t > 0 {
				part, whole := iou.ratio(c, k)
				sum += float64(t) * float64(part) / float64(whole)
			}
		}
		return quotient(sum, float64(c.pixels))
	}}
	kappa = &measure{all: func(c *counts) float64 {
		right, cross, _, _ := c.margins()
		return quotient(right-cross, 1-cross)
	}}
	matthews = &measure{all: func(c *counts) float64 {
		right, cross, truth, predicted := c.margins()
		return quotient(right-cross, math.Sqrt((1-truth)*(1-predicted)))
	}}
	hd95 = &measure{surface: "hd95", plain: true}
	assd = &measure{surface: "assd", plain: true}
	nsd  = &measure{surface: "nsd", best: 1}
)

// margins are the share of right pixels, Σ t·p, Σ t² and Σ p²: t and p are the classes' shares of the pixels.
func (c *counts) margins() (right, cross, truth, predicted float64) {
	n := float64(c.pixels)
	if n == 0 {
		return math.NaN(), math.NaN(), math.NaN(), math.NaN()
	}
	var correct int64
	for k := range c.right {
		t, p := float64(c.truth[k])/n, float64(c.predicted[k])/n
		correct += c.right[k]
		cross += t * p
		truth += t * t
		predicted += p * p
	}
	return float64(correct) / n, cross, truth, predicted
}

func quotient(a, b float64) float64 {
	if b == 0 {
		return math.NaN()
	}
	return a / b
}

// class is a class's figure by the rules; NaN where it is left out.
func (r *rules) class(m *measure, c *counts, k int) float64 {
	switch {
	case r.needsTruth && c.truth[k] == 0, r.needsRight && c.right[k] == 0, r.needsAny && c.truth[k]+c.predicted[k] == 0:
		return math.NaN()
	}
	part, whole := m.ratio(c, k)
	if whole == 0 {
		return r.division.value()
	}
	return float64(part) / float64(whole)
}

func (d division) value() float64 {
	switch d {
	case zero:
		return 0
	case one:
		return 1
	}
	return math.NaN()
}

// pool is the ratio of the classes' counts together.
func (r *rules) pool(m *measure, c *counts) float64 {
	var part, whole int64
	for k := r.first(); k < len(c.right); k++ {
		a, b := m.ratio(c, k)
		part += a
		whole += b
	}
	if whole == 0 {
		return r.division.value()
	}
	return float64(part) / float64(whole)
}

// first is the first class that counts.
func (r *rules) first() int {
	if r.foreground {
		return 1
	}
	return 0
}

// surfaceOf is the figure of a class in an image; v is the run's own. there says that it enters the mean.
func (r *rules) surfaceOf(m *measure, c *counts, k int, v float64) float64 {
	truth, predicted := c.truth[k] > 0, c.predicted[k] > 0
	switch {
	case !truth && !predicted:
		if r.bothEmpty == undefined || r.level == overImages {
			return math.NaN()
		}
		return m.best
	case truth != predicted && r.infinite:
		return math.Inf(1)
	}
	return v
}
