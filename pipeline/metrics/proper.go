package metrics

import (
	"fmt"
	"math"

	"github.com/segmetry/segmetry/internal/kernel"
	"github.com/segmetry/segmetry/internal/pass"
)

// LikelihoodOptions are the options of nll.
type LikelihoodOptions struct {
	Clip float64 `yaml:"clip" doc:"given probabilities count as no less than this and no more than 1 minus it, 0 (never clipped; the figure can be infinite) to 0.1; above the default those of logits do, too; scikit-learn clips float32 at 2⁻²³ and float64 at 2⁻⁵²"`
}

// BrierOptions are the options of brier.
type BrierOptions struct {
	Scale string `yaml:"scale" doc:"sum: over the classes, 0 to 2; half: half of that, 0 to 1; with one channel always (p − y)²"`
}

func init() {
	Register(Definition{Name: "brier", Family: familyCalibration,
		Formula: "Brier score: mean over pixels of Σ over classes (p_c − o_c)²; with one channel of (p − y)².",
		Range:   "0 to 2 (one channel: to 1)", Undefined: "no valid pixel, or a valid pixel with a NaN probability", Matches: "scikit-learn brier_score_loss",
		Paper: "Brier, Verification of forecasts expressed in terms of probability, 1950", NeedsScores: true,
		Options: func() any { return &BrierOptions{"sum"} }, New: newBrier})
	Register(Definition{Name: "nll", Family: familyCalibration,
		Formula: "Negative log-likelihood: mean over pixels of −log of the true class's probability. From logits by a log-sum-exp, not clipped by default; from given probabilities with those below float32's smallest normal number (1.2e-38) taken as that.",
		Range:   "0 up", Undefined: "no valid pixel, or a valid pixel with a NaN logit", Matches: "scikit-learn log_loss where no probability is 0, or with its clip; torch cross_entropy",
		NeedsScores: true, Options: func() any { return &LikelihoodOptions{smallest} }, New: newLikelihood})
}

func newLikelihood(options any, _ Shape) (Measure, error) {
	o := options.(*LikelihoodOptions)
	if !(o.Clip >= 0 && o.Clip <= 0.1) {
		return Measure{}, fmt.Errorf("clip: expected a probability from 0 to 0.1, found %g", o.Clip)
	}
	return Measure{From: likelihoods{o.Clip}, Plain: true, Scalar: meanOfSums}, nil
}

func newBrier(options any, s Shape) (Measure, error) {
	o := options.(*BrierOptions)
	if o.Scale != "sum" && o.Scale != "half" {
		return Measure{}, fmt.Errorf("scale: expected sum or half, found %q", o.Scale)
	}
	return Measure{From: squares{s}, Plain: true, Scalar: func(st *State) (float64, int) {
		v, n := meanOfSums(st)
		if o.Scale == "half" && s.Planes() > 1 {
			v /= 2
		}
		return v, n
	}}, nil
}

// meanOfSums is the one sum over the one count.
func meanOfSums(s *State) (float64, int) { return ratio(s.Sums[0], float64(s.Counts[0])), 1 }

// pixelSums collects one sum over the valid pixels, and their number.
type pixelSums struct {
	count int64
	sum   float64
}

func (c *pixelSums) Reset() { *c = pixelSums{} }

func (c *pixelSums) Finish(dst *State) { dst.Counts[0], dst.Sums[0] = c.count, c.sum }

// squares sums up the squared errors of the probabilities.
type squares struct{ shape Shape }

func (squares) Key() string               { return "squares" }
func (squares) NewState() State           { return NewState(1, 1) }
func (a squares) NewCollector() Collector { return &squareCollector{shape: a.shape} }

type squareCollector struct {
	pixelSums
	shape   Shape
	squares [pass.BlockSize]float64
}

// Visit adds a block's valid pixels. Σ over the classes of (p − o)² is Σ p² + 1 − 2·p_t.
func (c *squareCollector) Visit(b *Block) {
	squares := c.squares[:b.N]
	clear(squares)
	for p := range c.shape.Planes() {
		kernel.AddSquares(squares, b.Probabilities(p)[:len(squares)])
	}
	own, stride := b.flat()
	for i, t := range b.Labels {
		switch {
		case t < 0:
			continue
		case b.Head != pass.Sigmoid:
			p := float64(own[int(t)*stride+i])
			c.sum += squares[i] - p*p + (1-p)*(1-p)
		case t == 0:
			c.sum += squares[i]
		default:
			p := float64(own[i])
			c.sum += (1 - p) * (1 - p)
		}
		c.count++
	}
}

// likelihoods sums up −log p_t.
type likelihoods struct{ clip float64 }

// Key says nothing of the default clip.
func (a likelihoods) Key() string {
	if a.clip == smallest {
		return "likelihoods"
	}
	return fmt.Sprintf("likelihoods %v", a.clip)
}

func (likelihoods) NewState() State           { return NewState(1, 1) }
func (a likelihoods) NewCollector() Collector { return &likelihoodCollector{likelihoods: a} }

type likelihoodCollector struct {
	pixelSums
	likelihoods
}

// Visit adds a block's valid pixels.
func (c *likelihoodCollector) Visit(b *Block) {
	for i, t := range b.Labels {
		if t < 0 {
			continue
		}
		c.count++
		switch {
		case b.Given():
			c.sum -= math.Log(min(max(b.ofTruth(i, t), c.clip), 1-c.clip))
		case c.clip > smallest:
			c.sum += min(max(float64(b.NLL[i]), -math.Log1p(-c.clip)), -math.Log(c.clip))
		default:
			c.sum += float64(b.NLL[i])
		}
	}
}

// ofTruth is the probability that was given to pixel i's true class.
func (b *Block) ofTruth(i int, truth int16) float64 {
	if b.Head != pass.Sigmoid {
		return float64(b.Probabilities(int(truth))[i])
	}
	p := float64(b.Probabilities(0)[i])
	if truth == 0 {
		return 1 - p
	}
	return p
}
