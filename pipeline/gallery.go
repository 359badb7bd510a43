package pipeline

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/segmetry/segmetry/internal/palette"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
)

// gallery keeps the thumbnails of the worst and of the best images by mean IoU, and of some that are drawn by chance, for
// those near the median. Each list is the first few images of an order that does not change while the run goes on: an image
// that ends in a list was in that list of every part of the dataset, so workers may ask at any time whether a picture is
// worth drawing, and what is kept in the end does not depend on their order.
//
// Sketches are kept as they were drawn and encoded when the run is over: most of those that are drawn do not stay. One
// that leaves its last list lends its memory to the next. A sketch takes most of a megabyte, so of more than maxDrawn every
// one is encoded at once.
type gallery struct {
	mu    sync.Mutex
	lists [3]ranking
	size  int // of all lists together
	spare []*sketch
}

// ranking is the first images of an order.
type ranking struct {
	size  int
	order func(a, b *record.Thumbnail) int
	kept  []*sketch
}

// maxDrawn is the number of pictures that may be kept as they were drawn.
const maxDrawn = 64

func newGallery(g record.Gallery) *gallery {
	k := &gallery{lists: [3]ranking{{size: g.Worst, order: record.Worse}, {size: g.Best, order: record.Better}, {size: g.Sampled(), order: record.ByChance}}}
	for _, r := range k.lists {
		k.size += r.size
	}
	return k
}

// wants reports whether the image would be kept.
func (r *ranking) wants(t *record.Thumbnail) bool {
	return len(r.kept) < r.size || r.size > 0 && r.order(t, &r.kept[r.size-1].Thumbnail) < 0
}

// keep adds a sketch, and returns the one that is no more in the list: nil, or perhaps the same.
func (r *ranking) keep(s *sketch) (dropped *sketch) {
	at, _ := slices.BinarySearchFunc(r.kept, s, func(a, b *sketch) int { return r.order(&a.Thumbnail, &b.Thumbnail) })
	if at >= r.size {
		return nil
	}
	s.lists++
	r.kept = slices.Insert(r.kept, at, s)
	if len(r.kept) > r.size {
		dropped = r.kept[r.size]
		dropped.lists--
		r.kept = r.kept[:r.size]
	}
	return dropped
}

// wants reports whether an image with this name, index and score would be kept.
func (g *gallery) wants(t *record.Thumbnail) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !math.IsNaN(t.Score) && slices.ContainsFunc(g.lists[:], func(r ranking) bool { return r.wants(t) })
}

// blank returns a sketch to be drawn.
func (g *gallery) blank() *sketch {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := len(g.spare); n > 0 {
		s := g.spare[n-1]
		g.spare = g.spare[:n-1]
		return s
	}
	return &sketch{}
}

// keep adds a sketch to the lists that it belongs to.
func (g *gallery) keep(s *sketch) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.lists {
		if dropped := g.lists[i].keep(s); dropped != nil && dropped.lists == 0 && dropped != s {
			g.recycle(dropped)
		}
	}
	if s.lists == 0 {
		g.recycle(s)
	}
}

// recycle takes a sketch's memory back.
func (g *gallery) recycle(s *sketch) {
	s.Thumbnail = record.Thumbnail{}
	g.spare = append(g.spare, s)
}

// thumbnails encodes what is not encoded yet, and returns the thumbnails in input order. One that cannot be encoded is
// left out.
func (g *gallery) thumbnails() []record.Thumbnail {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []*sketch
	for _, r := range g.lists {
		all = append(all, r.kept...)
	}
	slices.SortFunc(all, func(a, b *sketch) int { return a.Index - b.Index })
	all = slices.Compact(all)
	var group sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	failed := make([]bool, len(all))
	for i, s := range all {
		slots <- struct{}{}
		group.Go(func() {
			failed[i] = s.encode() != nil
			<-slots
		})
	}
	group.Wait()
	var list []record.Thumbnail
	for i, s := range all {
		if !failed[i] {
			list = append(list, s.Thumbnail)
		}
	}
	return list
}

// offer draws the image's thumbnail if a list wants it so far.
func (w *worker) offer(picture *raster.Picture, truth *raster.Labels, out *outcome) {
	g := w.evaluator.gallery
	t := record.Thumbnail{Index: out.record.Index, Image: out.record.Image, Score: w.meanIoU()}
	if g.size == 0 || !g.wants(&t) {
		return
	}
	s := g.blank()
	s.Thumbnail = t
	w.draw(s, picture, truth)
	if g.size > maxDrawn {
		if err := s.encode(); err != nil { // a picture for the report must not cost the image its figures
			out.record.Error = fmt.Sprintf("no thumbnail: %v", err)
			return
		}
	}
	out.picture = s
}

// meanIoU is the mean IoU of the image that was scored last.
func (w *worker) meanIoU() float64 {
	if w.labels != nil {
		return w.labels.measures.MeanIoU()
	}
	return w.measures.Confusion.MeanIoU()
}

// draw draws the image that was scored last.
func (w *worker) draw(s *sketch, picture *raster.Picture, truth *raster.Labels) {
	classes, given := w.evaluator.scan.Classes, w.evaluator.options.Dataset.Palette
	if w.labels != nil {
		w.labels.sketch.draw(s, picture, &w.labels.truth, palette.LabelColors(classes, given))
		return
	}
	s.begin(picture, truth.Width, truth.Height)
	s.classes(truth, &w.predicted.labels, palette.ClassColors(classes, given))
	if w.maps != nil {
		s.scores(w.maps)
	}
}
