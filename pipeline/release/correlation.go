package release

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/pipeline"
)

// properties are what images' changes may go with.
type properties struct{ size, brightness []float64 }

func (p *properties) add(r *pipeline.Row) {
	p.size, p.brightness = append(p.size, float64(r.Width)*float64(r.Height)), append(p.brightness, r.Brightness)
}

// correlations are those of the images' changes with each property, where it varies.
func (p *properties) correlations(change []float64) []record.Correlation {
	var list []record.Correlation
	for _, property := range []struct {
		name   string
		values []float64
	}{{"image size", p.size}, {"brightness", p.brightness}} {
		var x, y []float64
		for i, v := range property.values {
			if !math.IsNaN(v) && !math.IsNaN(change[i]) {
				x, y = append(x, change[i]), append(y, v)
			}
		}
		if rho := spearman(x, y); !math.IsNaN(rho) {
			list = append(list, record.Correlation{With: property.name, Rho: rho, P: correlationP(rho, len(x)), N: len(x)})
		}
	}
	return list
}

// correlationP is the two-sided p-value of a rank correlation of n pairs: √(n−1)·ρ is nearly standard normal where there is
// none (Kendall and Gibbons, Rank Correlation Methods, 1990).
func correlationP(rho float64, n int) float64 {
	return math.Erfc(math.Abs(rho) * math.Sqrt(float64(n-1)) / math.Sqrt2)
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
