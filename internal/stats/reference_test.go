package stats

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// reference is what testdata/reference.py wrote.
type reference struct {
	Scipy                    string
	Inter, Union             []float64
	Group                    []int
	BCa, Percentile, Cluster struct{ Interval, Deviation [2]float64 }
	Pairs                    struct {
		Base, New     [2][]float64
		Difference, P float64
	}
	P, BH []float64
}

func readReference(t *testing.T) *reference {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

func sampleOf(columns ...[]float64) *Sample {
	s := NewSample(len(columns), len(columns[0]))
	row := make([]float64, len(columns))
	for unit := range columns[0] {
		for c := range columns {
			row[c] = columns[c][unit]
		}
		s.Add(row)
	}
	return s
}

// ratio is the quotient of two sums, an IoU.
var ratio = Sums(1, func(dst, sums []float64) { dst[0] = sums[0] / sums[1] })

// TestScipy holds intervals and p-values against scipy 1.17.1, see testdata/reference.py. An interval of random numbers
// differs by chance: by six standard deviations of one of scipy's runs at most.
func TestScipy(t *testing.T) {
	r := readReference(t)
	sample := sampleOf(r.Inter, r.Union)
	for _, c := range []struct {
		name   string
		sample *Sample
		method string
		want   struct{ Interval, Deviation [2]float64 }
	}{
		{"BCa of a pooled ratio", sample, BCa, r.BCa},
		{"percentiles of a pooled ratio", sample, Percentile, r.Percentile},
		{"BCa by groups", sample.Clusters(r.Group), BCa, r.Cluster},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got, err := Bootstrap(c.sample, ratio, Options{Resamples: 20000, Seed: 3, Method: c.method})
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range []float64{got[0].Low, got[0].High} {
				if want, d := c.want.Interval[i], 6*c.want.Deviation[i]; !(math.Abs(x-want) <= d) {
					t.Errorf("end %d: %.6f, scipy %.6f ± %.6f", i, x, want, d)
				}
			}
		})
	}
	t.Run("exact permutation", func(t *testing.T) {
		p, err := Permutation(sampleOf(r.Pairs.Base[:]...), sampleOf(r.Pairs.New[:]...), ratio, Options{})
		if err != nil || math.Abs(p[0]-r.Pairs.P) > 1e-12 {
			t.Errorf("p = %v (%v), scipy %v", p, err, r.Pairs.P)
		}
	})
	t.Run("Benjamini-Hochberg", func(t *testing.T) {
		for i, x := range BenjaminiHochberg(r.P) {
			if math.Abs(x-r.BH[i]) > 1e-12 {
				t.Errorf("p[%d] = %v, scipy %v", i, x, r.BH[i])
			}
		}
	})
}

// TestGolden holds intervals of a mean difference and Holm's p-values against the shared golden values, at their own
// tolerance.
func TestGolden(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "shared", "golden", "metrics")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("skipped: the shared golden values are not here: %v", err)
	}
	var inputs struct {
		Inputs map[string]struct{ Base, New, P []float64 }
	}
	var cases []struct {
		Name, Metric, Input string
		Options             struct {
			Method     string
			Resamples  int
			Confidence float64
		}
		Values    json.RawMessage
		Tolerance float64
	}
	text, err := os.ReadFile(filepath.Join(folder, "inputs.json"))
	if err == nil {
		_ = json.Unmarshal(text, &inputs) // other inputs have other shapes
		text, err = os.ReadFile(filepath.Join(folder, "cases.json"))
	}
	if err == nil {
		err = json.Unmarshal(text, &cases)
	}
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	for _, c := range cases {
		in, got := inputs.Inputs[c.Input], []float64(nil)
		switch c.Metric {
		case "bootstrap_ci":
			o := Options{Resamples: c.Options.Resamples, Confidence: c.Options.Confidence, Method: c.Options.Method, Seed: 1}
			mean := Sums(1, func(dst, sums []float64) { dst[0] = sums[0] / float64(len(in.Base)) })
			_, ends, err := BootstrapDifference(sampleOf(in.Base), sampleOf(in.New), mean, o)
			if err != nil {
				t.Fatal(err)
			}
			got = []float64{ends[0].Low, ends[0].High}
		case "holm":
			got = Holm(in.P)
		default:
			continue
		}
		done++
		var want []float64
		if err := json.Unmarshal(c.Values, &want); err != nil {
			t.Fatal(err)
		}
		for i, x := range got {
			if !(math.Abs(x-want[i]) <= c.Tolerance) {
				t.Errorf("%s: value %d is %v, want %v ± %g", c.Name, i, x, want[i], c.Tolerance)
			}
		}
	}
	if done < 6 {
		t.Errorf("%d cases, of 6", done)
	}
}
