package losses

import (
	"math"
	"slices"
	"testing"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// TestProfileIsTheGradients compares the profile with figures formed of the whole gradients (summation order: 1e-6).
func TestProfileIsTheGradients(t *testing.T) {
	eachGradient(t, func(t *testing.T, p *Plan, s Shape) {
		b := randomBatch(21, s, 1, 24, 30, 2, 0.1)
		for i := range b.Labels { // two halves, so that there is a boundary and something beyond its band
			if b.Labels[i] != raster.Ignored {
				b.Labels[i] = int16(min(1, i%30/15))
			}
		}
		_, g := score(t, p, b)
		want := profileOf(t, b, g)
		m := p.NewMeter()
		scanner, err := pass.NewScanner(pass.Options{Channels: b.Channels, Head: s.Head, Classes: s.Classes})
		if err != nil {
			t.Fatal(err)
		}
		scores, labels := b.image(0)
		m.Reset(labels.Width, labels.Height)
		if _, err := scanner.Scan(scores, pass.Window{}, labels, m); err != nil {
			t.Fatal(err)
		}
		m.State()
		got, err := p.NewProfiler().Profile(m, scanner, scores, pass.Window{}, labels)
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range got[0].Figures() {
			if y := want.Figures()[i]; !(math.Abs(x-y) <= 1e-6*max(1, math.Abs(y))) {
				t.Errorf("%s is %v, want %v", ProfileNames[i], x, y)
			}
		}
	})
}

// profileOf forms a profile by its definition from a gradient.
func profileOf(t *testing.T, b *Batch, g []float32) GradientProfile {
	t.Helper()
	n := len(b.Labels)
	losses := make([]float64, 0, n)
	mass, nll := make([]float64, n), make([]float64, n)
	square := 0.0
	for i, y := range b.Labels {
		if y == raster.Ignored {
			continue
		}
		for c := range b.Channels {
			x := float64(g[c*n+i])
			mass[i] += math.Abs(x)
			square += x * x
		}
		nll[i] = crossEntropy(b, i, int(y))
		losses = append(losses, nll[i])
	}
	slices.Sort(losses)
	limit := losses[len(losses)-len(losses)/10]
	var p GradientProfile
	for i, y := range b.Labels {
		p.L1 += mass[i]
		if y > 0 {
			p.Foreground += mass[i]
		}
		if nearBoundary(b, i) {
			p.Boundary += mass[i]
		}
		if nll[i] >= limit-1e-6 {
			p.Hardest += mass[i]
		}
	}
	return GradientProfile{p.L1, math.Sqrt(square), p.Foreground / p.L1, p.Boundary / p.L1, p.Hardest / p.L1}
}

func crossEntropy(b *Batch, i, y int) float64 {
	n := len(b.Labels)
	if b.Channels == 1 {
		x := float64(b.Logits[i])
		return math.Log1p(math.Exp(-x * float64(2*y-1)))
	}
	sum := 0.0
	for c := range b.Channels {
		sum += math.Exp(float64(b.Logits[c*n+i]))
	}
	return math.Log(sum) - float64(b.Logits[y*n+i])
}

// nearBoundary looks for a pixel less than 3 px away that has a neighbour of another class.
func nearBoundary(b *Batch, i int) bool {
	l := &raster.Labels{Width: b.Width, Height: b.Height, Class: b.Labels}
	for j := range b.Labels {
		dx, dy := i%b.Width-j%b.Width, i/b.Width-j/b.Width
		if dx*dx+dy*dy < 9 && atBoundary(l, j) {
			return true
		}
	}
	return false
}
