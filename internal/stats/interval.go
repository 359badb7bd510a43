package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"github.com/segmetry/segmetry/internal/rank"
)

// undefinedShare is the largest share of undefined resamples with which a figure has an interval.
const undefinedShare = 0.1

// interval is a figure's, of its replicates, which are put in another order.
func interval(figure float64, replicates []float64, acceleration float64, o Options) Interval {
	if math.IsNaN(figure) {
		return noInterval()
	}
	all := len(replicates)
	defined := slices.DeleteFunc(replicates, math.IsNaN)
	if float64(all-len(defined)) > undefinedShare*float64(all) {
		return noInterval()
	}
	low, high := (1-o.Confidence)/2, (1+o.Confidence)/2
	if o.Method == BCa {
		bias := biasCorrection(figure, defined)
		low, high = accelerated(low, bias, acceleration), accelerated(high, bias, acceleration)
	}
	return Interval{quantile(defined, low), quantile(defined, high)}
}

// biasCorrection is the normal quantile of the share of replicates below the figure; those equal to it count half. It is
// ±Inf where all lie on one side.
func biasCorrection(figure float64, replicates []float64) float64 {
	below, upTo := 0, 0
	for _, x := range replicates {
		if x < figure {
			below++
		}
		if x <= figure {
			upTo++
		}
	}
	return normalQuantile(float64(below+upTo) / float64(2*len(replicates)))
}

// accelerated moves a probability as BCa does; NaN where there is no such probability.
func accelerated(p, bias, acceleration float64) float64 {
	z := bias + normalQuantile(p)
	scale := 1 - acceleration*z
	if scale <= 0 || math.IsInf(bias, 0) {
		return math.NaN()
	}
	return normalShare(bias + z/scale)
}

// normalQuantile is the standard normal distribution's.
func normalQuantile(p float64) float64 {
	switch p {
	case 0:
		return math.Inf(-1)
	case 1:
		return math.Inf(1)
	}
	return mathext.NormalQuantile(p)
}

// normalShare is the share of a standard normal distribution below z.
func normalShare(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

// quantile is by linear interpolation at rank q·(n−1), numpy's default; NaN for q = NaN. It puts the values in another order.
func quantile(values []float64, q float64) float64 {
	if math.IsNaN(q) {
		return q
	}
	a, b, share := rank.Around(values, q)
	if a == b {
		return a
	}
	return a + share*(b-a)
}
