package metrics

// Take returns states to be filled, whatever they hold; they go back by [Set.Release].
func (s *Set) Take() []State { return *s.pool.Get().(*[]State) }

// Truth writes how many valid pixels of each class, or label, an image's truth has.
func (s *Set) Truth(states []State, dst []int64) {
	for c := range dst {
		if p, ok := s.accumulators[0].(perLabel); ok {
			dst[c] = matrix{2, p.at(&states[0], c)}.truth(1)
		} else {
			dst[c] = matrix{s.shape.Classes, &states[0]}.truth(c)
		}
	}
}

// LowerIsBetter says whether lower values of a figure of the summary are better.
func (s *Set) LowerIsBetter(label string) bool {
	for _, f := range s.figures {
		if f.name == label {
			return f.better < 0
		}
	}
	d, err := Find(label)
	return err == nil && d.better() < 0
}

// Overlap says whether labels may overlap.
func (s *Set) Overlap() bool { return s.binary != nil }

// Lacking says why the set has no figure of a name that a measure has, or could be thought to have; "" where it has, or no measure is
// near to it.
func (s *Set) Lacking(label string) string {
	if _, has := s.Originals()[label]; has {
		return ""
	}
	switch _, err := Find(label); {
	case err == nil:
		return "it was not asked for: add it to score.metrics (--metrics)"
	case wrongPercentile(label):
		return percentiles
	}
	return ""
}
