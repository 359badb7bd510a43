package record

import (
	"cmp"
	"hash/fnv"
	"math"
	"slices"
)

// Thumbnail is an image of the report: the picture, and layers that lie over it. Layers are transparent where the picture
// shows; one that the run could not make is nil.
type Thumbnail struct {
	Index         int
	Image         string
	Score         float64 // per-image mIoU
	Width, Height int     // of the thumbnail, in pixels
	Picture       []byte  // JPEG
	Truth         []byte  // PNG, as are those below: the true classes' colours
	Predicted     []byte  // the predicted classes' colours
	Error         []byte  // which pixels are wrong
	Loss          []byte  // −log of the true class's probability
	Confidence    []byte  // probability of the likeliest class
}

// Gallery says how many thumbnails a report shows.
type Gallery struct {
	Worst, Best, Median int
}

// drawnForMedian is how many images are drawn by chance for each one that is shown near the median.
const drawnForMedian = 4

// Sampled is how many images are drawn by chance: those near the median are chosen of them.
func (g Gallery) Sampled() int { return drawnForMedian * g.Median }

// Worse orders thumbnails by their score, the worst first; of equal ones the first image comes first.
func Worse(a, b *Thumbnail) int {
	return cmp.Or(cmp.Compare(a.Score, b.Score), cmp.Compare(a.Index, b.Index))
}

// Better orders thumbnails by their score, the best first; of equal ones the first image comes first.
func Better(a, b *Thumbnail) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Index, b.Index))
}

// ByChance orders thumbnails by a hash of their names: the first n of any images are n of them drawn by chance, the same
// ones in whatever order or parts the images came.
func ByChance(a, b *Thumbnail) int {
	return cmp.Or(cmp.Compare(chance(a.Image), chance(b.Image)), cmp.Compare(a.Index, b.Index))
}

// chance is a hash of a name, each of whose bits depends on all of the name's.
func chance(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash's Write never fails
	x := h.Sum64()
	x = (x ^ x>>33) * 0xff51afd7ed558ccd // the finalizer of MurmurHash3 (Appleby): FNV leaves the upper bits of names that
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53 // differ in their last letter alike
	return x ^ x>>33
}

// Choose picks, of all thumbnails that were kept, the ones that each list shows, in its order: the worst, the best, and of
// those drawn by chance the nearest to the images' median. One image may be in several lists.
func (g Gallery) Choose(kept []Thumbnail, median float64) (worst, best, typical []*Thumbnail) {
	first := func(n int, order func(a, b *Thumbnail) int) []*Thumbnail {
		list := make([]*Thumbnail, len(kept))
		for i := range kept {
			list[i] = &kept[i]
		}
		slices.SortFunc(list, order)
		return list[:min(n, len(list))]
	}
	worst, best, typical = first(g.Worst, Worse), first(g.Best, Better), first(g.Sampled(), ByChance)
	slices.SortFunc(typical, func(a, b *Thumbnail) int {
		return cmp.Or(cmp.Compare(math.Abs(a.Score-median), math.Abs(b.Score-median)), Worse(a, b))
	})
	return worst, best, typical[:min(g.Median, len(typical))]
}
