package metrics

import "fmt"

// Fits says why states that were stored are not an image's of this set; nil where they are.
func (s *Set) Fits(states []State) error {
	if len(states) != len(s.accumulators) {
		return fmt.Errorf("%d states, expected %d", len(states), len(s.accumulators))
	}
	for i, a := range s.accumulators {
		want := a.NewState()
		if len(states[i].Counts) != len(want.Counts) || len(states[i].Sums) != len(want.Sums) {
			return fmt.Errorf("the state of %s has %d counts and %d sums, expected %d and %d", a.Key(), len(states[i].Counts), len(states[i].Sums), len(want.Counts), len(want.Sums))
		}
	}
	return nil
}

// Counts returns what an image's states say of its pixels: the confusion matrix, row by row; or, where labels may overlap,
// TN, FP, FN, TP of each label, and the pixels all of whose labels are right.
func (s *Set) Counts(states []State) (confusion, labels []int64, exact int64) {
	if s.binary == nil {
		n := s.shape.Classes
		return append([]int64(nil), states[0].Counts[:n*n]...), nil, 0
	}
	for c := range s.shape.Labels {
		labels = append(labels, s.accumulators[0].(perLabel).at(&states[0], c).Counts[:4]...)
	}
	return nil, labels, states[len(states)-1].Counts[exactRight]
}
