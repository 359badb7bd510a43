package metrics

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/raster"
	gonum "gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// hardness draws an image whose pixels are as sure and as right as chance makes the image.
func hardness(r *rand.Rand, classes, pixels int) sample {
	s := sample{labels: &raster.Labels{Width: pixels, Height: 1, Class: make([]int16, pixels)}, probabilities: make([]float32, pixels*classes)}
	margin, sure := 3+1.5*r.NormFloat64(), math.Exp(0.5*r.NormFloat64())
	logits := make([]float64, classes)
	for i := range s.labels.Class {
		truth := r.IntN(classes)
		s.labels.Class[i] = int16(truth)
		sum := 0.0
		for c := range logits {
			logits[c] = 1.5 * r.NormFloat64()
			if c == truth {
				logits[c] += margin
			}
			logits[c] = math.Exp(sure * logits[c])
			sum += logits[c]
		}
		for c := range logits {
			s.probabilities[c*pixels+i] = float32(logits[c] / sum)
		}
	}
	return s
}

// TestRangesResample: figures of states that are resampled by ranges vary from draw to draw as those of the drawn images' states
// added up do, which take far longer: standard errors within 5%, each draw within a fifth of one. Which threshold is the best one
// rests on single cells of a curve: within 25%, and no bound for the draw.
func TestRangesResample(t *testing.T) {
	const images, draws = 60, 60
	set, err := Compile(largeSpecs(), Shape{Classes: 4, Scores: true})
	if err != nil {
		t.Fatal(err)
	}
	r, rows, meter := rand.New(rand.NewPCG(21, 22)), set.Rows(), set.NewMeter()
	if !rows.Large() {
		t.Fatal("no state is large")
	}
	var states [][]State
	var list [][]float64
	var unit []int32
	all, whole := set.NewTotal(), make([]float64, rows.Columns())
	for i := range images {
		s := hardness(r, set.shape.Classes, 2000)
		states = append(states, measureScores(t, meter, set.shape, s.probabilities, s.labels))
		means, perClass := set.Values(states[i])
		list, unit = append(list, rows.Append(nil, states[i], means, perClass)), append(unit, int32(i))
		all.Add(states[i])
		gonum.Add(whole, list[i])
	}
	evaluate := rows.Evaluator(unit, all, whole)
	got, want := make([][]float64, rows.Figures()), make([][]float64, rows.Figures()) // a figure's of every draw
	for range draws {
		weights, sums, total := make([]uint32, images), make([]float64, rows.Columns()), set.NewTotal()
		for range images {
			weights[r.IntN(images)]++
		}
		for i, w := range weights {
			for range w {
				total.Add(states[i])
			}
			gonum.AddScaled(sums, float64(w), list[i])
		}
		values, exact := rows.kept(total)
		evaluate(values, sums, weights)
		for k := range values {
			got[k], want[k] = append(got[k], values[k]), append(want[k], exact[k])
		}
	}
	compared := 0
	for k, l := range rows.Labels() {
		if math.IsNaN(gonum.Sum(want[k])) {
			continue // undefined in some draw
		}
		compared++
		error, drawn := stat.StdDev(want[k], nil), stat.StdDev(got[k], nil)
		gonum.Sub(got[k], want[k])
		off, tolerance := gonum.Norm(got[k], 2)/math.Sqrt(draws)/error, 0.05
		if strings.HasPrefix(l.Name, "best_f1_threshold") {
			off, tolerance = 0, 0.25
		}
		if !(math.Abs(drawn/error-1) < tolerance && off < 0.2) {
			t.Errorf("%s of class %d: standard error %.4g by ranges, %.4g by images; draws are %.3f of it apart", l.Name, l.Class, drawn, error, off)
		}
	}
	if compared < 80 {
		t.Errorf("%d figures were compared", compared)
	}
}

// largeSpecs are measures of every kind of states that have ranges.
func largeSpecs() []Spec {
	mass := func(options any) error {
		switch o := options.(type) {
		case *ClasswiseOptions:
			o.Binning = "mass"
		case *CalibrationOptions:
			o.Binning = "mass"
		}
		return nil
	}
	return append(named("thresholds"), Spec{Name: "auroc", Label: "auroc_of_ranks", Decode: func(any) error { return nil }},
		Spec{Name: "average_precision", Label: "average_precision_of_ranks", Decode: func(any) error { return nil }},
		Spec{Name: "classwise_ece", Decode: mass}, Spec{Name: "ece", Decode: mass}, Spec{Name: "mce", Decode: mass})
}
