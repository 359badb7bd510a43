package pass

import (
	"math"
	"slices"
	"testing"

	"github.com/segmetry/segmetry/internal/raster"
)

// planeCopies keeps what a walk over several labels showed, label by label.
type planeCopies []copyVisitor

func (v planeCopies) VisitLabel(label int, b *Block) { v[label].Visit(b) }

func planes(s Scores, c int) Scores {
	n := s.Height * s.Width
	return Scores{Data: s.Data[c*n:][:n], Channels: 1, Height: s.Height, Width: s.Width}
}

// TestLabelScanner: every label is shown exactly as a one-channel head of its own is, resized or not.
func TestLabelScanner(t *testing.T) {
	const labels = 3
	thresholds := []float64{0.7, 0.2, 0.5}
	for name, c := range map[string]struct {
		h, w   int // of the scores
		window Window
	}{
		"as large as the label": {23, 31, Window{}},
		"smaller":               {6, 8, Window{}},
		"a window":              {40, 40, Window{Top: 2, Left: 1, Height: 23, Width: 31}},
		"a resized window":      {12, 16, Window{Top: 0.5, Left: 1, Height: 10, Width: 15}},
	} {
		t.Run(name, func(t *testing.T) {
			s := randomScores(3, labels, c.h, c.w, 4)
			truth := &PlaneTruth{Width: 31, Height: 23}
			var single []*raster.Labels
			for k := range labels {
				l := randomLabels(uint64(k), 2, 23, 31, 0.1)
				single, truth.Planes = append(single, l), append(truth.Planes, l.Class...)
			}
			scanner, err := NewLabelScanner(LabelOptions{Labels: labels, Thresholds: thresholds})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second image must not see the first
				got := make(planeCopies, labels)
				if bad, err := scanner.Scan(s, c.window, truth, got); err != nil || bad != 0 {
					t.Fatal(bad, err)
				}
				for k := range labels {
					want, _ := scan(t, Options{Channels: 1, Classes: 2, Head: Sigmoid, Threshold: thresholds[k]}, planes(s, k), c.window, single[k])
					g := &got[k]
					if !slices.Equal(g.labels, want.labels) || !slices.Equal(g.argmax, want.argmax) || !slices.Equal(g.p[0], want.p[0]) ||
						!slices.Equal(g.z[0], want.z[0]) || !slices.Equal(g.nll, want.nll) || !slices.Equal(g.q, want.q) || !slices.Equal(g.qtop, want.qtop) {
						t.Fatalf("label %d is not shown as a head of its own", k)
					}
				}
			}
		})
	}
}

func TestSetTruth(t *testing.T) {
	sets := raster.NewLabelSets(2, 3, func(label, value int) bool { return value > label })
	truth := &SetTruth{&raster.Labels{Width: 5, Height: 1, Class: []int16{0, 1, 2, raster.Ignored, 1}}, sets}
	for label, want := range [][]int16{{1, 1, -1, 1}, {0, 1, -1, 0}} {
		got := make([]int16, 4)
		if truth.Label(got, 1, label); !slices.Equal(got, want) {
			t.Errorf("label %d: %v, want %v", label, got, want)
		}
	}
}

// TestLabelsNonFinite: a pixel counts once, and not where the label is ignored.
func TestLabelsNonFinite(t *testing.T) {
	nan := float32(math.NaN())
	s := Scores{Data: []float32{nan, nan, 0, 0, inf, nan, 0, -inf}, Channels: 2, Height: 1, Width: 4}
	truth := &PlaneTruth{Width: 4, Height: 1, Planes: []int16{0, raster.Ignored, 1, 0, 1, raster.Ignored, 0, 1}}
	scanner, err := NewLabelScanner(LabelOptions{Labels: 2})
	if err != nil {
		t.Fatal(err)
	}
	got := make(planeCopies, 2)
	if bad, err := scanner.Scan(s, Window{}, truth, got); err != nil || bad != 2 { // pixels 0 and 3
		t.Errorf("%d pixels, %v: want 2", bad, err)
	}
	if x := got[0].nll[0]; x == x {
		t.Errorf("NaN gives a loss of %v", x)
	}
	if _, err := scanner.Scan(Scores{Data: s.Data, Channels: 1, Height: 2, Width: 4}, Window{}, truth); err == nil {
		t.Error("scores of one channel were accepted")
	}
	if _, err := NewLabelScanner(LabelOptions{Labels: 3, Thresholds: []float64{0.1, 0.2}}); err == nil {
		t.Error("two thresholds for three labels were accepted")
	}
	for _, n := range []int{0, raster.MaxLabels + 1} {
		if _, err := NewLabelScanner(LabelOptions{Labels: n}); err == nil {
			t.Errorf("%d labels were accepted", n)
		}
	}
}

// TestLabelScanAllocates: nothing, once the buffers are there.
func TestLabelScanAllocates(t *testing.T) {
	s := randomScores(1, 4, 30, 30, 2)
	truth := &SetTruth{randomLabels(1, 4, 60, 60, 0.1), raster.ExclusiveSets(4)}
	scanner, err := NewLabelScanner(LabelOptions{Labels: 4})
	if err != nil {
		t.Fatal(err)
	}
	visitors := []LabelVisitor{noLabels{}}
	n := testing.AllocsPerRun(5, func() {
		if _, err := scanner.Scan(s, Window{}, truth, visitors...); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations an image", n)
	}
}

type noLabels struct{}

func (noLabels) VisitLabel(int, *Block) {}
