package losses

import (
	"fmt"
	"math"

	"github.com/segmetry/segmetry/internal/raster"
)

func init() {
	Register(Definition{
		Name: "lovasz_softmax", Title: "Lovász-softmax loss", Family: "ranked",
		Formula:  "mean over the present classes of Σ e·w, e = |o − p| sorted descending over the whole batch, w = 1/U for foreground and I/(U(U−1)) for background pixels, I the foreground left and U the union after the element",
		Gradient: "with respect to p: w·sign(p − o)/classes; then to the logits",
		Range:    "[0, 1]",
		Matches:  "SMP LovaszLoss('multiclass') and Berman's lovasz_softmax(classes='present'); kornia's is another function (.360 against .796 on one input)",
		Paper:    "Berman, Rannen Triki and Blaschko, The Lovász-Softmax loss, 2018",
		Notes: []string{
			"On a one-channel head it is the foreground's alone; SMP's binary mode is lovasz_hinge.",
			"Every pixel ignored, or no class present: 0.",
			"A batch is ranked as one set of pixels unless per_image: true; there is no pooled value of a dataset.",
		},
		Options: func() any { return &LovaszOptions{Classes: "present"} },
		New: func(options any, s Shape) (Compound, error) {
			o := options.(*LovaszOptions)
			if o.Classes != "present" && o.Classes != "all" {
				return Compound{}, fmt.Errorf("classes: expected present or all, found %q", o.Classes)
			}
			return alone(&lovaszSoftmax{whole{shape: s, perImage: o.PerImage}, probabilitySlopes{s.Planes()}, o.Classes == "all"}, nil)
		},
	})
}

// LovaszOptions are the options of lovasz_softmax.
type LovaszOptions struct {
	Classes  string `yaml:"classes" doc:"present (in the truth) or all"`
	PerImage bool   `yaml:"per_image" doc:"rank each image alone and take the mean, instead of the whole batch"`
}

type lovaszSoftmax struct {
	whole
	probabilitySlopes
	all bool
}

func (l *lovaszSoftmax) Keeps() Keep { return Keep{Errors: true} }

func (l *lovaszSoftmax) Finish(w *Workspace, images []*Kept, slopes [][]float32) (sum, count float64) {
	if anyNaN(images) {
		return math.NaN(), 1
	}
	for c := range l.shape.Planes() {
		foreground, last := foregroundErrors(images, c)
		if foreground == 0 && !l.all {
			continue
		}
		count++
		if slopes == nil {
			sum += lovaszSum(w, gatherKeys(w, images, c, last), foreground)
		} else {
			sum += l.rank(w, images, slopes, c, foreground, last)
		}
	}
	return sum, count
}

// foregroundErrors counts the pixels of plane c's class and returns the key of the smallest error among them:
// background errors below it, whose keys are above it, weigh nothing.
func foregroundErrors(images []*Kept, c int) (n int, last uint32) {
	for _, k := range images {
		class, errors := k.class(c), k.plane(c)
		for i, t := range k.Labels {
			if t == class {
				n++
				last = max(last, errorKey(errors[i], true))
			}
		}
	}
	return n, last
}

// gatherKeys packs the errors of plane c that weigh something.
func gatherKeys(w *Workspace, images []*Kept, c int, last uint32) []uint32 {
	w.keys = w.keys[:0]
	for _, k := range images {
		class := k.class(c)
		errors := k.plane(c)[:len(k.Labels)]
		for i, t := range k.Labels {
			if key := errorKey(errors[i], t == class); key <= last && t != raster.Ignored {
				w.keys = append(w.keys, key)
			}
		}
	}
	return w.keys
}

// rank is the value of plane c with its slopes.
func (l *lovaszSoftmax) rank(w *Workspace, images []*Kept, slopes [][]float32, c, foreground int, last uint32) (sum float64) {
	n := len(images[0].Labels) // images of a batch have one size
	set := func(place uint32, weight float64) {
		m, i := int(place)/n, int(place)%n
		k := images[m]
		sum += weight * errorOf(k.plane(c)[i])
		if k.Labels[i] == k.class(c) {
			weight = -weight
		}
		slopes[m][c*n+i] = float32(weight)
	}
	if n*len(images) <= introsortLimit {
		lovaszWeights(rankAll(w, images, c), foreground, set)
		return sum
	}
	w.pairs = w.pairs[:0]
	for m, k := range images {
		class, errors := k.class(c), k.plane(c)
		for i, t := range k.Labels {
			if key := errorKey(errors[i], t == class); key <= last && t != raster.Ignored {
				w.pairs = append(w.pairs, uint64(key)<<32|uint64(m*n+i))
			}
		}
	}
	lovaszWeights(sortPairs(w.pairs, &w.pairSwap), foreground, set)
	return sum
}

// rankAll ranks every valid pixel of a small batch as torch does: errors rounded to float32, ties as introsort leaves
// them.
func rankAll(w *Workspace, images []*Kept, c int) []uint64 {
	w.ranked, w.pairs = w.ranked[:0], w.pairs[:0]
	n := len(images[0].Labels)
	for m, k := range images {
		for i, t := range k.Labels {
			if t != raster.Ignored {
				e := float32(errorOf(k.plane(c)[i]))
				if t == k.class(c) {
					e = 1 - (1 - e) // the probability is rounded before it is taken from 1
				}
				w.ranked = append(w.ranked, ranked{e, uint32(m*n + i)})
			}
		}
	}
	introsort(w.ranked)
	for _, r := range w.ranked {
		k := images[int(r.place)/n]
		i := int(r.place) % n
		key := errorKey(k.plane(c)[i], k.Labels[i] == k.class(c))
		w.pairs = append(w.pairs, uint64(key)<<32|uint64(r.place))
	}
	return w.pairs
}
