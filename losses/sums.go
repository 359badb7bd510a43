package losses

import (
	"github.com/segmetry/segmetry/internal/pass"
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
	if s.counts == nil {
		s.counts = make([]uint32, s.Shape.Classes+1)
	}
	for i, labels := 0, b.Labels; i < len(labels); {
		t, from := labels[i], i
		for i+4 <= len(labels) { // labels come in runs
			if l := labels[i : i+4 : i+4]; l[0] != t || l[1] != t || l[2] != t || l[3] != t {
				break
			}
			i += 4
		}
		for i < len(labels) && labels[i] == t {
			i++
		}
		s.counts[t+1] += uint32(i - from)
	}
}

// finish takes the label counts and derives Y from them.
func (s *Sums) finish() {
	s.Images = 1
	for class, n := range s.counts {
		if class > 0 { // the first are ignored pixels
			s.Labels[class-1] += float64(n)
		}
	}
	s.Pixels = 0
	for _, n := range s.Labels {
		s.Pixels += n
	}
	clear(s.counts)
	if s.Shape.Head == Sigmoid {
		s.Y[0] = s.Labels[1]
		return
	}
	copy(s.Y, s.Labels)
}

// regions adds a block's region accumulators.
func (s *Sums) regions(b *pass.Block) {
	for c, sums := range b.Sums {
		s.P[c] += float64(sums.P)
		s.Q[c] += float64(sums.Q)
		s.I[c] += float64(sums.I)
		s.I2[c] += float64(sums.I2)
	}
}
