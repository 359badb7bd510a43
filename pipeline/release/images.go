package release

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

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
	defined := slices.DeleteFunc(slices.Clone(c.images), func(i record.ImageChange) bool { return math.IsNaN(i.Difference) })
	var change, size []float64
	for _, i := range defined {
		change, size = append(change, better*i.Difference), append(size, float64(i.Pixels))
		switch d := better * i.Difference; {
		case d > 0:
			e.Better++
		case d < 0:
			e.Worse++
		default:
			e.Same++
		}
	}
	if rho := spearman(change, size); !math.IsNaN(rho) {
		c.release.Correlations = append(c.release.Correlations, record.Correlation{With: "valid pixels", Rho: rho, N: len(change)})
	}
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

// spearman is the correlation of the ranks; NaN where one of them does not vary.
func spearman(x, y []float64) float64 {
	if len(x) < 3 {
		return math.NaN()
	}
	return stat.Correlation(ranks(x), ranks(y), nil)
}

// ranks are the places of the values in their order; equal values share the mean of their places.
func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	list := make([]float64, len(x))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && x[order[to]] == x[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			list[i] = float64(from+to-1) / 2
		}
		from = to
	}
	return list
}
