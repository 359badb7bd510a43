package pipeline

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/model"
)

// against makes an evaluator with a reference that changes the input's channels.
func against(t *testing.T, mine, theirs *fakeSession, change func(*Options)) *Evaluator {
	t.Helper()
	if theirs.signature.Channels == 0 {
		theirs.signature = model.Signature{Channels: 3, Classes: 3, Kind: "logits", Activation: "softmax"}
	}
	return evaluator(t, mine, 5, func(o *Options) {
		o.Reference = &Reference{Session: theirs}
		if change != nil {
			change(o)
		}
	})
}

// halved turns logits into a label map of half the size.
func halved(_ int, p *model.Prediction) error {
	h, w := p.Height/2, p.Width/2
	l := make([]int16, h*w)
	for i := range l {
		l[i] = int16(i % 3)
	}
	*p = model.Prediction{Kind: model.KindLabels, Labels: l, Channels: 1, Height: h, Width: w}
	return nil
}

// small cuts the logits down to a quarter of the size.
func small(_ int, p *model.Prediction) error {
	h, w := p.Height/4, p.Width/4
	out := make([]float32, 3*h*w)
	for c := range 3 {
		for i := range h * w {
			out[c*h*w+i] = 10 * p.Logits[(c*p.Height+i/w*4)*p.Width+i%w*4] * float32(c+1)
		}
	}
	p.Logits, p.Height, p.Width = out, h, w
	return nil
}

// labelsOf are the predicted labels of every image, of a run without a reference.
func labelsOf(t *testing.T, s *fakeSession, change func(*Options)) (list [][]int16) {
	t.Helper()
	e := evaluator(t, s, 5, func(o *Options) {
		o.Gallery.Worst = 1 // predictions are kept
		if change != nil {
			change(o)
		}
	})
	w, err := newWorker(e)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	for item := range e.options.Source.Items() {
		out := w.do(t.Context(), job{item: item})
		if out.err != nil || out.record.Status != record.OK {
			t.Fatal(out.err, out.record)
		}
		list = append(list, slices.Clone(w.predicted.labels.Class))
	}
	return list
}

// TestDuel compares what was counted with two runs' label maps, for every pair of kinds of output and of sizes.
func TestDuel(t *testing.T) {
	kinds := map[string]func() *fakeSession{
		"logits":  func() *fakeSession { return &fakeSession{} },
		"quarter": func() *fakeSession { return &fakeSession{change: small} },
		"labels": func() *fakeSession {
			return &fakeSession{signature: model.Signature{Channels: 3, Kind: model.KindLabels}, change: halved}
		},
	}
	for mine, a := range kinds {
		for theirs, b := range kinds {
			t.Run(fmt.Sprintf("%s against %s", mine, theirs), func(t *testing.T) {
				e := against(t, a(), b(), nil)
				records, err := consume(t.Context(), e)
				if err != nil || e.Err() != nil {
					t.Fatal(err, e.Err())
				}
				x, y := labelsOf(t, a(), nil), labelsOf(t, b(), nil)
				pairs := make([]int64, 9)
				for i, r := range records {
					var differ int64
					for k := range x[i] {
						pairs[3*y[i][k]+x[i][k]]++
						if x[i][k] != y[i][k] {
							differ++
						}
					}
					if r.Parity == nil || r.Parity.Valid.Differ != differ || r.Parity.All.Differ != differ {
						t.Errorf("%s: %+v, want %d pixels", r.Image, r.Parity, differ)
					}
				}
				p := e.Summary().Parity
				if !slices.Equal(p.Pairs, pairs) || p.Images != 5 {
					t.Errorf("pairs %v of %d images, want %v", p.Pairs, p.Images, pairs)
				}
				own, _ := consume(t.Context(), evaluator(t, b(), 5, nil))
				if mine == "labels" { // without losses of the model, none of the reference
					for _, r := range own {
						r.Losses = nil
					}
				}
				for i, r := range records {
					if !slices.Equal(r.Parity.ReferenceMeans, own[i].Means) || !slices.Equal(r.Parity.ReferenceLosses, own[i].Losses) {
						t.Errorf("%s: the reference's figures are not those of a run of its own", r.Image)
					}
				}
			})
		}
	}
}

// TestDuelLeavesIgnoredPixelsOut: pairs and the share are of valid pixels; all pixels are counted beside them.
func TestDuelLeavesIgnoredPixelsOut(t *testing.T) {
	ignore := 0
	e := against(t, &fakeSession{}, &fakeSession{change: small}, func(o *Options) { o.Dataset.IgnoreIndex = &ignore })
	records, err := consume(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if p := r.Parity; p.Valid.Pixels != r.ValidPixels || p.All.Pixels != int64(r.Width*r.Height) || p.Valid.Pixels >= p.All.Pixels {
			t.Errorf("%+v of %d valid pixels", p, r.ValidPixels)
		}
	}
}

