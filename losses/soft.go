package losses

import (
	"fmt"
	"math"
)

// Soft targets give every pixel a share of each class instead of one class. Cross-entropy and the region losses have a
// meaning for them: −Σ w_c·y_c·log p_c as the mean over pixels (torch.nn.CrossEntropyLoss with class probabilities), and
// the accumulators with y in the place of the one-hot truth.

// SoftBatch is logits of a softmax head with soft targets.
type SoftBatch struct {
	Images, Channels, Height, Width int
	Logits                          []float32 // Images×Channels×Height×Width
	Targets                         []float32 // the same: shares in [0, 1] that add up to 1 over the channels
}

// ScoreSoft evaluates every loss on a batch with soft targets, as [Plan.Score] does with labels. An error names a loss
// that has no meaning for them, or a target that is no share.
func (p *Plan) ScoreSoft(b *SoftBatch, gradients [][]float32) ([]Result, error) {
	if err := p.checkSoft(b); err != nil {
		return nil, err
	}
	s := &softScoring{plan: p, batch: b, plane: b.Height * b.Width, p: make([]float64, b.Channels), slopes: make([]float64, b.Channels)}
	results := make([]Result, len(p.outputs))
	for k, o := range p.outputs {
		parts := make([]Result, len(o.Parts))
		steps := make([][]Step, len(o.Parts))
		for i := range o.Parts {
			parts[i], steps[i] = s.part(p.parts[o.first+i].Loss)
		}
		r, slope := o.combine(parts)
		results[k] = r
		if gradients == nil || gradients[k] == nil {
			continue
		}
		clear(gradients[k])
		for i, part := range o.Parts {
			s.gradient(part.Loss, steps[i], part.Weight*slope, gradients[k])
		}
	}
	return results, nil
}

func (p *Plan) checkSoft(b *SoftBatch) error {
	n := b.Images * b.Channels * b.Height * b.Width
	if p.shape.Head != Softmax || b.Channels != p.shape.Classes || len(b.Logits) != n || len(b.Targets) != n {
		return fmt.Errorf("soft targets need a softmax head of %d channels with as many targets as logits; found %d channels, %d logits, %d targets", p.shape.Classes, b.Channels, len(b.Logits), len(b.Targets))
	}
	for k, o := range p.outputs {
		for _, part := range o.Parts {
			if !takesSoft(part.Loss) {
				return fmt.Errorf("loss %s has no meaning for soft targets: cross-entropy and region losses have", p.labels[k])
			}
		}
	}
	plane := b.Height * b.Width
	for i := range b.Images * plane {
		sum := 0.0
		for c := range b.Channels {
			y := float64(b.Targets[(i/plane*b.Channels+c)*plane+i%plane])
			if !(y >= 0 && y <= 1) {
				return fmt.Errorf("target %g of class %d at pixel %d: expected a share in [0, 1]", y, c, i)
			}
			sum += y
		}
		if math.Abs(sum-1) > 1e-3 {
			return fmt.Errorf("the targets at pixel %d add up to %g: expected 1", i, sum)
		}
	}
	return nil
}

// takesSoft says whether a loss is a function of Σ −y·log p or of the accumulators.
func takesSoft(l Loss) bool {
	switch l := l.(type) {
	case *Region:
		return true
	case *Pixel:
		_, ok := l.Curve.(nllCurve)
		return ok
	case *smoothedCE:
		return true
	}
	return false
}

// softScoring is one call of ScoreSoft. It works in float64, pixel by pixel: soft targets are rare and small.
type softScoring struct {
	plan      *Plan
	batch     *SoftBatch
	plane     int
	p, slopes []float64
}

// at is the place of class c of pixel i of image n.
func (s *softScoring) at(n, c, i int) int { return (n*s.batch.Channels+c)*s.plane + i }

// probabilities fills p, and returns the log-sum-exp.
func (s *softScoring) probabilities(n, i int) float64 {
	largest := math.Inf(-1)
	for c := range s.p {
		largest = max(largest, float64(s.batch.Logits[s.at(n, c, i)]))
	}
	sum := 0.0
	for c := range s.p {
		s.p[c] = math.Exp(float64(s.batch.Logits[s.at(n, c, i)]) - largest)
		sum += s.p[c]
	}
	for c := range s.p {
		s.p[c] /= sum
	}
	return largest + math.Log(sum)
}

