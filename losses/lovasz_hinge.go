package losses

import (
	"math"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

func init() {
	Register(Definition{
		Name: "lovasz_hinge", Title: "Lovász hinge loss", Family: "ranked",
		Formula:  "Σ max(e, 0)·w, e = 1 − s·x sorted descending over the whole batch (s = ±1 for truth 1 or 0, x the logit), w as in lovasz_softmax",
		Gradient: "−s·w where e > 0, else 0: with respect to the logit itself",
		Range:    "[0, ∞)",
		Matches:  "SMP LovaszLoss('binary'), Berman's lovasz_hinge(per_image=False)",
		Paper:    "Yu and Blaschko, The Lovász Hinge, 2018; Berman et al., 2018",
		Notes: []string{
			"For one-channel heads. Without foreground it is the largest error.",
			"A batch is ranked as one set of pixels unless per_image: true; there is no pooled value of a dataset.",
		},
		Options: func() any { return &LovaszHingeOptions{} },
		New: func(options any, s Shape) (Compound, error) {
			return alone(&lovaszHinge{whole{shape: s, perImage: options.(*LovaszHingeOptions).PerImage}}, nil)
		},
		Fits: needsSigmoid,
	})
}

// LovaszHingeOptions are the options of lovasz_hinge.
type LovaszHingeOptions struct {
	PerImage bool `yaml:"per_image" doc:"rank each image alone and take the mean, instead of the whole batch"`
}

type lovaszHinge struct{ whole }

func (l *lovaszHinge) Keeps() Keep { return Keep{Logits: true} }

func (l *lovaszHinge) Slots() int { return 1 }

func (l *lovaszHinge) Finish(w *Workspace, images []*Kept, slopes [][]float32) (sum, count float64) {
	if anyNaN(images) {
		return math.NaN(), 1
	}
	n := len(images[0].Labels)
	foreground := 0
	w.pairs = w.pairs[:0]
	for m, k := range images {
		for i, t := range k.Labels {
			if t == 1 {
				foreground++
			}
			if e, ok := hinge(k, i); ok {
				w.pairs = append(w.pairs, uint64(hingeKey(e, t == 1))<<32|uint64(m*n+i))
			}
		}
	}
	union, left, first := float64(foreground), float64(foreground), foreground == 0
	for _, pair := range sortPairs(w.pairs, &w.pairSwap) {
		place := int(uint32(pair))
		m, i := place/n, place%n
		e, _ := hinge(images[m], i)
		weight := 0.0
		switch {
		case pair>>32&1 != 0:
			left--
			weight = 1 / union
		case first: // no foreground: the index is lost with the first error
			union, weight, first = union+1, 1, false
		case union > 0:
			union++
			weight = left / (union * (union - 1))
		}
		sum += float64(e) * weight
		if slopes != nil {
			if slopes[m][i] = float32(weight); images[m].Labels[i] == 1 {
				slopes[m][i] = -slopes[m][i]
			}
		}
	}
	return sum, 1
}

// hinge is 1 − s·x of a valid pixel, and whether it is above 0.
func hinge(k *Kept, i int) (float32, bool) {
	t, x := k.Labels[i], k.Logits[i]
	if t == 1 {
		x = -x
	}
	e := 1 + x
	return e, e > 0 && t != raster.Ignored
}

// hingeKey packs an error > 0 and whether its pixel is foreground. Ascending keys are descending errors.
func hingeKey(e float32, foreground bool) uint32 {
	key := (math.MaxInt32 - math.Float32bits(e)) << 1
	if foreground {
		key |= 1
	}
	return key
}

func (l *lovaszHinge) Gradient(b *pass.Block, s *Step, dst []float32) {
	scale := float32(s.Scale)
	for i, x := range s.Slopes[b.Start:][:b.N] {
		dst[i] += scale * x
	}
}
