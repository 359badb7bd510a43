// Package stats says how far figures can be trusted that were computed from a finite sample of images: bootstrap
// intervals of a figure and of the difference of two, a paired permutation test, and corrections for several tests.
//
// A [Sample] holds a vector of statistics for each unit that was drawn independently: an image, or a group of images
// such as a patient's. Figures are functions of the units' sums ([Aggregate]): confusion counts that become an IoU, or a
// sum and a count that become a mean. A resample is a vector of weights, how often each unit was drawn, so that its sums are the
// product of weights and statistics, formed in blocks that stay in cache.
//
// Every resample has a random stream of its own (PCG, seeded by the seed and the resample's number), and sums over units
// are formed in the units' order: results are the same to the bit for any number of goroutines.
//
// NaN is an undefined figure. Resamples where a figure is undefined are left out of its distribution; see [Bootstrap].
package stats

import (
	"errors"
	"fmt"
	"math"
	"runtime"
)

// The kinds of intervals.
const (
	// BCa is bias-corrected and accelerated (Efron, Better bootstrap confidence intervals, 1987), with the acceleration of
	// the jackknife; as scipy.stats.bootstrap's BCa.
	BCa = "bca"
	// Percentile takes the resamples' own quantiles.
	Percentile = "percentile"
)

// Options says how resamples are drawn. The zero value stands for its defaults.
type Options struct {
	Resamples  int     // 0 means 2000
	Seed       uint64  // of the random numbers
	Confidence float64 // of the interval, both sides together; 0 means 0.95
	Method     string  // BCa or Percentile; "" means BCa
	Workers    int     // goroutines; 0 means one a processor. It changes no figure.
}

// MaxResamples bounds Options.Resamples, whose figures are all in memory at once.
const MaxResamples = 1_000_000

// Validate joins every wrong option.
func (o Options) Validate() error {
	var problems []error
	if o.Resamples != 0 && (o.Resamples < 100 || o.Resamples > MaxResamples) {
		problems = append(problems, fmt.Errorf("resamples: expected a number from 100 to %d, found %d", MaxResamples, o.Resamples))
	}
	if o.Confidence != 0 && !(o.Confidence > 0 && o.Confidence < 1) {
		problems = append(problems, fmt.Errorf("confidence: expected a number between 0 and 1, found %g", o.Confidence))
	}
	if o.Method != "" && o.Method != BCa && o.Method != Percentile {
		problems = append(problems, fmt.Errorf("method: expected %s or %s, found %q", BCa, Percentile, o.Method))
	}
	return errors.Join(problems...)
}

// WithDefaults fills in what is zero.
func (o Options) WithDefaults() Options {
	if o.Resamples == 0 {
		o.Resamples = 2000
	}
	if o.Confidence == 0 {
		o.Confidence = 0.95
	}
	if o.Method == "" {
		o.Method = BCa
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return o
}

// Draw is what was drawn: the sample itself, or a resample of it.
type Draw struct {
	Sums []float64 // of every column
	// Weights is how often each unit was drawn; nil in a permutation, which exchanges what two samples have of a unit.
	Weights []uint32
}

// Aggregate computes figures from a draw.
type Aggregate struct {
	Figures int
	// New makes a function that writes the figures to dst. A goroutine has one of its own, which may keep buffers. The
	// function may change neither the draw nor anything shared; equal draws must have equal figures.
	New func() func(dst []float64, d Draw)
}

// Sums makes an aggregate of a function of the sums that keeps nothing.
func Sums(figures int, f func(dst, sums []float64)) Aggregate {
	return Aggregate{figures, func() func([]float64, Draw) { return func(dst []float64, d Draw) { f(dst, d.Sums) } }}
}

// Interval is a confidence interval; both ends are NaN where there is none.
type Interval struct{ Low, High float64 }

func noInterval() Interval { return Interval{math.NaN(), math.NaN()} }
