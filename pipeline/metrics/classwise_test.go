package metrics

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// classPixel is a pixel of one class in the slow form.
type classPixel struct {
	p     float64
	right bool
}

// slowError is the calibration error of a class by the definition: every pixel is put into the bin that of names.
func slowError(pixels []classPixel, of func(i int, p float64) int) float64 {
	type group struct{ n, right, sum float64 }
	groups := map[int]*group{}
	for i, x := range pixels {
		k := of(i, x.p)
		if groups[k] == nil {
			groups[k] = &group{}
		}
		groups[k].n++
		groups[k].sum += x.p
		if x.right {
			groups[k].right++
		}
	}
	total := 0.0
	for _, g := range groups {
		total += math.Abs(g.right/g.n-g.sum/g.n) * g.n / float64(len(pixels))
	}
	return total
}

// TestClasswiseBins holds every way of binning against the definition, pixel by pixel (tolerance 1e-12: sums in another order).
// Probabilities are multiples of 1/60, and so often lie on borders between bins, and powers of 2 near 0 and 1; such are a fine bin each, so
// that bins of equal mass are exact.
func TestClasswiseBins(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	shape := Shape{Classes: 3, Scores: true}
	for n := range 40 {
		s := draw(r, shape, 0.1*float64(n%2))
		for i := range s.probabilities {
			s.probabilities[i] = float32(r.IntN(61)) / 60
			if power := float32(math.Ldexp(1, -1-r.IntN(20))); n%4 > 1 {
				s.probabilities[i] = [2]float32{power, 1 - power}[r.IntN(2)]
			}
		}
		for class := range 3 {
			var pixels []classPixel
			for i, y := range s.labels.Class {
				if y >= 0 {
					pixels = append(pixels, classPixel{float64(s.probabilities[class*len(s.labels.Class)+i]), int(y) == class})
				}
			}
			slices.SortFunc(pixels, func(a, b classPixel) int { return cmp.Compare(a.p, b.p) })
			middle := map[float64]float64{} // the mean rank of a probability's pixels
			for from := 0; from < len(pixels); {
				to := from
				for to < len(pixels) && pixels[to].p == pixels[from].p {
					to++
				}
				middle[pixels[from].p] = float64(from+to) / 2
				from = to
			}
			for options, of := range map[string]func(i int, p float64) int{
				"{bins: 12}":                 func(_ int, p float64) int { return min(11, int(math.Floor(p*12))) },
				"{bins: 12, closed: right}":  func(_ int, p float64) int { return max(0, int(math.Ceil(p*12))-1) },
				"{bins: 12, closed: own}":    func(_ int, p float64) int { return int(math.Floor(p * 12)) },
				"{bins: 7, binning: mass}":   func(_ int, p float64) int { return min(6, int(middle[p]*7/float64(len(pixels)))) },
				"{bins: 100, binning: mass}": func(_ int, p float64) int { return min(99, int(middle[p]*100/float64(len(pixels)))) },
			} {
				got, want := classwiseOf(t, s, shape, options, class), slowError(pixels, of)
				if !(math.Abs(got-want) <= 1e-12) {
					t.Fatalf("case %d, class %d, %s: %v, want %v", n, class, options, got, want)
				}
			}
		}
	}
}

func classwiseOf(t *testing.T, s sample, shape Shape, options string, class int) float64 {
	set, err := Compile([]Spec{asking("x", "classwise_ece", options)}, shape)
	if err != nil {
		t.Fatal(err)
	}
	total := set.NewTotal()
	total.Add(measureScores(t, set.NewMeter(), shape, s.probabilities, s.labels))
	return total.PerClass()[0].Values[class].Value
}

// TestClasswiseCurves: the lists have a value a bin, and classwise_ece follows from them (tolerance 1e-12).
func TestClasswiseCurves(t *testing.T) {
	shape := Shape{Classes: 3, Scores: true}
	s := draw(rand.New(rand.NewPCG(33, 34)), shape, 0.1)
	for options, bins := range map[string]int{"{bins: 9}": 9, "{bins: 9, closed: own}": 10, "{bins: 9, binning: mass}": 9, "{bins: 9, binning: mass, closed: own}": 9} {
		var specs []Spec
		for _, name := range []string{"reliability_class_probability", "reliability_class_frequency", "reliability_class_pixels", "classwise_ece"} {
			specs = append(specs, asking(name, name, options))
		}
		set, err := Compile(specs, shape)
		if err != nil {
			t.Fatal(err)
		}
		total := set.NewTotal()
		total.Add(measureScores(t, set.NewMeter(), shape, s.probabilities, s.labels))
		lists := total.PerClass()
		for c := range 3 {
			p, f, n := lists[0].Values[c].Values, lists[1].Values[c].Values, lists[2].Values[c].Values
			sum, pixels := 0.0, 0.0
			for k := range n {
				if n[k] > 0 {
					sum += n[k] * math.Abs(p[k]-f[k])
					pixels += n[k]
				}
			}
			if want := lists[3].Values[c].Value; len(n) != bins || !(math.Abs(sum/pixels-want) <= 1e-12) {
				t.Errorf("%s, class %d: %d bins that sum to %v, want %d and %v", options, c, len(n), sum/pixels, bins, want)
			}
		}
	}
}

// TestClasswiseIsEceOfOneClass: the error of class 1 by its own probability is ece's of: positive, which scikit-learn's and torchmetrics' golden
// values hold (tolerance 1e-12: sums in another order).
func TestClasswiseIsEceOfOneClass(t *testing.T) {
	for _, closed := range []string{"left", "right", "own"} {
		for kind, shape := range map[string]Shape{"sigmoid": shapes["sigmoid"], "softmax of 2": shapes["softmax of 2"]} {
			s := draw(rand.New(rand.NewPCG(35, 36)), shape, 0.1)
			for i := range s.probabilities {
				s.probabilities[i] = float32(math.Round(float64(s.probabilities[i])*30)) / 30
			}
			set, err := Compile([]Spec{asking("x", "ece", fmt.Sprintf("{of: positive, closed: %s}", closed))}, shape)
			if err != nil {
				t.Fatal(err)
			}
			total := set.NewTotal()
			total.Add(measureScores(t, set.NewMeter(), shape, s.probabilities, s.labels))
			got, want := classwiseOf(t, s, shape, fmt.Sprintf("{closed: %s}", closed), 1), total.Metrics()[0].Value.Value
			if !(math.Abs(got-want) <= 1e-12) || want == 0 {
				t.Errorf("%s, closed %s: %v, want %v", kind, closed, got, want)
			}
		}
	}
}
