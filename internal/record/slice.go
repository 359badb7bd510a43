package record

// Slice is a part of the images, with the figures of an evaluation of them alone.
type Slice struct {
	By   string // what tells the slices apart: size, class, a column of the metadata
	Name string // which of them it is
	// Summary has the counts, metrics, losses and intervals of these images. Model, dataset and reference are left out.
	Summary *Summary
	// Difference is that of the headline figure to all images'.
	Difference SliceDifference
	// Telling says that there are enough images for the difference to mean something.
	Telling bool
}

// SliceDifference is a slice's figure less that of all images.
type SliceDifference struct {
	Metric string // loss.ce for a loss
	Value  float64
	Lower  bool      // lower values of the figure are better
	Plain  bool      // not a share: to be shown as it is, and not as a percentage
	CI     *Interval // nil where intervals are not asked for
}

// Worse is how much worse the slice is than all images; negative where it is better, NaN where there is no difference.
func (d SliceDifference) Worse() float64 {
	if d.Lower {
		return d.Value
	}
	return -d.Value
}
