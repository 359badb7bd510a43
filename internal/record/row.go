package record

// State is what an accumulator of measures knows of one image or of several: plain numbers that can be stored and merged
// later.
type State struct {
	Counts []int64   `cbor:"counts,omitempty"`
	Sums   []float64 `cbor:"sums,omitempty"`
}

// Add adds another state's numbers.
func (s *State) Add(o *State) {
	for i, n := range o.Counts {
		s.Counts[i] += n
	}
	for i, x := range o.Sums {
		s.Sums[i] += x
	}
}

// Clear zeroes the numbers.
func (s *State) Clear() {
	clear(s.Counts)
	clear(s.Sums)
}

// Row is everything that an image leaves behind: its record, and what every aggregate figure can be formed of again.
type Row struct {
	*Record
	// Digests are the SHA-256 of the contents of the image's and the mask's file; zeros where the image was not scored.
	Digests [2][32]byte
	// LabelHash is a hash of the predicted classes where the truth is not ignored: where those of two runs are equal, no
	// label differs. 0 where the image was not scored.
	LabelHash uint64
	Oriented  bool      // the image's EXIF asks to turn it
	States    []State   // of the measures, an accumulator each; nil where the image was not scored
	LossState []float64 // can be added: the losses of several images as one batch follow from the sum
	// Thumbnail is the image's, where it is among the worst so far.
	Thumbnail *Thumbnail
}
