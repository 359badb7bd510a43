package pipeline

import (
	"math"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// overlapping is an evaluation of a model of three sigmoid channels over the quickstart's masks as regions.
func overlapping(t *testing.T, s *fakeSession, limit int, change func(*Options)) *Evaluator {
	t.Helper()
	s.signature = model.Signature{Channels: 3, Classes: 3, Kind: "logits", Activation: "sigmoid"}
	o := dataset.DefaultOptions()
	o.Images, o.Masks, o.Limit = "../testdata/quickstart/images", "../testdata/quickstart/masks", limit
	if err := yaml.Unmarshal([]byte("{nucleus: [1, 2], border: 2, interior: 1}"), &o.Regions); err != nil {
		t.Fatal(err)
	}
	src, err := dataset.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	var specs []losses.Spec
	for _, name := range []string{"bce", "soft_dice", "lovasz_hinge", "mcc", "boundary"} {
		specs = append(specs, losses.Spec{Name: name})
	}
	all := Options{Source: src, Session: s, Dataset: o, Preprocess: dataset.DefaultPreprocess(), Losses: specs, Metrics: []metrics.Spec{{Name: "standard"}}, Workers: 1, Gallery: record.Gallery{Worst: 2}, Thresholds: []float64{0.55, 0.3, 0.6}}
	if change != nil {
		change(&all)
	}
	e, err := New(all)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestRunIsScore: a run says of every image, and of the dataset, what scoring the same logits says; and losses are those
// of the whole batch of labels, which losses.MultiLabel evaluates without a walk over several labels.
func TestRunIsScore(t *testing.T) {
	var kept [][]float32
	session := &fakeSession{change: func(_ int, p *model.Prediction) error {
		for i := range p.Logits {
			p.Logits[i] = 6*p.Logits[i] - 1 - float32(i%7)/10
		}
		kept = append(kept, append([]float32(nil), p.Logits...))
		return nil
	}}
	e := overlapping(t, session, 4, nil)
	records, err := consume(t.Context(), e)
	if err != nil || e.Err() != nil {
		t.Fatal(err, e.Err())
	}
	offline, err := NewOffline(OfflineOptions{Classes: e.options.Source.Classes(), Overlap: true, Thresholds: []float64{0.55, 0.3, 0.6}, Losses: e.options.Losses, Metrics: e.options.Metrics})
	if err != nil {
		t.Fatal(err)
	}
	for i, item := range items(t, e.options.Source) {
		truth := planeTruth(t, item)
		if err := offline.AddPlanes(item.Name, kept[i], nil, truth); err != nil {
			t.Fatal(err)
		}
		batch := &losses.Batch{Images: 1, Channels: 3, Height: truth.Height, Width: truth.Width, Logits: kept[i], Labels: truth.Planes}
		want, err := e.overlap.losses.Score(batch, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, r := range want {
			if records[i].Losses[k] != r.Value {
				t.Errorf("%s of %s is %v, and of the batch of its labels %v", e.plan.Labels()[k], item.Name, records[i].Losses[k], r.Value)
			}
		}
	}
	want, err := offline.Summary()
	if err != nil {
		t.Fatal(err)
	}
	got := e.Summary()
	for k, l := range want.Losses {
		if !equal(got.Losses[k].Value.Value, l.Value.Value) || !equal(got.Losses[k].Pooled, l.Pooled) {
			t.Errorf("%s: run %+v, score %+v", l.Name, got.Losses[k], l)
		}
	}
	for k, m := range want.Metrics {
		if g := got.Metrics[k]; g.Name != m.Name || !equal(g.Value.Value, m.Value.Value) {
			t.Errorf("%s: run %+v, score %+v", m.Name, g, m)
		}
	}
	if got.Confusion != nil || len(got.LabelCounts) != 12 || len(e.Thumbnails()) != 2 {
		t.Errorf("confusion %v, labels %v, %d thumbnails", got.Confusion, got.LabelCounts, len(e.Thumbnails()))
	}
}

func equal(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func items(t *testing.T, s dataset.Source) (list []dataset.Item) {
	t.Helper()
	for item, err := range s.Items() {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, item)
	}
	return list
}

// planeTruth expands a mask by its definition: nucleus 1 or 2, border 2, interior 1.
func planeTruth(t *testing.T, item dataset.Item) *pass.PlaneTruth {
	t.Helper()
	v, err := dataset.RawMaskOf(item.Mask)
	if err != nil {
		t.Fatal(err)
	}
	truth := &pass.PlaneTruth{Width: v.Width, Height: v.Height, Planes: make([]int16, 3*len(v.Value))}
	for i, value := range v.Value {
		for c, has := range []bool{value > 0, value == 2, value == 1} {
			if has {
				truth.Planes[c*len(v.Value)+i] = 1
			}
		}
	}
	return truth
}

// TestOverlapNonFinite: a NaN logit of one label makes the image's losses undefined and is counted once.
func TestOverlapNonFinite(t *testing.T) {
	session := &fakeSession{change: func(image int, p *model.Prediction) error {
		if image == 1 {
			p.Logits[5], p.Logits[5+p.Height*p.Width] = float32(math.NaN()), float32(math.NaN())
		}
		return nil
	}}
	records, err := consume(t.Context(), overlapping(t, session, 2, func(o *Options) { o.Gradients = true }))
	if err != nil {
		t.Fatal(err)
	}
	r := records[1]
	if r.NaNPixels != 1 || !strings.Contains(r.Error, "NaN predicts no label") || !math.IsNaN(r.Losses[0]) || !math.IsNaN(r.Gradients[0]) || math.IsNaN(records[0].Losses[0]) {
		t.Errorf("%d pixels, %q, losses %v", r.NaNPixels, r.Error, r.Losses)
	}
}

// TestOverlapWrongChannels: an image whose output has other channels fails with their number, and the others are scored.
func TestOverlapWrongChannels(t *testing.T) {
	session := &fakeSession{change: func(image int, p *model.Prediction) error {
		if image == 0 {
			p.Channels, p.Logits = 2, p.Logits[:2*p.Height*p.Width]
		}
		return nil
	}}
	records, err := consume(t.Context(), overlapping(t, session, 2, nil))
	if err != nil || records[0].Status != "failed" || !strings.Contains(records[0].Error, "expected 3 channels") || records[1].Status != "ok" {
		t.Errorf("%v: %+v", err, records[0])
	}
}

// TestLabelSketch: a large image's thumbnail shows the predictions at the pixels that an exclusive one's shows, also of the
// second image and of one of another size.
func TestLabelSketch(t *testing.T) {
	scanner, err := pass.NewLabelScanner(pass.LabelOptions{Labels: 2, LabelsOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	d := &labelSketch{labels: 2}
	for image, size := range [][2]int{{700, 501}, {700, 501}, {33, 900}, {5, 3}} {
		w, h := size[0], size[1]
		scores := pass.Scores{Data: make([]float32, 2*w*h), Channels: 2, Height: h, Width: w}
		for i := range scores.Data {
			scores.Data[i] = float32((i*(image+7))%11) - 5
		}
		d.reset(w, h)
		if _, err := scanner.Scan(scores, pass.Window{}, &pass.PlaneTruth{Width: w, Height: h, Planes: make([]int16, 2*w*h)}, d); err != nil {
			t.Fatal(err)
		}
		var size sampling
		size.reset(w, h)
		for i := range size.pixels() {
			x, y := i%size.width, i/size.width
			at := (2*y+1)*h/(2*size.height)*w + (2*x+1)*w/(2*size.width)
			for c := range 2 {
				if got, want := d.predicted[c*size.pixels()+i] == 1, scores.Data[c*w*h+at] >= 0; got != want {
					t.Fatalf("%d×%d, label %d, pixel %d: %v, want %v", w, h, c, i, got, want)
				}
			}
		}
	}
}

// TestLabelThumbnail: a pixel has the mean of its labels' colours, one without a label is not to be seen, ignored ones are
// striped; a pixel is wrong where any of its labels is.
func TestLabelThumbnail(t *testing.T) {
	picture := &raster.Picture{Width: 4, Height: 1, Pix: make([]uint8, 12)}
	truth := &pass.PlaneTruth{Width: 4, Height: 1, Planes: []int16{1, 1, 0, -1, 0, 1, 0, 1}}
	scores := pass.Scores{Data: []float32{1, -1, -1, -1, -1, 1, 1, 1}, Channels: 2, Height: 1, Width: 4}
	scanner, err := pass.NewLabelScanner(pass.LabelOptions{Labels: 2, LabelsOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	d := &labelSketch{labels: 2}
	d.reset(4, 1)
	if _, err := scanner.Scan(scores, pass.Window{}, truth, d); err != nil {
		t.Fatal(err)
	}
	var s sketch
	d.draw(&s, picture, truth, [][3]uint8{{100, 0, 0}, {0, 200, 0}})
	for layer, want := range map[*layer][4][4]uint8{
		&s.truth:     {{100, 0, 0, 255}, {50, 100, 0, 255}, {}, {128, 128, 128, 255}},
		&s.predicted: {{100, 0, 0, 255}, {0, 200, 0, 255}, {0, 200, 0, 255}, {0, 200, 0, 255}},
	} {
		for x, color := range want {
			if got := [4]uint8(layer.mixed.Pix[4*x:]); got != color {
				t.Errorf("pixel %d: %v, want %v", x, got, color)
			}
		}
	}
	if got, want := s.wrong.paletted.Pix, []uint8{firstColor, firstColor + 1, firstColor + 1, stripe}; !slices.Equal(got, want) {
		t.Errorf("errors %v, want %v", got, want)
	}
}
