package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
)

// sigmoidSample has probabilities of class 1 that say something of it.
func sigmoidSample(r *rand.Rand, w, h int) sample {
	s := sample{&raster.Labels{Width: w, Height: h, Class: make([]int16, w*h)}, make([]float32, w*h)}
	for i := range s.probabilities {
		s.labels.Class[i] = int16(r.IntN(2))
		s.probabilities[i] = float32(1 / (1 + math.Exp(-float64(s.labels.Class[i])-r.NormFloat64())))
	}
	return s
}

// areaByPairs is the share of pairs in order, by sorting.
func areaByPairs(s sample) float64 {
	type pixel struct {
		p   float32
		own bool
	}
	var list []pixel
	for i, p := range s.probabilities {
		list = append(list, pixel{p, s.labels.Class[i] == 1})
	}
	slices.SortFunc(list, func(a, b pixel) int { return int(math.Copysign(1, float64(a.p-b.p))) })
	ranks, positives := 0.0, 0.0
	for i, x := range list {
		if x.own {
			ranks += float64(i + 1)
			positives++
		}
	}
	return (ranks - positives*(positives+1)/2) / positives / (float64(len(list)) - positives)
}

// TestManyDistinctProbabilities: with more distinct probabilities than are kept apart, auroc is off by no more than
// auroc_bound says, and the order of merging does not matter.
func TestManyDistinctProbabilities(t *testing.T) {
	shape := Shape{Head: pass.Sigmoid, Classes: 2, Scores: true}
	set, err := Compile(named("auroc", "auroc_bound"), shape)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	var images []sample
	var all sample
	all.labels = &raster.Labels{}
	for range 3 {
		s := sigmoidSample(r, 160, 120)
		images = append(images, s)
		all.labels.Class = append(all.labels.Class, s.labels.Class...)
		all.probabilities = append(all.probabilities, s.probabilities...)
	}
	forward, backward, meter := set.NewTotal(), set.NewTotal(), set.NewMeter()
	for i := range images {
		forward.Add(measureScores(t, meter, shape, images[i].probabilities, images[i].labels))
		last := images[len(images)-1-i]
		backward.Add(measureScores(t, meter, shape, last.probabilities, last.labels))
	}
	if !slices.Equal(forward.states[1].Counts, backward.states[1].Counts) {
		t.Error("the order of merging matters")
	}
	if n := forward.states[1].Counts[2]; n > maxRanks || forward.states[1].Counts[0] == 0 {
		t.Errorf("%d cells of at most %d, %d bits dropped", n, maxRanks, forward.states[1].Counts[0])
	}
	got, bound := forward.Metrics()[0].Value.Value, forward.Metrics()[1].Value.Value
	if off := math.Abs(got - areaByPairs(all)); off > bound+1e-12 || bound > 1e-4 {
		t.Errorf("auroc is off by %g, the bound says %g", off, bound)
	}
}

func TestSortBits(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	keys := make([]uint32, 5000)
	for i := range keys {
		keys[i] = r.Uint32() >> r.IntN(20)
	}
	want := slices.Sorted(slices.Values(keys))
	if got := sortBits(keys, make([]uint32, len(keys))); !slices.Equal(got, want) {
		t.Error("not sorted")
	}
}

// TestEqualMass holds bins of equal mass against the definition on sorted confidences (the fine bins' borders are within
// the tolerance of 1e-2 of the value).
func TestEqualMass(t *testing.T) {
	shape := Shape{Head: pass.Sigmoid, Classes: 2, Scores: true}
	spec := with("ece", "test", func(o *CalibrationOptions) { o.Bins, o.Binning = 10, "mass" })
	set, err := Compile([]Spec{spec}, shape)
	if err != nil {
		t.Fatal(err)
	}
	s := sigmoidSample(rand.New(rand.NewPCG(5, 6)), 200, 200)
	total := set.NewTotal()
	total.Add(measureScores(t, set.NewMeter(), shape, s.probabilities, s.labels))
	type pixel struct{ confidence, right float64 }
	var list []pixel
	for i, p := range s.probabilities {
		x := pixel{float64(p), float64(s.labels.Class[i])}
		if p < 0.5 {
			x = pixel{1 - x.confidence, 1 - x.right}
		}
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b pixel) int { return int(math.Copysign(1, a.confidence-b.confidence)) })
	want := 0.0
	for k := range 10 {
		gap := 0.0
		for _, x := range list[k*len(list)/10 : (k+1)*len(list)/10] {
			gap += x.right - x.confidence
		}
		want += math.Abs(gap) / float64(len(list))
	}
	if got := total.Metrics()[0].Value.Value; math.Abs(got-want) > 1e-2*want {
		t.Errorf("%g, want %g", got, want)
	}
}

