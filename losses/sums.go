package losses

import (
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

func sumsLength(shape Shape) int { return shape.Classes + 5*shape.Planes() }

// view lets the slices of s lie one behind another in data, so that sums are stored and added as one vector.
func (s *Sums) view(data []float64) {
	planes := s.Shape.Planes()
	s.Labels, data = data[:s.Shape.Classes], data[s.Shape.Classes:]
	s.Y, data = data[:planes], data[planes:]
	s.P, data = data[:planes], data[planes:]
	s.I, data = data[:planes], data[planes:]
	s.Q, data = data[:planes], data[planes:]
	s.I2 = data[:planes]
}

// count adds a block's labels.
func (s *Sums) count(b *pass.Block) {
	s.All += float64(b.N)
	for _, t := range b.Labels {
		if t != raster.Ignored {
			s.Labels[t]++
			s.Pixels++
		}
	}
}

// finish derives Y from the label counts.
func (s *Sums) finish() {
	s.Images = 1
	if s.Shape.Head == Sigmoid {
		s.Y[0] = s.Labels[1]
		return
	}
	copy(s.Y, s.Labels)
}

// regions adds a block's region accumulators. P is 0 at ignored pixels, so nothing needs a mask but the truth.
func (s *Sums) regions(b *pass.Block) {
	for c := range b.Planes {
		sum, squares := sumSquares(b.ProbabilityPlane(c))
		s.P[c] += float64(sum)
		s.Q[c] += float64(squares)
	}
	if b.Head == Sigmoid {
		s.sigmoidOverlap(b)
		return
	}
	for i, t := range b.Labels {
		if t != raster.Ignored {
			p := float64(b.P[int(t)*pass.BlockSize+i])
			s.I[t] += p
			s.I2[t] += p * p
		}
	}
}

func (s *Sums) sigmoidOverlap(b *pass.Block) {
	for i, t := range b.Labels {
		if t == 1 {
			p := float64(b.P[i])
			s.I[0] += p
			s.I2[0] += p * p
		}
	}
}

// sumOfBlock returns the sum of at most 256 values by four interleaved float32 sums.
func sumOfBlock(values []float32) float32 {
	sum, _ := sumSquares(values)
	return sum
}

// sumSquares returns Σp and Σp² in float32 by four interleaved sums: over at most 256 probabilities the relative
// error is below 64 roundings, 4e-6 at the very worst and 1e-7 in practice.
func sumSquares(p []float32) (sum, squares float32) {
	var s, q [4]float32
	for len(p) >= 4 {
		s[0] += p[0]
		s[1] += p[1]
		s[2] += p[2]
		s[3] += p[3]
		q[0] += p[0] * p[0]
		q[1] += p[1] * p[1]
		q[2] += p[2] * p[2]
		q[3] += p[3] * p[3]
		p = p[4:]
	}
	for _, x := range p {
		s[0] += x
		q[0] += x * x
	}
	return (s[0] + s[1]) + (s[2] + s[3]), (q[0] + q[1]) + (q[2] + q[3])
}
