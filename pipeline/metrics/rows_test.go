package metrics

import (
	"math"
	"math/rand/v2"
	"testing"

	gonum "gonum.org/v1/gonum/floats"
)

// kept are the total's figures in the rows' order, and room for the rows'.
func (r *Rows) kept(total *Total) (got []float64, want []float64) {
	for _, m := range total.Metrics() {
		if m.Value.Values == nil {
			want = append(want, m.Value.Value)
		} else {
			want = append(want, math.NaN())
		}
	}
	for _, m := range total.PerClass() {
		for _, v := range m.Values {
			want = append(want, v.Value)
		}
	}
	return make([]float64, r.Figures()), want
}

// TestRowsGiveTheTotal: the figures of the rows' sums are the total's, to the bit, of every measure; and those of a choice of
// images, some of them several times, are the total's of these images (relative 1e-12: products round, repeated sums do), where
// states are not too large for it: of these see TestRangesResample.
func TestRowsGiveTheTotal(t *testing.T) {
	resampled := 0
	check := func(t *testing.T, set *Set, images [][]State) {
		rows, unit := set.Rows(), []int32{}
		var list [][]float64
		all, whole := set.NewTotal(), make([]float64, rows.Columns())
		for i, states := range images {
			means, perClass := set.Values(states)
			list, unit = append(list, rows.Append(nil, states, means, perClass)), append(unit, int32(i))
			all.Add(states)
			gonum.Add(whole, list[i])
		}
		r := rand.New(rand.NewPCG(1, 2))
		for round := range 4 {
			total, sums, weights := set.NewTotal(), make([]float64, rows.Columns()), make([]uint32, len(images))
			for i, states := range images {
				weights[i] = 1
				if round > 0 {
					weights[i] = r.Uint32N(3)
				}
				for range weights[i] {
					total.Add(states)
				}
				if weights[i] > 0 {
					gonum.AddScaled(sums, float64(weights[i]), list[i])
				}
			}
			got, want := rows.kept(total)
			rows.Evaluator(unit, all, whole)(got, sums, weights)
			if len(got) != len(want) {
				t.Fatalf("%d figures of rows, %d of the total", len(got), len(want))
			}
			for i, x := range got {
				if math.IsNaN(x) && math.IsNaN(want[i]) || round > 0 && rows.Large() {
					continue
				}
				if resampled++; round == 0 && x != want[i] || math.Abs(x-want[i]) > 1e-12*max(1, math.Abs(want[i])) {
					t.Errorf("round %d: figure %d is %v, the total's %v", round, i, x, want[i])
				}
			}
		}
	}
	forEach(t, func(t *testing.T, set *Set, shape Shape) {
		r, meter := rand.New(rand.NewPCG(3, 4)), set.NewMeter()
		var images [][]State
		for range 6 {
			s := draw(r, shape, 0.1)
			images = append(images, measureScores(t, meter, shape, s.probabilities, s.labels))
		}
		check(t, set, images)
	})
	t.Run("labels that may overlap", func(t *testing.T) {
		set, err := Compile(named("standard", "mIoU_p5", "hd95", "ece", "kappa"), Shape{Labels: 4, Scores: true})
		if err != nil {
			t.Fatal(err)
		}
		check(t, set, [][]State{measureLabels(t, set.NewLabelMeter(), patterned()), measureLabels(t, set.NewLabelMeter(), patterned())})
	})
	t.Run("large states of labels that may overlap", func(t *testing.T) {
		set, err := Compile(largeSpecs(), Shape{Labels: 4, Scores: true})
		if err != nil {
			t.Fatal(err)
		}
		if !set.Rows().Large() {
			t.Fatal("no state is large")
		}
		r, images := rand.New(rand.NewPCG(7, 8)), [][]State{}
		for range 4 {
			o := patterned()
			for i := range o.logits {
				o.logits[i] += float32(r.NormFloat64())
			}
			images = append(images, measureLabels(t, set.NewLabelMeter(), o))
		}
		check(t, set, images)
	})
	if resampled < 2900 {
		t.Errorf("%d figures were compared", resampled)
	}
}

// TestRowsOfViews: every way of bringing images together, at once.
func TestRowsOfViews(t *testing.T) {
	shape := shapes["softmax of 3"]
	set, err := Compile(named("mIoU", "mIoU_img", "mIoU_img_classes", "mIoU_img_pairs", "mIoU_p0", "mIoU_p5", "mIoU_p50", "mIoU_p100", "aAcc_p25"), shape)
	if err != nil {
		t.Fatal(err)
	}
	r, meter, rows := rand.New(rand.NewPCG(5, 4)), set.NewMeter(), set.Rows()
	total, sums, unit, weights := set.NewTotal(), make([]float64, rows.Columns()), []int32{}, []uint32{2, 0, 1, 3, 1}
	for i, w := range weights {
		s := draw(r, shape, 0.1)
		states := measureScores(t, meter, shape, s.probabilities, s.labels)
		means, perClass := set.Values(states)
		gonum.AddScaled(sums, float64(w), rows.Append(nil, states, means, perClass))
		unit = append(unit, int32(i))
		for range w {
			total.Add(states)
		}
	}
	got, want := rows.kept(total)
	rows.Evaluator(unit, nil, nil)(got, sums, weights)
	for i, x := range got {
		if !(math.Abs(x-want[i]) < 1e-12) {
			t.Errorf("figure %d is %v, the total's %v", i, x, want[i])
		}
	}
}
