// Package parity counts where two label maps of one picture differ: how many pixels, between which classes, and how near
// those pixels were to another class anyway. Both label maps come from variants of one model: another precision, another
// provider, another opset.
//
// Everything that is counted can be added, so that figures of images become figures of a dataset. Counts are int64; sums
// of differences are float64, in the order in which pictures are added.
package parity

import "math"

// A margin, the largest logit minus the next one, is kept as one byte: 0 below 2⁻²⁰, then eight steps an octave from 2⁻²⁰
// up to 254, which is 3328 (2¹¹·1.625) and above. A code says its margin within a sixteenth, and powers of two are borders of codes.
const (
	// Undefined is the code of a margin that is NaN.
	Undefined = 255

	codes     = 256
	largest   = 254
	octave    = 8
	lowest    = -20                 // the exponent of the first code above 0
	shift     = 23 - 3              // float32's bits below a step: eight steps are three bits of its fraction
	firstBits = (127 + lowest) << 3 // float32's bits of 2⁻²⁰, shifted
)

// Code is the byte of a margin.
func Code(margin float32) uint8 {
	switch {
	case margin != margin:
		return Undefined
	case margin < 1.0/(1<<20):
		return 0
	}
	return uint8(min(int(math.Float32bits(margin)>>shift)-firstBits+1, largest))
}

// lower is the smallest margin of a code.
func lower(code int) float64 {
	if code == 0 {
		return 0
	}
	return float64(math.Float32frombits(uint32(code-1+firstBits) << shift))
}

// middle is the margin that stands for a code: half way between its borders; of the last one its lower border.
func middle(code int) float64 {
	if code >= largest {
		return lower(largest)
	}
	return (lower(code) + lower(code+1)) / 2
}

// The borders of the histogram that is reported: 0, the powers of two from 2⁻¹⁰ to 2⁵, and no upper border.
const (
	firstEdge, lastEdge = -10, 5
	bins                = lastEdge - firstEdge + 2
)

// edge is the lower border of bin i.
func edge(i int) float64 {
	if i == 0 {
		return 0
	}
	return math.Ldexp(1, firstEdge+i-1)
}

// bin is the bin that a code's margins fall into.
func bin(code int) int {
	if code == 0 {
		return 0
	}
	return max(0, min((code-1)/octave+lowest-firstEdge+1, bins-1))
}

// median is the margin of the middle of the counted pixels, the lower one of two; NaN where nothing was counted.
func median(counts *[codes]int64) float64 {
	var total, seen int64
	for _, n := range counts[:Undefined] {
		total += n
	}
	for code, n := range counts[:Undefined] {
		if seen += n; 2*seen >= total && total > 0 {
			return middle(code)
		}
	}
	return math.NaN()
}
