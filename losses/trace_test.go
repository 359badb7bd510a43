package losses

import (
	"math"
	"testing"
)

// TestTrace compares with closed forms of one pixel with y = 1: cross-entropy −log p with gradient −(1−p); focal with γ = 2
// (1−p)²·(−log p) with gradient (1−p)²(2p·log p − (1−p)); Dice 1 − 2p/(1+p). Logits are float32: 1e-5.
func TestTrace(t *testing.T) {
	for name, want := range map[string]func(p float64) (loss, gradient float64){
		"ce":        func(p float64) (float64, float64) { return -math.Log(p), p - 1 },
		"soft_dice": func(p float64) (float64, float64) { return 1 - 2*p/(1+p), -2 / ((1 + p) * (1 + p)) * p * (1 - p) },
		"focal": func(p float64) (float64, float64) {
			q := 1 - p
			return -q * q * math.Log(p), q * q * (2*p*math.Log(p) - q)
		},
	} {
		d, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		points := Trace(d)
		if len(points) != 999 {
			t.Fatalf("%s: %d points, want 999", name, len(points))
		}
		for _, x := range points {
			loss, gradient := want(x.P)
			if math.Abs(x.Loss-loss) > 2e-5 || math.Abs(x.Gradient-gradient) > 2e-5 {
				t.Fatalf("%s at p = %v: loss %v, gradient %v, want %v and %v", name, x.P, x.Loss, x.Gradient, loss, gradient)
			}
		}
	}
}

// TestVanishing: soft Dice gives a confidently wrong pixel hardly any gradient, cross-entropy its largest. That is the
// source document's question.
func TestVanishing(t *testing.T) {
	for name, want := range map[string]bool{"ce": false, "soft_dice": true, "soft_iou": true} {
		from, to := Vanishing(Trace(registry[name]))
		if got := to > from; got != want {
			t.Errorf("%s: large loss with small gradient from p = %g to %g", name, from, to)
		}
	}
	if Trace(registry["lovasz_softmax"]) != nil {
		t.Error("a ranked loss has no curve of one pixel")
	}
}
