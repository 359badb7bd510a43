package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// randomSample has counts of intersection and union, as those of images.
func randomSample(units, columns int, seed uint64) *Sample {
	r := rand.New(rand.NewPCG(seed, 0))
	s := NewSample(columns, units)
	row := make([]float64, columns)
	for range units {
		for i := range row {
			row[i] = float64(r.IntN(1000)) / 8
		}
		s.Add(row)
	}
	return s
}

// neighbours is an aggregate of every column's share of itself and the next.
func neighbours(columns int) Aggregate {
	return Sums(columns-1, func(dst, sums []float64) {
		for i := range dst {
			dst[i] = sums[i] / (sums[i] + sums[i+1])
		}
	})
}

// TestWorkers: results are the same to the bit for any number of goroutines, and others for another seed.
func TestWorkers(t *testing.T) {
	s, other := randomSample(701, 9, 1), randomSample(701, 9, 2)
	run := func(workers int, seed uint64) (list []float64) {
		o := Options{Resamples: 333, Seed: seed, Workers: workers}
		_, one, err := Bootstrap(s, neighbours(9), o)
		_, two, err2 := BootstrapDifference(s, other, neighbours(9), o)
		p, err3 := Permutation(s, other, neighbours(9), o)
		if err != nil || err2 != nil || err3 != nil {
			t.Fatal(err, err2, err3)
		}
		for _, i := range append(one, two...) {
			list = append(list, i.Low, i.High)
		}
		return append(list, p...)
	}
	one := run(1, 5)
	for _, workers := range []int{2, 7, 100} {
		if !slices.Equal(one, run(workers, 5)) {
			t.Errorf("%d goroutines give other bits than one", workers)
		}
	}
	if slices.Equal(one, run(1, 6)) {
		t.Error("another seed gives the same intervals")
	}
}

// TestAcceleration: of a mean it is Σ(x−m)³ / (6 (Σ(x−m)²)^1.5), in closed form (Efron and Tibshirani, 1993, 14.15).
func TestAcceleration(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var x []float64
	mean := 0.0
	for range 700 {
		x = append(x, r.ExpFloat64())
		mean += x[len(x)-1] / 700
	}
	s := sampleOf(x, constant(700, 1))
	b := &bootstrap{sample: s, aggregate: ratio, totals: s.Totals(), figures: []float64{mean}}
	squares, cubes := 0.0, 0.0
	for _, v := range x {
		squares += (v - mean) * (v - mean)
		cubes += (v - mean) * (v - mean) * (v - mean)
	}
	want := cubes / (6 * math.Pow(squares, 1.5))
	if got := b.acceleration()[0]; math.Abs(got/want-1) > 1e-9 {
		t.Errorf("acceleration %v, closed form %v", got, want)
	}
}

func constant(n int, x float64) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = x
	}
	return list
}

// TestUndefined: what has no interval, and what has one in spite of undefined resamples.
func TestUndefined(t *testing.T) {
	in := func(images int) *Sample { // a class that is in so many of 50 images
		x, n := make([]float64, 50), make([]float64, 50)
		for i := range images {
			x[i], n[i] = float64(i%3)+1, 4
		}
		return sampleOf(x, n)
	}
	for _, c := range []struct {
		name    string
		sample  *Sample
		defined bool
	}{
		{"in no image", in(0), false},
		{"in one image", in(1), false},
		{"in two images: 13% of the resamples have none", in(2), false},
		{"in four images", in(4), true},
		{"in all", in(50), true},
		{"one unit", sampleOf([]float64{1}, []float64{2}), false},
		{"no unit", NewSample(2, 0), false},
	} {
		for _, method := range []string{BCa, Percentile} {
			_, got, err := Bootstrap(c.sample, ratio, Options{Method: method, Seed: 9})
			if err != nil {
				t.Fatal(err)
			}
			if (got[0].Low == got[0].Low) != c.defined || (got[0].High == got[0].High) != c.defined {
				t.Errorf("%s, %s: %v, defined %t", c.name, method, got[0], c.defined)
			}
		}
	}
}

// TestConstant: a figure that every resample has alike has an interval of no width.
func TestConstant(t *testing.T) {
	x := constant(20, 1.5)
	figures, got, err := Bootstrap(sampleOf(x, constant(20, 3)), ratio, Options{})
	if err != nil || figures[0] != 0.5 || got[0] != (Interval{0.5, 0.5}) {
		t.Errorf("%v %v %v", figures, got, err)
	}
}

// TestMonotone: a wider confidence has a wider interval, and an interval that is all of the figure's range when scaled by
// −1 is turned round: percentiles know no direction.
func TestMonotone(t *testing.T) {
	s := randomSample(80, 2, 8)
	last := 0.0
	for _, confidence := range []float64{0.5, 0.8, 0.95, 0.99} {
		for _, method := range []string{Percentile, BCa} {
			f, got, _ := Bootstrap(s, ratio, Options{Confidence: confidence, Method: method})
			if !(got[0].Low < f[0] && f[0] < got[0].High) {
				t.Errorf("%g, %s: %v does not hold %v", confidence, method, got[0], f[0])
			}
			if width := got[0].High - got[0].Low; method == BCa && width <= last {
				t.Errorf("%g: no wider than the interval before", confidence)
			} else if method == BCa {
				last = width
			}
		}
	}
	minus := Sums(1, func(dst, sums []float64) { dst[0] = -sums[0] / sums[1] })
	_, a, _ := Bootstrap(s, ratio, Options{})
	_, b, _ := Bootstrap(s, minus, Options{})
	if math.Abs(a[0].Low+b[0].High) > 1e-12 || math.Abs(a[0].High+b[0].Low) > 1e-12 {
		t.Errorf("%v of the figure, %v of its negative", a[0], b[0])
	}
}

