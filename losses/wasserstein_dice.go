package losses

import (
	"fmt"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

func init() {
	Register(Definition{
		Name: "wasserstein_dice", Title: "Generalised Wasserstein Dice loss", Family: "pixel",
		Formula:  "mean over images of 1 − (2T + s)/(2T + Σδ + s), δ = Σ_l p_l·D(t, l), T = Σ (1−δ) over the pixels of foreground classes, s = 1e-5; weighting GDL: 1 − (2Σα_t(1−δ) + s)/(Σα_t(2−δ) + s), α_c = 1/(Y_c+1)",
		Gradient: "with respect to p_l: D(t, l) times the fraction's derivative by δ; then to the logits",
		Range:    "[0, 1]",
		Matches:  "MONAI GeneralizedWassersteinDiceLoss(distances) at one image a batch; with more, MONAI's sums mix the images",
		Paper:    "Fidon et al., Generalised Wasserstein Dice Score for Imbalanced Multi-class Segmentation, 2017",
		Notes:    []string{"Without distances every confusion is as bad as any other: 1 off the diagonal.", "Distances are divided by their largest, as MONAI does."},
		Options:  func() any { return &WassersteinOptions{Weighting: "default", Smooth: 1e-5} },
		New: func(options any, s Shape) (Compound, error) {
			return alone(newWasserstein(options.(*WassersteinOptions), s))
		},
		Fits: needsSoftmax,
	})
}

// WassersteinOptions are the options of wasserstein_dice.
type WassersteinOptions struct {
	Distances [][]float64 `yaml:"distances" doc:"a row a true class: how bad each prediction is, 0 on the diagonal; absent: 1 off the diagonal"`
	Weighting string      `yaml:"weighting" doc:"default (foreground classes alike) or GDL (by 1/(Y+1))"`
	Smooth    float64     `yaml:"smooth" doc:"added to numerator and denominator"`
}

func newWasserstein(o *WassersteinOptions, s Shape) (Loss, error) {
	if o.Weighting != "default" && o.Weighting != "GDL" {
		return nil, fmt.Errorf("weighting: expected default or GDL, found %q", o.Weighting)
	}
	if err := checkSmooth(o.Smooth); err != nil {
		return nil, err
	}
	d, err := distanceMatrix(o.Distances, s.Classes)
	if err != nil {
		return nil, err
	}
	return &wasserstein{s, d, o.Weighting == "GDL", o.Smooth}, nil
}

// distanceMatrix checks and scales the distances.
func distanceMatrix(rows [][]float64, classes int) ([][]float64, error) {
	if rows != nil && len(rows) != classes {
		return nil, fmt.Errorf("distances: expected %d rows of %d numbers, one a class, found %d rows", classes, classes, len(rows))
	}
	m := make([][]float64, classes)
	largest := 0.0
	for t := range m {
		m[t] = make([]float64, classes)
		if rows != nil && len(rows[t]) != classes {
			return nil, fmt.Errorf("distances: row %d has %d numbers, expected %d", t, len(rows[t]), classes)
		}
		for l := range m[t] {
			if m[t][l] = 1; rows != nil {
				m[t][l] = rows[t][l]
			} else if t == l {
				m[t][l] = 0
			}
			if x := m[t][l]; x < 0 || undefined(x) || t == l && x != 0 {
				return nil, fmt.Errorf("distances: row %d, column %d is %g: expected numbers ≥ 0, and 0 on the diagonal", t, l, x)
			}
			largest = max(largest, m[t][l])
		}
	}
	if largest == 0 {
		return nil, fmt.Errorf("distances: all are 0: nothing would be a mistake")
	}
	for _, row := range m {
		for l := range row {
			row[l] /= largest
		}
	}
	return m, nil
}

// wasserstein keeps Σδ by class of the truth.
type wasserstein struct {
	shape     Shape
	distances [][]float64
	weighted  bool
	smooth    float64
}

func (l *wasserstein) Terms() int         { return l.shape.Classes }
func (l *wasserstein) NeedsRegions() bool { return false }
func (l *wasserstein) PerImage() bool     { return true }
func (l *wasserstein) Coefficients() int  { return l.shape.Classes }

func (l *wasserstein) Sum(b *pass.Block, sums []float64) {
	for i, t := range b.Labels {
		if t == raster.Ignored {
			continue
		}
		delta := 0.0
		for c, d := range l.distances[t] {
			if d != 0 {
				delta += d * float64(b.P[c*pass.BlockSize+i])
			}
		}
		sums[t] += delta
	}
}

// alpha is the weight of class c's pixels in the overlap.
func (l *wasserstein) alpha(s *Sums, c int) float64 {
	if l.weighted {
		return 1 / (s.Y[c] + 1)
	}
	if c == 0 {
		return 0
	}
	return 1
}

func (l *wasserstein) Value(s *Sums, own, coefficients []float64) Result {
	if s.Pixels == 0 {
		return Result{}
	}
	overlap, mistakes := 0.0, 0.0
	for c, delta := range own {
		a := l.alpha(s, c)
		overlap += a * (s.Y[c] - delta)
		if l.weighted {
			mistakes += a * delta
		} else {
			mistakes += delta
		}
	}
	numerator, denominator := 2*overlap+l.smooth, 2*overlap+mistakes+l.smooth
	if denominator == 0 {
		return Result{Count: s.Pixels}
	}
	for c := range coefficients { // by δ of a pixel of class c
		a, m := l.alpha(s, c), 1.0
		if l.weighted {
			m = a
		}
		coefficients[c] = -(-2*a*denominator - numerator*(-2*a+m)) / (denominator * denominator)
	}
	return Result{Value: mistakes / denominator, Count: s.Pixels}
}

func (l *wasserstein) Gradient(b *pass.Block, g *Step, dst []float32) {
	for i, t := range b.Labels {
		for c := range b.Planes {
			slope := 0.0
			if t != raster.Ignored {
				slope = g.Coefficients[t] * l.distances[t][c]
			}
			g.Scratch[c*pass.BlockSize+i] = float32(slope)
		}
	}
	addFromProbabilities(b, g.Scratch, float32(g.Scale), dst)
}

// needsSoftmax is the Fits of losses that have no meaning for a single channel.
func needsSoftmax(s Shape) error {
	if s.Head != Softmax {
		return fmt.Errorf("needs a softmax head with a channel a class")
	}
	return nil
}

// needsSigmoid is the Fits of losses of a one-channel head.
func needsSigmoid(s Shape) error {
	if s.Head != Sigmoid {
		return fmt.Errorf("needs a one-channel sigmoid head")
	}
	return nil
}
