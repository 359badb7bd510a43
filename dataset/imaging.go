package dataset

import (
	"image"

	"github.com/disintegration/imaging"

	"github.com/segmetry/segmetry/internal/raster"
)

func init() {
	for name, filter := range map[string]imaging.ResampleFilter{
		"nearest": imaging.NearestNeighbor, "box": imaging.Box, "linear": imaging.Linear, "hermite": imaging.Hermite,
		"mitchell": imaging.MitchellNetravali, "catmullrom": imaging.CatmullRom, "bspline": imaging.BSpline,
		"gaussian": imaging.Gaussian, "bartlett": imaging.Bartlett, "lanczos": imaging.Lanczos, "hann": imaging.Hann,
		"hamming": imaging.Hamming, "blackman": imaging.Blackman, "welch": imaging.Welch, "cosine": imaging.Cosine,
	} {
		registerResizer("imaging_"+name, func() Resizer { return &imagingResizer{filter: filter} })
	}
}

// imagingResizer is the resize of github.com/disintegration/imaging v1.6.2.
type imagingResizer struct {
	filter imaging.ResampleFilter
	source image.NRGBA
}

// Resize lets the library resize an NRGBA copy.
func (r *imagingResizer) Resize(dst, src *raster.Picture) {
	n := src.Width * src.Height
	if cap(r.source.Pix) < 4*n {
		r.source.Pix = make([]uint8, 4*n)
	}
	r.source.Pix, r.source.Stride, r.source.Rect = r.source.Pix[:4*n], 4*src.Width, image.Rect(0, 0, src.Width, src.Height)
	for i := range n {
		copy(r.source.Pix[4*i:], src.Pix[3*i:3*i+3])
		r.source.Pix[4*i+3] = 255
	}
	out := imaging.Resize(&r.source, dst.Width, dst.Height, r.filter)
	dropAlpha(dst, out.Pix, out.Stride)
}