// TestWeights: weights are how often units were drawn, and sums are theirs.
func TestWeights(t *testing.T) {
	x := randomSample(40, 3, 5)
	checked := Aggregate{1, func() func([]float64, Draw) {
		return func(dst []float64, d Draw) {
			var drawn uint32
			want := make([]float64, 3)
			for unit, w := range d.Weights {
				drawn += w
				for i, v := range x.Row(unit) {
					want[i] += float64(w) * v
				}
			}
			if drawn != 40 && drawn != 39 { // a jackknife's
				t.Errorf("%d units drawn", drawn)
			}
			for i, v := range d.Sums {
				if math.Abs(v-want[i]) > 1e-9 {
					t.Errorf("sum %d is %v, want %v", i, v, want[i])
				}
			}
			dst[0] = d.Sums[0]
		}
	}}
	if _, _, err := Bootstrap(x, checked, Options{Resamples: 200, Workers: 1}); err != nil {
		t.Fatal(err)
	}
}

// TestPermutationLevel: without a difference p-values are uniform: of 400 tests, 5% ± 3.3% (three standard deviations) are
// at most 0.05; and the random form agrees with the exact one.
func TestPermutationLevel(t *testing.T) {
	small, positives := 400, 0
	for i := range small {
		r := rand.New(rand.NewPCG(uint64(i), 77))
		var a, b, n []float64
		for range 30 {
			u := float64(10 + r.IntN(200))
			a, b, n = append(a, math.Round(u*r.Float64())), append(b, math.Round(u*r.Float64())), append(n, u)
		}
		p, err := Permutation(sampleOf(a, n), sampleOf(b, n), ratio, Options{Resamples: 400, Seed: uint64(i)})
		if err != nil {
			t.Fatal(err)
		}
		if p[0] <= 0.05 {
			positives++
		}
	}
	if share := float64(positives) / float64(small); math.Abs(share-0.05) > 0.033 {
		t.Errorf("%.3f of the tests are positive, expected 0.05", share)
	}
	a, b := randomSample(12, 2, 1), randomSample(12, 2, 2)
	exact, _ := Permutation(a, b, ratio, Options{Resamples: 1 << 12})
	random, _ := Permutation(a, b, ratio, Options{Resamples: 4000})
	if math.Abs(exact[0]-random[0]) > 0.03 { // under four standard deviations of 4000 draws
		t.Errorf("exact p %v, random %v", exact[0], random[0])
	}
}

func TestPermutationEnds(t *testing.T) {
	s := randomSample(30, 2, 6)
	if p, _ := Permutation(s, s, ratio, Options{}); p[0] != 1 {
		t.Errorf("p of no difference is %v, want 1", p[0])
	}
	zero := sampleOf(constant(30, 0), constant(30, 0))
	if p, _ := Permutation(zero, s, ratio, Options{}); !math.IsNaN(p[0]) {
		t.Errorf("p of an undefined difference is %v, want NaN", p[0])
	}
	if _, err := Permutation(s, randomSample(31, 2, 6), ratio, Options{}); err == nil {
		t.Error("samples of other units are paired")
	}
}

// TestAdjust: Holm's and Benjamini and Hochberg's by hand, p-values that are NaN, and their order.
func TestAdjust(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name string
		of   func([]float64) []float64
		p    []float64
		want []float64
	}{
		{"Holm", Holm, []float64{0.01, 0.04, 0.03}, []float64{0.03, 0.06, 0.06}},
		{"Holm with an undefined test", Holm, []float64{nan, 0.01, 0.04, 0.03}, []float64{nan, 0.03, 0.06, 0.06}},
		{"Holm keeps to 1", Holm, []float64{0.9, 0.8}, []float64{1, 1}},
		{"Benjamini-Hochberg", BenjaminiHochberg, []float64{0.01, 0.04, 0.03, nan}, []float64{0.03, 0.04, 0.04, nan}},
		{"none", Holm, nil, nil},
	} {
		got := c.of(c.p)
		for i, want := range c.want {
			if !(math.Abs(got[i]-want) < 1e-12) && !(math.IsNaN(want) && math.IsNaN(got[i])) {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
	}
}

func TestValidate(t *testing.T) {
	bad := Options{Resamples: 7, Confidence: 1, Method: "t"}
	err := bad.Validate()
	if joined, ok := err.(interface{ Unwrap() []error }); !ok || len(joined.Unwrap()) != 3 {
		t.Errorf("%v: expected three problems", err)
	}
	if _, _, err := Bootstrap(randomSample(5, 2, 1), ratio, bad); err == nil {
		t.Error("wrong options are taken")
	}
	if err := (Options{}).Validate(); err != nil {
		t.Error(err)
	}
}

// BenchmarkConfusion is the mIoU and the IoU of 21 classes of 5,000 images with 2,000 resamples, BCa.
func BenchmarkConfusion(b *testing.B) {
	const classes = 21
	s := randomSample(5000, 3*classes, 1)
	iou := Sums(classes+1, func(dst, sums []float64) {
		mean := 0.0
		for c := range classes {
			dst[c] = sums[c] / (sums[classes+c] + sums[2*classes+c] - sums[c])
			mean += dst[c]
		}
		dst[classes] = mean / classes
	})
	for b.Loop() {
		if _, _, err := Bootstrap(s, iou, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
