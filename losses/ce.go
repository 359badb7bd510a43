package losses

import (
	"fmt"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

func init() {
	Register(Definition{
		Name: "ce", Title: "Cross-entropy", Family: "pixel",
		Formula:  "Σ w_t·(−log p_t) / Σ w_t over the valid pixels; with label smoothing ε: [(1−ε)·Σ w_t·(−log p_t) + (ε/C)·ΣΣ_c w_c·(−log p_c)] / Σ w_t",
		Gradient: "[(1−ε)·w_t·(p_j − o_j) + (ε/C)·(p_j·Σw − w_j)] / Σ w_t",
		Range:    "[0, ∞)",
		Matches:  "torch.nn.CrossEntropyLoss(weight, ignore_index, label_smoothing)",
		Notes: []string{
			"On a one-channel head it is the two-class cross-entropy of (0, x).",
			"Every pixel ignored: 0 with count 0 (torch: NaN).",
			"denominator: valid is mmsegmentation's avg_non_ignore, all is mmsegmentation 0.x's default.",
		},
		Document: "It gives the gradient as Σ y(ŷ−1), which is the true class's component alone; the gradient is the vector p − y, and the mean over the image adds 1/n.",
		Options:  func() any { return &CEOptions{Denominator: DenominatorWeighted} },
		New: func(options any, s Shape) (Compound, error) {
			return alone(newCE(options.(*CEOptions), s))
		},
	})
}

// CEOptions are the options of ce.
type CEOptions struct {
	ClassWeights   []float64   `yaml:"class_weights" doc:"weight of each class's pixels"`
	LabelSmoothing float64     `yaml:"label_smoothing" doc:"ε in [0, 1): the share of the target spread over all classes"`
	Denominator    Denominator `yaml:"denominator" doc:"weighted (torch), valid or all pixels"`
}

func newCE(o *CEOptions, s Shape) (Loss, error) {
	if err := checkWeights(o.ClassWeights, s.Classes); err != nil {
		return nil, err
	}
	if !(o.LabelSmoothing >= 0 && o.LabelSmoothing < 1) {
		return nil, fmt.Errorf("label_smoothing: expected a number in [0, 1), found %g", o.LabelSmoothing)
	}
	switch o.Denominator {
	case DenominatorWeighted, DenominatorValid, DenominatorAll:
	default:
		return nil, fmt.Errorf("denominator: expected weighted, valid or all, found %q", o.Denominator)
	}
	plain := Pixel{Shape: s, Curve: nllCurve{}, Weights: o.ClassWeights, Denominator: o.Denominator}
	if o.LabelSmoothing == 0 {
		return &plain, nil
	}
	return &smoothedCE{plain, o.LabelSmoothing}, nil
}

// nllCurve is −log p_t itself.
type nllCurve struct{}

func (nllCurve) Values(dst, nll, _ []float32) { copy(dst, nll) }

func (nllCurve) Slopes(dst, _, _ []float32) {
	for i := range dst {
		dst[i] = 1
	}
}

// smoothedCE is cross-entropy with label smoothing: one more sum, of Σ_c w_c·(−log p_c) over the pixels.
type smoothedCE struct {
	Pixel
	epsilon float64
}

func (l *smoothedCE) Terms() int { return l.Pixel.Terms() + 1 }

func (l *smoothedCE) Sum(b *pass.Block, sums []float64) {
	last := l.Pixel.Terms()
	l.Pixel.Sum(b, sums[:last])
	for i, t := range b.Labels {
		if t != raster.Ignored {
			sums[last] += l.spread(b, i, int(t))
		}
	}
}

// spread is Σ_c w_c·(−log p_c) of one pixel; −log p_c = −log p_t + z_t − z_c.
func (l *smoothedCE) spread(b *pass.Block, i, t int) float64 {
	nll := float64(b.NLL[i])
	if b.Head == Sigmoid {
		x := float64(b.Z[i])
		if t == 0 {
			x = -x
		}
		return l.weight(t)*nll + l.weight(1-t)*(nll+x)
	}
	lse, sum := nll+float64(b.Z[t*pass.BlockSize+i]), 0.0
	for c := range b.Planes {
		sum += l.weight(c) * (lse - float64(b.Z[c*pass.BlockSize+i]))
	}
	return sum
}

func (l *smoothedCE) Value(s *Sums, own, coefficients []float64) Result {
	last := l.Pixel.Terms()
	r := l.Pixel.Value(s, own[:last], coefficients)
	if r.Count == 0 {
		return r
	}
	spread := own[last] / l.denominator(s)
	r.Value = (1-l.epsilon)*r.Value + l.epsilon/float64(l.Shape.Classes)*spread
	return r
}

func (l *smoothedCE) Gradient(b *pass.Block, g *Step, dst []float32) {
	plain := *g
	plain.Scale *= 1 - l.epsilon
	l.Pixel.Gradient(b, &plain, dst)
	total := 0.0
	for c := range l.Shape.Classes {
		total += l.weight(c)
	}
	share := g.Scale * g.Coefficients[0] * l.epsilon / float64(l.Shape.Classes)
	for i, t := range b.Labels {
		if t == raster.Ignored {
			continue
		}
		for c := range b.Planes {
			w := l.weight(c)
			if b.Head == Sigmoid {
				w = l.weight(1)
			}
			k := c*pass.BlockSize + i
			dst[k] += float32(share * (float64(b.P[k])*total - w))
		}
	}
}
