package dataset

import (
	"math"

	"github.com/segmetry/segmetry/internal/raster"
)

// The words of preprocess.normalize.
const (
	NormalizeFixed = "fixed" // mean and std as configured
	NormalizeImage = "image" // each picture's own mean and standard deviation a channel, as nnU-Net's z-score
)

// standardize sets the scaling from a picture's moments: post_scale·(x − mean)/max(deviation, 1e-8).
func (l *Loader) standardize(moments func(c int) (mean, deviation float64)) {
	s := &l.scale
	_, post := l.preprocess.factors(l.input)
	for c := range s.table {
		mean, deviation := moments(c)
		s.line.Factor[c] = post / max(deviation, 1e-8)
		s.line.Offset[c] = -mean * s.line.Factor[c]
		for x := range s.table[c] {
			s.table[c][x] = s.line.At(c, uint8(x))
		}
	}
	l.finishScaling()
}

// standardizeBytes takes the moments of the content's bytes.
func (l *Loader) standardizeBytes(content *raster.Picture) {
	var counts [3][256]int
	for i := 0; i < len(content.Pix); i += 3 {
		counts[0][content.Pix[i]]++
		counts[1][content.Pix[i+1]]++
		counts[2][content.Pix[i+2]]++
	}
	l.standardize(func(c int) (mean, deviation float64) { return byteMoments(&counts[l.order[c]]) })
}

func byteMoments(counts *[256]int) (mean, deviation float64) {
	n := 0
	for v, k := range counts {
		n += k
		mean += float64(v) * float64(k)
	}
	mean /= float64(n)
	for v, k := range counts {
		deviation += (float64(v) - mean) * (float64(v) - mean) * float64(k)
	}
	return mean, math.Sqrt(deviation / float64(n))
}
