package report

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/record"
)

// galleryPage is the section of thumbnails. An image stands in it once, whatever lists it is in.
type galleryPage struct {
	Lead    string
	Lists   []shotList
	Layers  []shotLayer // that a thumbnail may have; the first is the picture alone
	Classes []string
	Colors  []classRow
	Mixed   bool // a pixel may have several labels
	Shots   []*shot
}

type shotList struct {
	Key, Name string
	Count     int
}

type shotLayer struct {
	Key, Name string
	URL       template.URL
}

// shot is a thumbnail as the template shows it.
type shot struct {
	record.Thumbnail
	Places    []shotPlace
	Score     string
	ScoreSort string
	ClassSort string // the classes' IoU, blank where undefined
	Picture   template.URL
	Layers    []shotLayer
}

// shotPlace is where a thumbnail stands in a list, from 1.
type shotPlace struct {
	List  string
	Place int
}

// newGallery forms the section; nil without thumbnails. iou is, of each thumbnail's image, the IoU of every class as
// images.csv has it.
func newGallery(kept []record.Thumbnail, o Options, median float64, iou map[int][]string) *galleryPage {
	if len(kept) == 0 {
		return nil
	}
	g := &galleryPage{}
	worst, best, typical := o.Gallery().Choose(kept, median)
	shots := map[*record.Thumbnail]*shot{}
	for _, l := range []struct {
		key, name string
		list      []*record.Thumbnail
	}{{"worst", "worst images", worst}, {"best", "best images", best}, {"median", "near the median", typical}} {
		if len(l.list) == 0 {
			continue
		}
		g.Lists = append(g.Lists, shotList{l.key, l.name, len(l.list)})
		for i, t := range l.list {
			if shots[t] == nil {
				shots[t] = newShot(t, iou[t.Index])
				g.Shots = append(g.Shots, shots[t])
			}
			shots[t].Places = append(shots[t].Places, shotPlace{l.key, i + 1})
		}
	}
	g.Lead = "By mean IoU. Choose a list and a layer; a picture opens larger."
	if len(typical) > 0 {
		g.Lead += fmt.Sprintf(" The median of all images is %s: those near it are the nearest of %d that were drawn by chance.", percent(median), min(o.Gallery().Sampled(), len(kept)))
	}
	g.Layers = []shotLayer{{Key: "picture", Name: "image"}}
	for _, l := range layersOf(&record.Thumbnail{Truth: mark, Predicted: mark, Error: mark, Loss: mark, Confidence: mark}) {
		if slices.ContainsFunc(g.Shots, func(s *shot) bool {
			return slices.ContainsFunc(s.Layers, func(x shotLayer) bool { return x.Key == l.Key })
		}) {
			g.Layers = append(g.Layers, shotLayer{Key: l.Key, Name: l.Name})
		}
	}
	return g
}

var mark = []byte{0}

func newShot(t *record.Thumbnail, iou []string) *shot {
	return &shot{Thumbnail: *t, Score: percent(t.Score), ScoreSort: format(t.Score), ClassSort: strings.Join(iou, " "),
		Picture: dataURI("image/jpeg", t.Picture), Layers: layersOf(t)}
}

// layersOf are the layers that a thumbnail has.
func layersOf(t *record.Thumbnail) []shotLayer {
	var list []shotLayer
	for _, l := range []struct {
		key, name string
		png       []byte
	}{{"truth", "truth", t.Truth}, {"predicted", "prediction", t.Predicted}, {"error", "error", t.Error}, {"loss", "loss", t.Loss}, {"confidence", "confidence", t.Confidence}} {
		if len(l.png) > 0 {
			list = append(list, shotLayer{l.key, l.name, dataURI("image/png", l.png)})
		}
	}
	return list
}

// dataURI embeds a picture that this program drew.
func dataURI(kind string, file []byte) template.URL {
	return template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(file)) //nolint:gosec // base64 only
}

// medianOf is the median of the images' mean IoU, or of the thumbnails' where the images have none.
func (k *charts) medianOf(kept []record.Thumbnail) float64 {
	if k.iou >= 0 {
		if h, ok := newHistogram("", k.values[k.iou]); ok {
			return h.Median
		}
	}
	var scores []float32
	for _, t := range slices.SortedFunc(slices.Values(kept), func(a, b record.Thumbnail) int { return cmp.Compare(a.Index, b.Index) }) {
		scores = append(scores, float32(t.Score))
	}
	h, _ := newHistogram("", scores)
	return h.Median
}
