package losses

import (
	"fmt"
	"math"

	"github.com/segmetry/segmetry/internal/raster"
)

func init() {
	Register(Definition{
		Name: "hausdorff_dt", Title: "Hausdorff loss by distance transforms", Family: "field",
		Formula:  "mean over images, foreground classes and valid pixels of (p−o)²·(d_p^α + d_g^α), d_p and d_g the distances to the boundaries of the predicted (p > ½) and the true region, from either side; α = 2",
		Gradient: "with respect to p, the distances held fixed: 2(p−o)(d_p^α + d_g^α)/(images × classes × pixels); then to the logits",
		Range:    "[0, ∞)",
		Matches:  "MONAI HausdorffDTLoss(softmax=True, to_onehot_y=True); one-channel head: HausdorffDTLoss(sigmoid=True, include_background=True)",
		Paper:    "Karimi and Salcudean, Reducing the Hausdorff Distance in Medical Image Segmentation with CNNs, 2019",
		Notes: []string{
			"A region that is empty or fills the image has no boundary: its distance is 0. (scipy's transform, which MONAI uses, is undefined for a full region.)",
		},
		Options: func() any { return &HausdorffDTOptions{Alpha: 2} },
		New: func(options any, s Shape) (Compound, error) {
			o := options.(*HausdorffDTOptions)
			if !(o.Alpha > 0) || undefined(o.Alpha) {
				return Compound{}, fmt.Errorf("alpha: expected a number > 0, found %g", o.Alpha)
			}
			return alone(&hausdorffDT{newField(s, o.IncludeBackground), o.Alpha}, nil)
		},
	})
}

// HausdorffDTOptions are the options of hausdorff_dt.
type HausdorffDTOptions struct {
	Alpha             float64 `yaml:"alpha" doc:"exponent α > 0 of the distances"`
	IncludeBackground bool    `yaml:"include_background" doc:"count class 0 too; a one-channel head's plane always counts"`
}

type hausdorffDT struct {
	field
	alpha float64
}

func (l *hausdorffDT) Plane(f *Fields, slopes []float32) (sum float64) {
	truth, predicted := f.Truth(), f.Predicted()
	if !truth.Ok && !predicted.Ok {
		return nanIf(f.Kept.nan)
	}
	errors, class := f.Errors(), f.Kept.class(f.Plane)
	for i, t := range f.Kept.Labels {
		if t == raster.Ignored {
			continue
		}
		weight := l.power(truth, i) + l.power(predicted, i)
		e := errorOf(errors[i])
		sum += e * e * weight
		if slopes == nil {
			continue
		}
		if slopes[i] = float32(2 * e * weight); t == class {
			slopes[i] = -slopes[i]
		}
	}
	return sum
}

// power is d^α at pixel i; one of the two squared distances is 0.
func (l *hausdorffDT) power(p *planeField, i int) float64 {
	if !p.Ok {
		return 0
	}
	d := float64(p.Inside[i] + p.Outside[i])
	if l.alpha == 2 {
		return d
	}
	return math.Pow(d, l.alpha/2)
}
