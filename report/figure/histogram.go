package figure

import "slices"

// Bars is how many bars a histogram has.
const Bars = 24

// Histogram counts the defined values of a distribution in bars of one width.
type Histogram struct {
	Sorted []float64 // the values
	Counts [Bars]int
	from   float64 // where the first bar begins
	span   float64 // of all bars
}

// Histogram forms a distribution's; ok is false where no value is defined. The bars go from the lowest value to the highest;
// where all are the same, they go half a unit to either side.
func (d Distribution) Histogram() (h Histogram, ok bool) {
	for _, x := range d.Values {
		if v := float64(x); defined(v) {
			h.Sorted = append(h.Sorted, v)
		}
	}
	if len(h.Sorted) == 0 {
		return h, false
	}
	slices.Sort(h.Sorted)
	h.from = h.Sorted[0]
	if h.span = h.Sorted[len(h.Sorted)-1] - h.from; h.span <= 0 {
		h.from, h.span = h.from-0.5, 1
	}
	for _, v := range h.Sorted {
		h.Counts[min(Bars-1, int(h.Place(v)*Bars))]++
	}
	return h, true
}

// Edge is where a bar begins, from 0 to [Bars].
func (h Histogram) Edge(i int) float64 { return h.from + h.span*float64(i)/Bars }

// Place is where a value lies, from 0 to 1.
func (h Histogram) Place(v float64) float64 { return (v - h.from) / h.span }

// Quantile interpolates between the values, as numpy does by default.
func (h Histogram) Quantile(share float64) float64 {
	x := share * float64(len(h.Sorted)-1)
	k := int(x)
	return h.Sorted[k] + (x-float64(k))*(h.Sorted[min(k+1, len(h.Sorted)-1)]-h.Sorted[k])
}
