package stats

import (
	"math"
	"testing"
)

// TestJackknife: of a mean the squared standard error is s²/n, in closed form; the normal quantile of 97.5% is 1.959964.
func TestJackknife(t *testing.T) {
	values := []float64{3, 1, 4, 1, 5, 9, 2, 6, 5, 3}
	s := NewSample(2, len(values))
	mean, squares, n := 0.0, 0.0, float64(len(values))
	for _, x := range values {
		s.Add([]float64{x, 1})
		mean += x / n
	}
	for _, x := range values {
		squares += (x - mean) * (x - mean)
	}
	a := Sums(2, func(dst, sums []float64) { dst[0], dst[1] = math.NaN(), sums[0]/sums[1] })
	left := LeaveOneOut(s, a, 1, Options{})
	for i, x := range values {
		if want := (n*mean - x) / (n - 1); math.Abs(left[i]-want) > 1e-15*want {
			t.Errorf("without unit %d: %v, want %v", i, left[i], want)
		}
	}
	half := 1.9599639845400545 * math.Sqrt(squares/(n-1)/n)
	if got := Jackknife(mean, left, Options{}); math.Abs(got.Low-(mean-half)) > 1e-12 || math.Abs(got.High-(mean+half)) > 1e-12 {
		t.Errorf("%v, want %v ± %v", got, mean, half)
	}
	for name, list := range map[string][]float64{"one unit": {1}, "none": nil, "an undefined one": {1, math.NaN()}} {
		if got := Jackknife(1, list, Options{}); !math.IsNaN(got.Low) || !math.IsNaN(got.High) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
