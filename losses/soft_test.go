package losses

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// TestSoftTargetsOfOneHotTruth: targets that are 0 and 1 give what labels give (float32 against float64: 1e-6).
func TestSoftTargetsOfOneHotTruth(t *testing.T) {
	tested := 0
	each(t, func(t *testing.T, p *Plan, s Shape) {
		if s.Head == Sigmoid || !p.HasGradient(0) {
			t.Skip("skipped: soft targets are of softmax heads")
		}
		for _, part := range p.outputs[0].Parts {
			if !takesSoft(part.Loss) {
				t.Skip("skipped: no meaning for soft targets")
			}
		}
		tested++
		b := randomBatch(31, s, 2, 5, 6, 2, 0)
		v, g := score(t, p, b)
		soft := &SoftBatch{Images: 2, Channels: b.Channels, Height: 5, Width: 6, Logits: b.Logits, Targets: make([]float32, len(b.Logits))}
		for i, y := range b.Labels {
			soft.Targets[(i/30*b.Channels+int(y))*30+i%30] = 1
		}
		h := make([]float32, len(g))
		r, err := p.ScoreSoft(soft, [][]float32{h})
		if err != nil || math.Abs(r[0].Value-v) > 1e-6*max(1, math.Abs(v)) {
			t.Fatalf("%v, %v: want %v", r, err, v)
		}
		largest := float64(slices.Max(g))
		for i := range g {
			if math.Abs(float64(g[i]-h[i])) > 2e-6*largest {
				t.Fatalf("gradient[%d] = %g, want %g", i, h[i], g[i])
			}
		}
	})
	if tested < 10 {
		t.Errorf("%d losses were tested", tested)
	}
}

// TestSoftCrossEntropy is torch.nn.CrossEntropyLoss(weight=[1, 2])(z, y) of torch 2.15 for z = (0, ln 3), y = (¼, ¾): p is
// y, so the loss is ¼·ln 4 + 2·¾·ln 4/3.
func TestSoftCrossEntropy(t *testing.T) {
	p, err := Compile([]Spec{withOptions("ce", map[string]any{"class_weights": []float64{1, 2}})}, Shape{Softmax, 2})
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.ScoreSoft(&SoftBatch{Images: 1, Channels: 2, Height: 1, Width: 1, Logits: []float32{0, float32(math.Log(3))}, Targets: []float32{0.25, 0.75}}, nil)
	if want := 0.25*math.Log(4) + 1.5*math.Log(4./3); err != nil || math.Abs(r[0].Value-want) > 1e-7 {
		t.Errorf("%v, %v: want %v", r, err, want)
	}
}

func TestSoftTargetsAreChecked(t *testing.T) {
	p, _ := Compile([]Spec{{Name: "ce"}}, Shape{Softmax, 2})
	ranked, _ := Compile([]Spec{{Name: "lovasz_softmax"}}, Shape{Softmax, 2})
	batch := func(targets ...float32) *SoftBatch {
		return &SoftBatch{Images: 1, Channels: 2, Height: 1, Width: 1, Logits: make([]float32, 2), Targets: targets}
	}
	for name, c := range map[string]struct {
		plan *Plan
		b    *SoftBatch
		say  string
	}{
		"ranked loss":   {ranked, batch(0.5, 0.5), "lovasz_softmax"},
		"sum":           {p, batch(0.5, 0.25), "add up to 0.75"},
		"negative":      {p, batch(-0.5, 1.5), "share"},
		"not a number":  {p, batch(float32(math.NaN()), 1), "share"},
		"other targets": {p, batch(1), "as many targets"},
	} {
		if _, err := c.plan.ScoreSoft(c.b, nil); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v; expected it to say %q", name, err, c.say)
		}
	}
}

// TestMultiLabel: each channel is scored alone, and the loss is their mean; the gradient is the channels' over their
// number.
func TestMultiLabel(t *testing.T) {
	s := Shape{Sigmoid, 2}
	for _, name := range Names() {
		d := registry[name]
		if d.fits(s) != nil || d.ValueOnly {
			continue
		}
		p, err := Compile([]Spec{defaultSpec(name)}, s)
		if err != nil {
			t.Fatal(err)
		}
		parts := []*Batch{randomBatch(1, s, 1, 6, 7, 2, 0.1), randomBatch(2, s, 1, 6, 7, 2, 0), randomBatch(3, s, 1, 6, 7, 2, 1.1)}
		all := &Batch{Images: 1, Channels: 3, Height: 6, Width: 7}
		var want float64
		var gradient []float32
		for i, b := range parts { // the last channel is ignored everywhere and does not count
			v, g := score(t, p, b)
			if i < 2 {
				want += v / 2
			}
			for _, x := range g {
				gradient = append(gradient, x/2)
			}
			all.Logits, all.Labels = append(all.Logits, b.Logits...), append(all.Labels, b.Labels...)
		}
		m, err := NewMultiLabel(p, 3)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]float32, len(all.Logits))
		r, err := m.Score(all, [][]float32{got})
		if err != nil || math.Abs(r[0].Value-want) > 1e-12*max(1, math.Abs(want)) || !slices.Equal(got, gradient) {
			t.Errorf("%s: %v, %v: want %v", name, r, err, want)
		}
	}
}
