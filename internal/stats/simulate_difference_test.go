package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// pairNoise is how far two variants of one model differ on a class of an image, in logits.
const pairNoise = 0.1

// pair is one image under two models, the second shift logits worse. What they see is the same; each errs a little in its
// own way, so that without a shift neither is better.
func (w world) pair(base, next []float64, shift float64) {
	hard := w.random.NormFloat64()
	for c, class := range simulatedClasses {
		quality := class.quality + 0.7*hard + 0.5*w.random.NormFloat64()
		area := math.Round(2000 * math.Exp(0.6*w.random.NormFloat64()))
		present, seen := w.random.Float64() < class.presence, w.random.Float64() < 0.2
		of := func(row []float64, quality float64) {
			row[2*c], row[2*c+1] = 0, 0
			right := 1 / (1 + math.Exp(-quality-pairNoise*w.random.NormFloat64()))
			switch {
			case present:
				row[2*c], row[2*c+1] = math.Round(right*area), area+math.Round((1-right)*area/2)
			case seen:
				row[2*c+1] = math.Round((1 - right) * area / 4)
			}
		}
		of(base, quality)
		of(next, quality-shift)
	}
}

// drop is how far the mIoU falls by a shift, of a hundred thousand images.
func drop(shift float64) float64 {
	w, base, next := world{rand.New(rand.NewPCG(3, 0))}, make([]float64, 10), make([]float64, 10)
	sums, figures := [2][]float64{make([]float64, 10), make([]float64, 10)}, [2][3]float64{}
	for range 100_000 {
		w.pair(base, next, shift)
		for i := range base {
			sums[0][i] += base[i]
			sums[1][i] += next[i]
		}
	}
	for i := range figures {
		simulatedFigures.New()(figures[i][:], Draw{Sums: sums[i]})
	}
	return figures[0][0] - figures[1][0]
}

// shiftOf is the shift by which the mIoU falls by want.
func shiftOf(want float64) float64 {
	low, high := 0.0, 1.0
	for range 12 {
		if middle := (low + high) / 2; drop(middle) < want {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// runPair is two runs over images of their own.
func runPair(seed uint64, images int, shift float64) (base, next *Sample) {
	w, a, b := world{rand.New(rand.NewPCG(4, seed))}, make([]float64, 10), make([]float64, 10)
	base, next = NewSample(10, images), NewSample(10, images)
	for range images {
		w.pair(a, b, shift)
		base.Add(a)
		next.Add(b)
	}
	return base, next
}

// TestDifferences counts, over pairs of runs of 200 images, how often a test of a difference is wrong: what is promised is 5%
// of p-values at most 0.05 and 5% of intervals without 0 where there is none, and 2.5% of models passed that are worse by
// just the margin, as one side of a 95% interval alone lets them pass. A drop of twice the margin must be found.
func TestDifferences(t *testing.T) {
	pairs, slack := *simulated, 0.015
	if pairs == 0 {
		if testing.Short() {
			t.Skip("skipped in short mode: thousands of resamples of hundreds of pairs")
		}
		pairs, slack = 200, 0.015+0.03 // two standard deviations of so few
	}
	const images, margin = 200, 0.01
	var small, without, refused int
	for seed := range uint64(pairs) {
		base, next := runPair(seed, images, 0)
		p, err := Permutation(base, next, simulatedFigures, Options{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		ci := simulatedInterval(t, base, next, seed)
		small += one(p[0] <= 0.05)
		without += one(ci.Low > 0 || ci.High < 0)
		refused += one(ci.High < -margin)
	}
	within(t, "no difference: p-values at most 0.05", small, pairs, 0.05, slack)
	within(t, "no difference: intervals without 0", without, pairs, 0.05, slack+0.01) // BCa's are narrow with 200 images: TestDifferencesByImages
	within(t, "no difference: models failed", refused, pairs, 0, slack)
	passed, _ := judged(t, pairs, images, margin, margin)
	within(t, "worse by the margin: models passed", passed, pairs, 0.025, slack)
	passed, failed := judged(t, pairs, images, margin, 2*margin)
	within(t, "worse by twice the margin: models passed", passed, pairs, 0, slack)
	within(t, "worse by twice the margin: models failed", failed, pairs, 1, 0.05)
}

// TestDifferencesByImages counts intervals without 0 where there is no difference, of more and more images: what BCa's miss
// their promise by is a property of small samples, and falls as the root of their number grows.
func TestDifferencesByImages(t *testing.T) {
	if *simulated == 0 {
		t.Skip("skipped: minutes; -datasets 4000 runs it")
	}
	for _, c := range []struct {
		images        int
		method        string
		share, within float64
	}{{100, BCa, 0.0735, 0.015}, {200, BCa, 0.069, 0.015}, {400, BCa, 0.0625, 0.015}, {800, BCa, 0.055, 0.015},
		{100, Percentile, 0.06, 0.015}, {200, Percentile, 0.058, 0.015}, {400, Percentile, 0.058, 0.015}, {800, Percentile, 0.053, 0.015}} {
		without := 0
		for seed := range uint64(*simulated) {
			base, next := runPair(seed, c.images, 0)
			_, list, err := BootstrapDifference(base, next, simulatedFigures, Options{Seed: seed, Resamples: 1000, Method: c.method})
			if err != nil {
				t.Fatal(err)
			}
			without += one(list[0].Low > 0 || list[0].High < 0)
		}
		within(t, fmt.Sprintf("%s, %d images: intervals without 0", c.method, c.images), without, *simulated, c.share, c.within)
	}
}

// judged counts the models whose interval lies above the drop of a margin, and those whose interval lies below.
func judged(t *testing.T, pairs, images int, margin, worse float64) (passed, failed int) {
	t.Helper()
	shift := shiftOf(worse)
	for seed := range uint64(pairs) {
		base, next := runPair(seed+1<<32, images, shift)
		ci := simulatedInterval(t, base, next, seed)
		passed += one(ci.Low > -margin)
		failed += one(ci.High < -margin)
	}
	return passed, failed
}

func simulatedInterval(t *testing.T, base, next *Sample, seed uint64) Interval {
	t.Helper()
	_, intervals, err := BootstrapDifference(base, next, simulatedFigures, Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return intervals[0]
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// within holds a share of pairs against what it should be.
func within(t *testing.T, what string, count, pairs int, want, slack float64) {
	t.Helper()
	share := float64(count) / float64(pairs)
	t.Logf("%-42s %5.2f%% of %d, expected %.2f%%", what, 100*share, pairs, 100*want)
	if math.Abs(share-want) > slack {
		t.Errorf("%s: %.3f, expected %.3f ± %.3f", what, share, want, slack)
	}
}
