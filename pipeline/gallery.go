package pipeline

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/png"
	"math"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/image/draw"

	"github.com/segmetry/segmetry/internal/palette"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
)

// gallery keeps the thumbnails of the worst images by mean IoU. An image that ends among the worst was among the worst
// of every part of the dataset, so workers may ask at any time whether a picture is worth drawing, and what is kept in
// the end does not depend on their order.
//
// Pictures are kept as they were drawn and encoded when the run is over: most of those that are drawn do not stay. A
// picture takes up to a megabyte, so of more than maxDrawn every one is encoded at once.
type gallery struct {
	size int
	mu   sync.Mutex
	kept []*sketch // the worst first
}

// maxDrawn is the number of pictures that may be kept as they were drawn.
const maxDrawn = 64

// sketch is a thumbnail with its layers: picture, truth and prediction; nil once they are encoded.
type sketch struct {
	record.Thumbnail
	layers []*image.RGBA
}

// encode turns the layers into PNGs.
func (s *sketch) encode() error {
	for k, dst := range []*[]byte{&s.Picture, &s.Truth, &s.Predicted} {
		if s.layers == nil {
			return nil
		}
		var err error
		if *dst, err = encode(s.layers[k]); err != nil {
			return err
		}
	}
	s.layers = nil
	return nil
}

func newGallery(size int) *gallery { return &gallery{size: size} }

func worse(a, b *sketch) int {
	return cmp.Or(cmp.Compare(a.Score, b.Score), cmp.Compare(a.Index, b.Index))
}

// wants reports whether an image of this score would be kept.
func (g *gallery) wants(score float64, index int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.size == 0 || math.IsNaN(score) {
		return false
	}
	return len(g.kept) < g.size || worse(&sketch{Thumbnail: record.Thumbnail{Score: score, Index: index}}, g.kept[g.size-1]) < 0
}

// keep adds a thumbnail and drops the best one when there are too many.
func (g *gallery) keep(t *sketch) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at, _ := slices.BinarySearchFunc(g.kept, t, worse)
	g.kept = slices.Insert(g.kept, at, t)
	if len(g.kept) > g.size {
		g.kept = g.kept[:g.size]
	}
}

// sorted encodes what is not encoded yet, and returns the thumbnails. One that cannot be encoded is left out.
func (g *gallery) sorted() []record.Thumbnail {
	g.mu.Lock()
	defer g.mu.Unlock()
	var group sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	failed := make([]bool, len(g.kept))
	for i, s := range g.kept {
		slots <- struct{}{}
		group.Go(func() {
			failed[i] = s.encode() != nil
			<-slots
		})
	}
	group.Wait()
	var list []record.Thumbnail
	for i, s := range g.kept {
		if !failed[i] {
			list = append(list, s.Thumbnail)
		}
	}
	return list
}

// offer draws the image's thumbnail if it is among the worst so far.
func (w *worker) offer(picture *raster.Picture, truth *raster.Labels, out *outcome) {
	e := w.evaluator
	score := w.meanIoU()
	if !e.gallery.wants(score, out.record.Index) {
		return
	}
	t := w.sketch(picture, truth)
	t.Index, t.Image, t.Score = out.record.Index, out.record.Image, score
	if e.gallery.size > maxDrawn {
		if err := t.encode(); err != nil { // a picture for the report must not cost the image its figures
			out.record.Error = fmt.Sprintf("no thumbnail: %v", err)
			return
		}
	}
	out.picture = t
}

// meanIoU is the mean IoU of the image that was scored last.
func (w *worker) meanIoU() float64 {
	if w.labels != nil {
		return w.labels.measures.MeanIoU()
	}
	return w.measures.Confusion.MeanIoU()
}

// sketch draws the image that was scored last.
func (w *worker) sketch(picture *raster.Picture, truth *raster.Labels) *sketch {
	classes, given := w.evaluator.scan.Classes, w.evaluator.options.Dataset.Palette
	if w.labels != nil {
		return w.labels.sketch.draw(picture, &w.labels.truth, palette.LabelColors(classes, given))
	}
	return drawThumbnail(picture, truth, &w.predicted.labels, palette.ClassColors(classes, given))
}

// thumbnailSide is the longer side of a thumbnail in pixels.
const thumbnailSide = 288

// newThumbnail is a thumbnail of a picture of this size.
func newThumbnail(width, height int) record.Thumbnail {
	scale := min(1, float64(thumbnailSide)/float64(max(width, height)))
	return record.Thumbnail{Width: max(1, int(float64(width)*scale)), Height: max(1, int(float64(height)*scale))}
}

// drawThumbnail scales the picture down and lays truth and prediction over it.
func drawThumbnail(picture *raster.Picture, truth, predicted *raster.Labels, colors [][3]uint8) *sketch {
	t := &sketch{Thumbnail: newThumbnail(picture.Width, picture.Height)}
	small := shrink(picture, t.Width, t.Height)
	t.layers = []*image.RGBA{small, overlay(small, truth, colors), overlay(small, predicted, colors)}
	return t
}

func shrink(p *raster.Picture, width, height int) *image.RGBA {
	full := image.NewRGBA(image.Rect(0, 0, p.Width, p.Height))
	for i := range p.Width * p.Height {
		copy(full.Pix[4*i:4*i+3], p.Pix[3*i:])
		full.Pix[4*i+3] = 255
	}
	if width == p.Width && height == p.Height {
		return full
	}
	small := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), full, full.Bounds(), draw.Src, nil)
	return small
}

// overlay mixes each pixel with its class's colour, half and half; ignored pixels turn grey stripes.
func overlay(base *image.RGBA, labels *raster.Labels, colors [][3]uint8) *image.RGBA {
	w, h := base.Rect.Dx(), base.Rect.Dy()
	out := image.NewRGBA(base.Rect)
	copy(out.Pix, base.Pix)
	for y := range h {
		for x := range w {
			class := labels.Class[sampled(labels, x, y, w, h)]
			if class == raster.Ignored {
				stripe(out.Pix[4*(y*w+x):], x, y)
				continue
			}
			mix(out.Pix[4*(y*w+x):], colors[class])
		}
	}
	return out
}

// sampled is the index of the label that pixel (x, y) of w×h shows.
func sampled(labels *raster.Labels, x, y, w, h int) int {
	return (2*y+1)*labels.Height/(2*h)*labels.Width + (2*x+1)*labels.Width/(2*w)
}

// stripe draws a pixel of an ignored region.
func stripe(pixel []uint8, x, y int) {
	if (x+y)%8 < 4 {
		mix(pixel, [3]uint8{128, 128, 128})
	}
}

func mix(pixel []uint8, color [3]uint8) {
	for k, v := range color {
		pixel[k] = uint8((int(pixel[k]) + int(v)) / 2)
	}
}

func encode(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := e.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("encoding a thumbnail: %w", err)
	}
	return b.Bytes(), nil
}
