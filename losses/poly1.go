package losses

import "fmt"

func init() {
	Register(Definition{
		Name: "poly1", Title: "Poly-1 cross-entropy", Family: "pixel",
		Formula:  "mean over the valid pixels of −log p_t + ε·(1−p_t), ε = 1",
		Gradient: "(p − o)·(1 + ε·p_t)/n",
		Range:    "[0, ∞)",
		Matches:  "the paper's poly1_cross_entropy",
		Paper:    "Leng et al., PolyLoss, 2022",
		Options:  func() any { return &Poly1Options{Epsilon: 1} },
		New: func(options any, s Shape) (Compound, error) {
			o := options.(*Poly1Options)
			if o.Epsilon < -1 || undefined(o.Epsilon) {
				return Compound{}, fmt.Errorf("epsilon: expected a number ≥ -1, found %g", o.Epsilon)
			}
			return alone(&Pixel{Shape: s, Curve: poly1Curve{float32(o.Epsilon)}, Denominator: DenominatorValid}, nil)
		},
	})
}

// Poly1Options are the options of poly1.
type Poly1Options struct {
	Epsilon float64 `yaml:"epsilon" doc:"weight ε ≥ -1 of 1−p_t"`
}

type poly1Curve struct{ epsilon float32 }

func (c poly1Curve) Values(dst, nll, q []float32) {
	for i := range dst {
		dst[i] = nll[i] + c.epsilon*q[i]
	}
}

func (c poly1Curve) Slopes(dst, _, q []float32) {
	for i := range dst {
		dst[i] = 1 + c.epsilon*(1-q[i])
	}
}
