package losses

import (
	"fmt"
	"math"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

func init() {
	Register(Definition{
		Name: "hausdorff_er", Title: "Hausdorff loss by erosions", Family: "field",
		Formula:  "mean over images, classes and pixels of Σ_k (k+1)^α·b_{k+1}, k = 0…9: b_0 = (p−o)², b_{k+1} = b_k averaged over a five-pixel cross, less ½, at least 0, stretched to [0, 1]; α = 2",
		Gradient: "none: value only",
		Range:    "[0, ∞)",
		Matches:  "kornia HausdorffERLoss(alpha=2, k=10) of the probabilities",
		Paper:    "Karimi and Salcudean, Reducing the Hausdorff Distance in Medical Image Segmentation with CNNs, 2019",
		Notes: []string{
			"Ignored pixels have no error and count among the pixels only where they are valid.",
			"Every class counts, the background too.",
		},
		Options: func() any { return &HausdorffEROptions{Alpha: 2, Erosions: 10} },
		New: func(options any, s Shape) (Compound, error) {
			return alone(newHausdorffER(options.(*HausdorffEROptions), s))
		},
		ValueOnly: true,
	})
}

// HausdorffEROptions are the options of hausdorff_er.
type HausdorffEROptions struct {
	Alpha    float64 `yaml:"alpha" doc:"exponent α > 0 of the number of erosions"`
	Erosions int     `yaml:"erosions" doc:"number of erosions, 1 to 1000"`
}

func newHausdorffER(o *HausdorffEROptions, s Shape) (Loss, error) {
	switch {
	case !(o.Alpha > 0) || undefined(o.Alpha):
		return nil, fmt.Errorf("alpha: expected a number > 0, found %g", o.Alpha)
	case o.Erosions < 1 || o.Erosions > 1000:
		return nil, fmt.Errorf("erosions: expected 1 to 1000, found %d", o.Erosions)
	}
	return &hausdorffER{whole{shape: s, additive: true}, *o}, nil
}

type hausdorffER struct {
	whole
	options HausdorffEROptions
}

func (l *hausdorffER) Keeps() Keep { return Keep{Errors: true} }

func (l *hausdorffER) Slots() int { return 0 }

// Gradient adds nothing: the definition says that there is none.
func (l *hausdorffER) Gradient(*pass.Block, *Step, []float32) {}

func (l *hausdorffER) Finish(w *Workspace, images []*Kept, _ [][]float32) (sum, count float64) {
	for _, k := range images {
		count += float64(k.valid() * l.shape.Planes())
		if k.nan {
			sum = math.NaN()
			continue
		}
		n := k.pixels()
		w.values = resize(w.values, 2*n)
		for c := range l.shape.Planes() {
			errors := k.plane(c)
			for i, t := range k.Labels {
				w.values[i] = 0
				if e := errorOf(errors[i]); t != raster.Ignored {
					w.values[i] = float32(e * e)
				}
			}
			sum += l.erode(w.values[:n], w.values[n:2*n], k.Width, k.Height)
		}
	}
	return sum, count
}

// erode returns Σ_k (k+1)^α·Σ b_{k+1}.
func (l *hausdorffER) erode(from, to []float32, width, height int) (total float64) {
	for k := range l.options.Erosions {
		least, most := float32(math.Inf(1)), float32(0)
		for y := range height {
			for x := range width {
				e := max(0, cross(from, x, y, width, height)*0.2-0.5)
				to[y*width+x] = e
				least, most = min(least, e), max(most, e)
			}
		}
		if most == 0 {
			return total
		}
		sum := 0.0
		for i, e := range to {
			if most > least {
				to[i] = (e - least) / (most - least)
			}
			sum += float64(to[i])
		}
		total += math.Pow(float64(k+1), l.options.Alpha) * sum
		from, to = to, from
	}
	return total
}

// cross is the sum of a pixel and its four neighbours, 0 beyond the border.
func cross(b []float32, x, y, width, height int) float32 {
	i := y*width + x
	sum := b[i]
	if x > 0 {
		sum += b[i-1]
	}
	if x+1 < width {
		sum += b[i+1]
	}
	if y > 0 {
		sum += b[i-width]
	}
	if y+1 < height {
		sum += b[i+width]
	}
	return sum
}