// part evaluates one loss: cross-entropy over all pixels, a region loss over the batch or as mean of the images.
func (s *softScoring) part(l Loss) (Result, []Step) {
	region, ok := l.(*Region)
	if !ok {
		return s.entropy(l), nil
	}
	groups := [][]int{}
	for n := range s.batch.Images {
		if region.Batch && n > 0 {
			groups[0] = append(groups[0], n)
		} else {
			groups = append(groups, []int{n})
		}
	}
	var total Result
	steps := make([]Step, s.batch.Images)
	for _, group := range groups {
		coefficients := make([]float64, region.Coefficients())
		r := region.Value(s.sums(group), nil, coefficients)
		total.Value += r.Value / float64(len(groups))
		total.Count += r.Count
		for _, n := range group {
			steps[n] = Step{Coefficients: coefficients, Scale: 1 / float64(len(groups))}
		}
	}
	return total, steps
}

// sums are the accumulators of some images with y in the one-hot truth's place.
func (s *softScoring) sums(images []int) *Sums {
	sums := &Sums{Shape: s.plan.shape}
	sums.view(make([]float64, sumsLength(s.plan.shape)))
	for _, n := range images {
		sums.Images++
		for i := range s.plane {
			s.probabilities(n, i)
			sums.Pixels++
			sums.All++
			for c, p := range s.p {
				y := float64(s.batch.Targets[s.at(n, c, i)])
				sums.Y[c] += y
				sums.P[c] += p
				sums.I[c] += y * p
				sums.Q[c] += p * p
				sums.I2[c] += y * p * p
			}
		}
	}
	copy(sums.Labels, sums.Y)
	return sums
}

// smoothing returns a cross-entropy's weights and label smoothing.
func smoothing(l Loss) (weight func(int) float64, epsilon float64) {
	if smoothed, ok := l.(*smoothedCE); ok {
		return smoothed.weight, smoothed.epsilon
	}
	return l.(*Pixel).weight, 0
}

func (s *softScoring) entropy(l Loss) Result {
	weight, epsilon := smoothing(l)
	total, n := 0.0, float64(s.batch.Images*s.plane)
	for image := range s.batch.Images {
		for i := range s.plane {
			lse := s.probabilities(image, i)
			for c := range s.p {
				k := s.at(image, c, i)
				y := (1-epsilon)*float64(s.batch.Targets[k]) + epsilon/float64(len(s.p))
				total += weight(c) * y * (lse - float64(s.batch.Logits[k]))
			}
		}
	}
	if n == 0 {
		return Result{}
	}
	return Result{Value: total / n, Count: n}
}

// gradient adds scale times one loss's gradient.
func (s *softScoring) gradient(l Loss, steps []Step, scale float64, dst []float32) {
	for n := range s.batch.Images {
		for i := range s.plane {
			s.probabilities(n, i)
			if steps == nil {
				s.entropyGradient(l, n, i, scale/float64(s.batch.Images*s.plane), dst)
			} else {
				s.regionGradient(&steps[n], n, i, scale, dst)
			}
		}
	}
}

// entropyGradient adds p_j·Σ_c w_c·y_c − w_j·y_j of one pixel.
func (s *softScoring) entropyGradient(l Loss, n, i int, scale float64, dst []float32) {
	weight, epsilon := smoothing(l)
	total := 0.0
	for c := range s.p {
		y := (1-epsilon)*float64(s.batch.Targets[s.at(n, c, i)]) + epsilon/float64(len(s.p))
		s.slopes[c] = weight(c) * y
		total += s.slopes[c]
	}
	for c, p := range s.p {
		dst[s.at(n, c, i)] += float32(scale * (p*total - s.slopes[c]))
	}
}

// regionGradient adds p_c(g_c − Σ p_k·g_k) of one pixel, g_c = A_c·y_c + B_c + 2·D_c·p_c + 2·E_c·y_c·p_c.
func (s *softScoring) regionGradient(step *Step, n, i int, scale float64, dst []float32) {
	mean := 0.0
	for c, p := range s.p {
		k, y := step.Coefficients[slopeCount*c:][:slopeCount], float64(s.batch.Targets[s.at(n, c, i)])
		s.slopes[c] = k[slopeI]*y + k[slopeP] + 2*k[slopeQ]*p + 2*k[slopeI2]*y*p
		mean += p * s.slopes[c]
	}
	for c, p := range s.p {
		dst[s.at(n, c, i)] += float32(scale * step.Scale * p * (s.slopes[c] - mean))
	}
}
