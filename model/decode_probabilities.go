package model

import "math"

func init() { RegisterDecoder(probabilitiesDecoder{}) }

// probabilitiesDecoder turns float32 NCHW probabilities back into logits, so that every loss sees logits:
// log p for a softmax head, whose softmax gives p again, and log p − log(1−p) for each channel of a sigmoid head. p is clamped
// below at the smallest normal float32 (1.2e-38, log −87.3), and 1−p likewise; NaN stays NaN.
type probabilitiesDecoder struct{}

// smallestNormal is the smallest normal float32.
const smallestNormal = 0x1p-126

func (probabilitiesDecoder) Kind() string { return KindProbabilities }

func (probabilitiesDecoder) Accepts(s Signature) error { return acceptScores(s) }

func (probabilitiesDecoder) Decode(s Signature, raw Tensor, p *Prediction) error {
	if err := scores(s, raw, p); err != nil {
		return err
	}
	if s.Activation == Sigmoid || (s.Activation == "" && p.Channels == 1) {
		for i, v := range p.Logits {
			p.Logits[i] = float32(logOf(float64(v)) - logOf(1-float64(v)))
		}
		return nil
	}
	for i, v := range p.Logits {
		p.Logits[i] = float32(logOf(float64(v)))
	}
	return nil
}

// logOf is log max(p, smallestNormal); NaN for NaN.
func logOf(p float64) float64 {
	if p < smallestNormal {
		p = smallestNormal
	}
	return math.Log(p)
}
