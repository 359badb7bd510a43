package parity

import (
	"cmp"
	"slices"

	"github.com/segmetry/segmetry/internal/record"
)

// Total sums up pictures, which are added in input order.
type Total struct {
	tally  *Tally
	images int
	most   []record.ParityImage
}

// keptImages is how many of the pictures that differ most are named.
const keptImages = 20

// NewTotal returns an empty total of so many classes.
func NewTotal(classes int) *Total { return &Total{tally: NewTally(classes)} }

// Add adds a picture.
func (t *Total) Add(image string, picture *Tally) {
	t.tally.Merge(picture)
	t.images++
	s := share(picture.Valid, picture.ValidDiffer)
	if s.Differ == 0 {
		return
	}
	// Pictures come in order: of equal shares the earlier one stays before the later.
	at, _ := slices.BinarySearchFunc(t.most, s.Share, func(m record.ParityImage, share float64) int {
		return cmp.Or(cmp.Compare(share, m.Share.Share), -1)
	})
	if at < keptImages {
		t.most = slices.Insert(t.most, at, record.ParityImage{Image: image, Share: s})
		t.most = t.most[:min(len(t.most), keptImages)]
	}
}

// Summary is the total's figures. Model, Reference and Comparisons are the caller's to fill in.
func (t *Total) Summary() *record.ParitySummary {
	return &record.ParitySummary{Images: t.images, Parity: t.tally.Figures(), Pairs: slices.Clone(t.tally.Pairs),
		Histogram: t.tally.Histogram(), Undefined: t.tally.Margins[Undefined], Most: slices.Clone(t.most)}
}