// TestFloat64Sums holds ece and brier from logits against float64 sums over the same picture (tolerance 1e-6: the pass's
// probabilities are float32).
func TestFloat64Sums(t *testing.T) {
	shape := Shape{Classes: 3, Scores: true}
	set, err := Compile(named("brier", "nll"), shape)
	if err != nil {
		t.Fatal(err)
	}
	s := draw(rand.New(rand.NewPCG(7, 8)), shape, 0.2)
	meter := set.NewMeter()
	given := set.NewTotal()
	given.Add(measureScores(t, meter, shape, s.probabilities, s.labels))
	logits := make([]float32, len(s.probabilities))
	for i, p := range s.probabilities {
		logits[i] = float32(math.Log(float64(p)))
	}
	scanner, _ := pass.NewScanner(pass.Options{Channels: 3, Classes: 3})
	meter.Reset(nil)
	if _, err := scanner.Scan(pass.Scores{Data: logits, Channels: 3, Height: s.labels.Height, Width: s.labels.Width}, pass.Window{}, s.labels, meter); err != nil {
		t.Fatal(err)
	}
	derived := set.NewTotal()
	derived.Add(meter.Finish(s.labels, nil))
	for i := range 2 {
		a, b := given.Metrics()[i].Value.Value, derived.Metrics()[i].Value.Value
		if math.Abs(a-b) > 1e-6*a {
			t.Errorf("%s: from probabilities %g, from logits %g", given.Metrics()[i].Name, a, b)
		}
	}
}

// TestClassReliability: the bins of a class hold every pixel, and their gaps add up to classwise_ece; class 0 of a model of
// one channel has none.
func TestClassReliability(t *testing.T) {
	shape := Shape{Head: pass.Sigmoid, Classes: 2, Scores: true}
	set, err := Compile(named("classwise_ece", "reliability_class_probability", "reliability_class_frequency", "reliability_class_pixels"), shape)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(set.accumulators); n != 2 {
		t.Errorf("%d accumulators, want the matrix and one for all four", n)
	}
	total, meter := set.NewTotal(), set.NewMeter()
	s := sigmoidSample(rand.New(rand.NewPCG(7, 8)), 50, 40)
	total.Add(measureScores(t, meter, shape, s.probabilities, s.labels))
	values := map[string][]record.Value{}
	for _, m := range total.PerClass() {
		values[m.Name] = m.Values
	}
	probability, frequency, pixels := values["reliability_class_probability"], values["reliability_class_frequency"], values["reliability_class_pixels"]
	sum, count := 0.0, 0.0
	for k, n := range pixels[1].Values {
		if n > 0 {
			sum += n * math.Abs(frequency[1].Values[k]-probability[1].Values[k])
		}
		count += n
		if !math.IsNaN(pixels[0].Values[k]) {
			t.Errorf("class 0 has %v pixels in bin %d", pixels[0].Values[k], k)
		}
	}
	if want := values["classwise_ece"][1].Value; count != 2000 || len(pixels[1].Values) != 15 || math.Abs(sum/count-want) > 1e-12 {
		t.Errorf("%v pixels, gaps of %v; classwise_ece is %v", count, sum/count, want)
	}
}

// TestThresholdsHaveNoMean: a class's threshold is its own. Neither several classes nor labels that overlap have a mean of them; the one
// class of a sigmoid head has the figure.
func TestThresholdsHaveNoMean(t *testing.T) {
	for _, c := range []struct {
		shape Shape
		means []string
	}{
		{Shape{Head: pass.Softmax, Classes: 3, Scores: true}, []string{"best_f1"}},
		{Shape{Labels: 2, Scores: true}, []string{"best_f1"}},
		{Shape{Head: pass.Sigmoid, Classes: 2, Scores: true}, []string{"best_f1", "best_f1_threshold", "threshold_at_precision"}},
	} {
		set, err := Compile(named("best_f1", "best_f1_threshold", "threshold_at_precision"), c.shape)
		if err != nil {
			t.Fatal(err)
		}
		if got := set.Means(); !slices.Equal(got, c.means) {
			t.Errorf("%+v: images have %v, want %v", c.shape, got, c.means)
		}
		if got := set.PerClass(); !slices.Equal(got, []string{"best_f1", "best_f1_threshold", "threshold_at_precision"}) {
			t.Errorf("%+v: classes have %v", c.shape, got)
		}
		for _, l := range set.Rows().Labels() {
			if l.Class < 0 && !l.List && strings.Contains(l.Name, "threshold") && len(c.means) == 1 {
				t.Errorf("%+v: the summary has %s of all classes", c.shape, l.Name)
			}
		}
	}
}
