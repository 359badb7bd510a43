package release

import (
	"cmp"
	"math"
	"slices"

	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/pipeline"
)

// effectMetric is the figure by which images are compared, and its place among each side's values of an image: mIoU, else the first
// one that both have.
func (c *comparison) effectMetric() (name string, base, next int) {
	theirs, ours := c.base.Evaluator.Columns().Means, c.next.Evaluator.Columns().Means
	for _, wanted := range append([]string{"mIoU"}, ours...) {
		if a, b := slices.Index(theirs, wanted), slices.Index(ours, wanted); a >= 0 && b >= 0 {
			return wanted, a, b
		}
	}
	return "", -1, -1
}

// noteImage keeps an image's change.
func (c *comparison) noteImage(a, b *pipeline.Row) {
	name, i, k := c.effectMetric()
	if name == "" {
		return
	}
	c.release.Effect.Metric = name
	x, y := a.Means[i], b.Means[k]
	c.properties.add(b)
	c.images = append(c.images, record.ImageChange{Image: b.Image, Base: x, New: y, Difference: y - x, Pixels: b.ValidPixels})
}

// better is the direction of the effect's metric.
func (c *comparison) better() float64 {
	for _, f := range c.figures {
		if f.Name == c.release.Effect.Metric && f.Class < 0 {
			return float64(f.Better)
		}
	}
	return 1
}

// imagesChanged counts the images by their change and lists those that changed most.
func (c *comparison) imagesChanged() {
	better, e := c.better(), &c.release.Effect
	var change []float64
	for _, i := range c.images {
		change = append(change, better*i.Difference)
		switch d := better * i.Difference; {
		case d > 0:
			e.Better++
		case d < 0:
			e.Worse++
		case d == 0:
			e.Same++
		}
	}
	c.release.Correlations = c.properties.correlations(change)
	defined := slices.DeleteFunc(slices.Clone(c.images), func(i record.ImageChange) bool { return math.IsNaN(i.Difference) })
	slices.SortStableFunc(defined, func(a, b record.ImageChange) int {
		return cmp.Compare(better*a.Difference, better*b.Difference)
	})
	for _, i := range defined[:min(c.options.Images, len(defined))] {
		if better*i.Difference < 0 {
			c.release.Worst = append(c.release.Worst, i)
		}
	}
	for k := len(defined) - 1; k >= max(0, len(defined)-c.options.Images); k-- {
		if better*defined[k].Difference > 0 {
			c.release.Best = append(c.release.Best, defined[k])
		}
	}
}

// muchWorse is the share of images whose figure dropped by more than the option says.
func (c *comparison) muchWorse() float64 {
	better, n, worse := c.better(), 0, 0
	for _, i := range c.images {
		if math.IsNaN(i.Difference) {
			continue
		}
		n++
		if -better*i.Difference > c.options.Worse {
			worse++
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return float64(worse) / float64(n)
}
