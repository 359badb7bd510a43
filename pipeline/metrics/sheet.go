package metrics

import (
	"cmp"
	"math"
	"slices"
)

// sheet is one map's surface of a class: each point's distance to the other map's.
type sheet struct {
	distances []float64
	lengths   []float64 // of the contour that each stands for; empty: all alike
}

func (s *sheet) reset() { s.distances, s.lengths = s.distances[:0], s.lengths[:0] }

// weigh gives the points their lengths, where they are corners.
func (s *sheet) weigh(kinds []piece, table *[pieces]float64) {
	for _, k := range kinds {
		s.lengths = append(s.lengths, table[k])
	}
}

// length is that of the whole surface: its number of points, where they are alike.
func (s *sheet) length() float64 {
	if len(s.lengths) == 0 {
		return float64(len(s.distances))
	}
	return sum(s.lengths)
}

// sum is that of the distances, weighted by the lengths.
func (s *sheet) sum() (total float64) {
	if len(s.lengths) == 0 {
		return sum(s.distances)
	}
	for i, d := range s.distances {
		total += d * s.lengths[i]
	}
	return total
}

func (s *sheet) mean() float64 { return s.sum() / s.length() }

// within is the length of what is no farther than the tolerance.
func (s *sheet) within(tolerance float64) (total float64) {
	for i, d := range s.distances {
		switch {
		case d > tolerance:
		case len(s.lengths) == 0:
			total++
		default:
			total += s.lengths[i]
		}
	}
	return total
}

func (s *sheet) largest() float64 {
	top := math.Inf(-1)
	for _, d := range s.distances {
		top = max(top, d)
	}
	return top
}

// stretch is a piece of surface with its distance.
type stretch struct{ distance, length float64 }

// quantile is that of the distances of one or several surfaces together: by linear interpolation where points are alike, and
// otherwise the first distance up to which the share q of the length lies, as surface-distance has it.
func (w *workspace) quantile(q float64, of ...*sheet) float64 {
	if len(of[0].lengths) == 0 {
		w.values = w.values[:0]
		for _, s := range of {
			w.values = append(w.values, s.distances...)
		}
		return quantile(w.values, q)
	}
	w.stretches = w.stretches[:0]
	whole := 0.0
	for _, s := range of {
		for i, d := range s.distances {
			w.stretches = append(w.stretches, stretch{d, s.lengths[i]})
		}
		whole += s.length()
	}
	slices.SortFunc(w.stretches, func(a, b stretch) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.length, b.length))
	})
	seen := 0.0
	for _, s := range w.stretches {
		if seen += s.length; seen/whole >= q {
			return s.distance
		}
	}
	return w.stretches[len(w.stretches)-1].distance
}

func sum(x []float64) (total float64) {
	for _, v := range x {
		total += v
	}
	return total
}