// TestDuelClassMap: merged classes are compared, not channels.
func TestDuelClassMap(t *testing.T) {
	table := []int16{0, 2, 1}
	e := against(t, &fakeSession{}, &fakeSession{}, func(o *Options) { o.ClassMap, o.Reference.ClassMap = table, table; o.Losses = nil })
	if _, err := consume(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if p := e.Summary().Parity; p.Valid.Differ != 0 || p.Logits.Max != 0 || p.MarginOf != "reference" || math.IsNaN(p.MarginMedian) {
		t.Errorf("%+v", p.Parity)
	}
	swapped := against(t, &fakeSession{change: small}, &fakeSession{change: small}, func(o *Options) { o.ClassMap = table })
	if _, err := consume(t.Context(), swapped); err != nil || swapped.Summary().Parity.Valid.Differ == 0 {
		t.Errorf("another class map on one side: %v", err)
	}
}

// TestReferenceFails: the image is a row with the reason, and counts for neither model.
func TestReferenceFails(t *testing.T) {
	e := against(t, &fakeSession{}, &fakeSession{change: func(i int, _ *model.Prediction) error { return pick(i == 1, errors.New("node Conv_3 failed")) }}, func(o *Options) { o.Workers, o.OnError = 1, OnErrorSkip })
	records, err := consume(t.Context(), e)
	if err != nil || records[1].Status != record.Skipped || !strings.Contains(records[1].Error, "model.reference") || !strings.Contains(records[1].Error, "Conv_3") {
		t.Fatalf("%v: %+v", err, records[1])
	}
	s := e.Summary()
	if s.Counts.OK != 4 || s.Parity.Images != 4 || e.reference.total.counts.OK != 4 {
		t.Errorf("%+v and %d images compared", s.Counts, s.Parity.Images)
	}
	bad := against(t, &fakeSession{}, &fakeSession{change: func(i int, p *model.Prediction) error { p.Logits[3] = float32(math.NaN()); return nil }}, nil)
	records, err = consume(t.Context(), bad)
	if err != nil || records[0].Status != record.OK || !strings.Contains(records[0].Error, "model.reference") {
		t.Errorf("NaN of the reference: %v %q", err, records[0].Error)
	}
}

func TestReferenceMustFit(t *testing.T) {
	src, d := source(t, 1)
	for name, s := range map[string]model.Signature{
		"channels": {Channels: 3, Classes: 20, Kind: "logits"},
		"sigmoid":  {Channels: 3, Classes: 1, Activation: "sigmoid"},
		"labels":   {Channels: 3, Classes: 9, Kind: model.KindLabels},
	} {
		o := Options{Source: src, Dataset: d, Session: &fakeSession{signature: model.Signature{Channels: 3, Classes: 3, Kind: "logits"}}, Reference: &Reference{Session: &fakeSession{signature: s}}}
		if _, err := New(o); err == nil || fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "model.reference") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// keepAll is a PredictionWriter that keeps copies, and can fail.
type keepAll struct {
	mu      sync.Mutex
	labels  map[string][]int16
	margins map[string][]uint8
	err     error
}

func (k *keepAll) Write(image string, predicted, truth *raster.Labels, margins []uint8) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.labels[image], k.margins[image] = slices.Clone(predicted.Class), slices.Clone(margins)
	return k.err
}

// TestStorePredictions: what is stored is what was scored, without losses or thumbnails, too; an error ends the run.
func TestStorePredictions(t *testing.T) {
	k := &keepAll{labels: map[string][]int16{}, margins: map[string][]uint8{}}
	e := evaluator(t, &fakeSession{change: small}, 5, func(o *Options) { o.Losses, o.Gallery = nil, record.Gallery{} })
	e.StorePredictions(k)
	records, err := consume(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	want := labelsOf(t, &fakeSession{change: small}, nil)
	for i, r := range records {
		if !slices.Equal(k.labels[r.Image], want[i]) || len(k.margins[r.Image]) != r.Width*r.Height {
			t.Errorf("%s: %d labels and %d margins of %d pixels", r.Image, len(k.labels[r.Image]), len(k.margins[r.Image]), r.Width*r.Height)
		}
	}
	k.err = fault.Usagef("the disk is full")
	e = evaluator(t, &fakeSession{}, 5, nil)
	e.StorePredictions(k)
	if _, err := consume(t.Context(), e); err == nil || fault.KindOf(err) != fault.Usage {
		t.Errorf("the run goes on: %v", err)
	}
}
