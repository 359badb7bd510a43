package pipeline

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
)

// TestGalleryInAnyOrder: what is kept does not depend on the order in which images come, nor on how they are split into
// parts that are brought together; memory of sketches that leave is used again.
func TestGalleryInAnyOrder(t *testing.T) {
	limits := record.Gallery{Worst: 4, Best: 3, Median: 2}
	images := make([]record.Thumbnail, 300)
	for i := range images {
		images[i] = record.Thumbnail{Index: i, Image: fmt.Sprintf("image-%03d.png", i), Score: float64(i*37%101) / 100, Picture: []byte{0}}
	}
	made := 0
	keep := func(list []record.Thumbnail) []record.Thumbnail {
		g := newGallery(limits)
		for i := range list {
			if !g.wants(&list[i]) {
				continue
			}
			made += btoi(len(g.spare) == 0)
			s := g.blank()
			s.Thumbnail = list[i]
			g.keep(s)
		}
		return g.thumbnails()
	}
	names := func(list []record.Thumbnail) (out []string) {
		for _, x := range list {
			out = append(out, x.Image)
		}
		return out
	}
	want := names(keep(images))
	if made > 4+3+8+1 || len(want) < 8 {
		t.Errorf("%d sketches were made for %d that are kept", made, len(want))
	}
	halves := append(keep(images[:150]), keep(images[150:])...)
	if got := names(keep(halves)); !slices.Equal(got, want) {
		t.Errorf("of two halves: %v, want %v", got, want)
	}
	shuffled := slices.Clone(images)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	if got := names(keep(shuffled)); !slices.Equal(got, want) {
		t.Errorf("shuffled: %v, want %v", got, want)
	}
	worst, best, typical := limits.Choose(keep(images), 0.5)
	if len(worst) != 4 || worst[0].Score != 0 || len(best) != 3 || best[0].Score != 1 || len(typical) != 2 {
		t.Errorf("worst %v, best %v, near the median %v", worst, best, typical)
	}
}

// TestScoreMaps: each of the thumbnail's pixels has the loss and the doubt of the label's pixel in its middle, whatever the
// sizes.
func TestScoreMaps(t *testing.T) {
	scanner, err := pass.NewScanner(pass.Options{Channels: 2, Classes: 2})
	if err != nil {
		t.Fatal(err)
	}
	var m scoreMaps
	for _, size := range [][2]int{{700, 501}, {33, 900}, {5, 3}} {
		w, h := size[0], size[1]
		scores := pass.Scores{Data: make([]float32, 2*w*h), Channels: 2, Height: h, Width: w}
		for i := range scores.Data {
			scores.Data[i] = float32(i%13) / 3
		}
		labels := &raster.Labels{}
		labels.Resize(w, h)
		nll := make([]float32, w*h)
		m.begin(w, h)
		if _, err := scanner.Scan(scores, pass.Window{}, labels, visit(func(b *pass.Block) { copy(nll[b.Start:], b.NLL) }), &m); err != nil {
			t.Fatal(err)
		}
		for i := range m.pixels() {
			x, y := i%m.width, i/m.width
			if want := nll[(2*y+1)*h/(2*m.height)*w+(2*x+1)*w/(2*m.width)]; m.loss[i] != want {
				t.Fatalf("%d×%d, pixel %d: %v, want %v", w, h, i, m.loss[i], want)
			}
		}
	}
}

// TestThumbnailLayers: a run's thumbnails have every layer, in the picture's size; drawing again takes no new memory.
func TestThumbnailLayers(t *testing.T) {
	e := evaluator(t, &fakeSession{}, 5, nil)
	if _, err := consume(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	for _, x := range e.Thumbnails() {
		for i, file := range [][]byte{x.Picture, x.Truth, x.Predicted, x.Error, x.Loss, x.Confidence} {
			c, _, err := image.DecodeConfig(bytes.NewReader(file))
			if err != nil || c.Width != x.Width || c.Height != x.Height {
				t.Errorf("layer %d of %s: %d×%d, %v", i, x.Image, c.Width, c.Height, err)
			}
		}
	}
	picture, labels := &raster.Picture{Width: 640, Height: 480, Pix: make([]uint8, 3*640*480)}, &raster.Labels{}
	labels.Resize(640, 480)
	var s sketch
	s.begin(picture, 640, 480)
	if n := testing.AllocsPerRun(5, func() { s.begin(picture, 640, 480) }); n > 0 {
		t.Errorf("%v allocations for a picture that is drawn again", n)
	}
}
