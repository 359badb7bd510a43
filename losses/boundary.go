package losses

import (
	"math"

	"github.com/segmetry/segmetry/internal/raster"
)

func init() {
	Register(Definition{
		Name: "boundary", Title: "Boundary loss", Family: "field",
		Formula:  "mean over images, foreground classes and valid pixels of p·φ, φ = +d outside the true region (d the distance to it) and −(d−1) inside (d the distance to its outside)",
		Gradient: "with respect to p: φ/(images × classes × pixels); then to the logits",
		Range:    "(−∞, ∞)",
		Matches:  "Kervadec's SurfaceLoss(idc=[1..C−1])",
		Paper:    "Kervadec et al., Boundary loss for highly unbalanced segmentation, 2019",
		Notes: []string{
			"It may be negative: a perfect prediction has the most negative value, not 0. It is meant as a summand beside a region loss.",
			"A class that is absent, or fills the image, has no boundary: φ = 0.",
		},
		Options: func() any { return &FieldOptions{} },
		New: func(options any, s Shape) (Compound, error) {
			return alone(&boundary{newField(s, options.(*FieldOptions).IncludeBackground)}, nil)
		},
	})
}

// FieldOptions are the options of losses that measure distances to each class.
type FieldOptions struct {
	IncludeBackground bool `yaml:"include_background" doc:"count class 0 too; a one-channel head's plane always counts"`
}

type boundary struct{ field }

func (l *boundary) Plane(f *Fields, slopes []float32) (sum float64) {
	d := f.Truth()
	errors, class := f.Errors(), f.Kept.class(f.Plane)
	if !d.Ok {
		return nanIf(f.Kept.nan)
	}
	for i, t := range f.Kept.Labels {
		if t == raster.Ignored {
			continue
		}
		p, phi := errorOf(errors[i]), math.Sqrt(float64(d.Outside[i]))
		if t == class {
			p, phi = 1-p, 1-math.Sqrt(float64(d.Inside[i]))
		}
		sum += p * phi
		if slopes != nil {
			slopes[i] = float32(phi)
		}
	}
	return sum
}

// nanIf is NaN where a logit was, else 0: a loss without boundary has no pixel that would show it.
func nanIf(nan bool) float64 {
	if nan {
		return math.NaN()
	}
	return 0
}
