package pipeline

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/model"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// fakeSession is a model whose logits are the input's three channels, and which can be slow, wrong or broken.
type fakeSession struct {
	signature model.Signature
	delay     time.Duration
	change    func(image int, p *model.Prediction) error
	runs      atomic.Int64
}

func (s *fakeSession) Signature() model.Signature       { return s.signature }
func (s *fakeSession) NewRunner() (model.Runner, error) { return &fakeRunner{session: s}, nil }
func (s *fakeSession) Placement() record.Placement      { return record.Placement{} }
func (s *fakeSession) Close() error                     { return nil }

type fakeRunner struct {
	session *fakeSession
	shape   []int64
	data    []float32
}

func (r *fakeRunner) Input(shape []int64) ([]float32, error) {
	r.shape, r.data = shape, make([]float32, shape[1]*shape[2]*shape[3])
	return r.data, nil
}

func (r *fakeRunner) Run(ctx context.Context) (model.Prediction, error) {
	select {
	case <-ctx.Done():
		return model.Prediction{}, ctx.Err()
	case <-time.After(r.session.delay):
	}
	p := model.Prediction{Kind: "logits", Logits: r.data, Channels: int(r.shape[1]), Height: int(r.shape[2]), Width: int(r.shape[3])}
	if r.session.change != nil {
		err := r.session.change(int(r.session.runs.Add(1))-1, &p)
		return p, err
	}
	return p, nil
}

func (r *fakeRunner) Close() error { return nil }

// source is the quickstart's folder.
func source(t *testing.T, limit int) (dataset.Source, dataset.Options) {
	t.Helper()
	o := dataset.DefaultOptions()
	o.Images, o.Masks, o.Classes, o.Limit = "../testdata/quickstart/images", "../testdata/quickstart/masks", []string{"background", "interior", "border"}, limit
	s, err := dataset.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s, o
}

func evaluator(t *testing.T, s *fakeSession, limit int, change func(*Options)) *Evaluator {
	t.Helper()
	if s.signature.Channels == 0 {
		s.signature = model.Signature{Channels: 3, Classes: 3, Kind: "logits", Activation: "softmax"}
	}
	src, d := source(t, limit)
	o := Options{Source: src, Session: s, Dataset: d, Preprocess: dataset.DefaultPreprocess(), Losses: []losses.Spec{{Name: "ce"}, {Name: "soft_dice"}}, Metrics: []metrics.Spec{{Name: "standard"}}, Workers: 2, Gallery: record.Gallery{Worst: 2}}
	if change != nil {
		change(&o)
	}
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// consume returns the records and the error that ended the run.
func consume(ctx context.Context, e *Evaluator) (records []*Record, err error) {
	for r, err := range e.Run(ctx) {
		if err != nil {
			return records, err
		}
		records = append(records, r)
	}
	return records, nil
}

func TestRunInOrder(t *testing.T) {
	e := evaluator(t, &fakeSession{}, 9, func(o *Options) { o.Workers = 4 })
	records, err := consume(t.Context(), e)
	if err != nil || len(records) != 9 || e.Err() != nil {
		t.Fatal(len(records), err, e.Err())
	}
	for i, r := range records {
		if r.Index != i || r.Status != record.OK || r.ValidPixels != int64(r.Width*r.Height) {
			t.Errorf("record %d: %+v", i, r)
		}
	}
	s := e.Summary()
	if s.Counts.OK != 9 || len(e.Thumbnails()) != 2 || e.Stages()["inference"].P50MS < 0 {
		t.Errorf("%+v", s.Counts)
	}
	mean := 0.0
	for _, r := range records {
		mean += r.Losses[0] / 9
	}
	if got := s.Losses[0].Value.Value; math.Abs(got-mean) > 1e-12 {
		t.Errorf("the mean of ce is %v, want %v", got, mean)
	}
}

func TestInterruptEndsWithinASecond(t *testing.T) {
	e := evaluator(t, &fakeSession{delay: time.Hour}, 0, nil)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	start := time.Now()
	records, err := consume(ctx, e)
	if !errors.Is(err, context.Canceled) || len(records) != 0 || time.Since(start) > time.Second {
		t.Errorf("%d records, %v after %v", len(records), err, time.Since(start))
	}
	if s := e.Summary(); s.Counts.Images != 0 {
		t.Errorf("%+v", s.Counts)
	}
}

func TestConsumerMayStop(t *testing.T) {
	e := evaluator(t, &fakeSession{}, 0, nil)
	for range e.Run(t.Context()) {
		break
	}
	if n := e.Summary().Counts.Images; n != 1 {
		t.Errorf("%d images", n)
	}
}

func TestOneImageFails(t *testing.T) {
	for name, c := range map[string]struct {
		change func(int, *model.Prediction) error
		say    string
	}{
		"the model fails": {func(i int, _ *model.Prediction) error { return pick(i == 0, errors.New("node Conv_3 failed")) }, "Conv_3"},
		"wrong channels":  {func(i int, p *model.Prediction) error { p.Channels = 3 - btoi(i == 0); return nil }, "expected 3 channels"},
		"a decoder panics": {func(i int, p *model.Prediction) error {
			p.Logits = p.Logits[:len(p.Logits)*(1-btoi(i == 0))]
			return nil
		}, "scores of"},
		"an internal mishap": {func(i int, _ *model.Prediction) error { panicIf(i == 0); return nil }, "internal error"},
	} {
		t.Run(name, func(t *testing.T) {
			one := func(o *Options) { o.Workers = 1 }
			e := evaluator(t, &fakeSession{change: c.change}, 3, one)
			records, err := consume(t.Context(), e)
			if err != nil || len(records) != 3 || records[0].Status != record.Failed || !strings.Contains(records[0].Error, c.say) {
				t.Fatalf("%v: %+v", err, records[0])
			}
			if err := e.Err(); err == nil || fault.KindOf(err) != fault.Runtime {
				t.Errorf("policy fail: %v", err)
			}
			e = evaluator(t, &fakeSession{change: c.change}, 3, func(o *Options) { one(o); o.OnError = OnErrorSkip })
			if records, _ := consume(t.Context(), e); records[0].Status != record.Skipped || e.Err() != nil {
				t.Errorf("policy skip: %+v, %v", records[0], e.Err())
			}
		})
	}
}

func pick(bad bool, err error) error {
	if bad {
		return err
	}
	return nil
}

func panicIf(bad bool) {
	if bad {
		panic("boom")
	}
}

func TestNaNLogitsAreCountedAndShown(t *testing.T) {
	e := evaluator(t, &fakeSession{change: func(i int, p *model.Prediction) error {
		if i == 0 {
			p.Logits[5] = float32(math.NaN())
		}
		return nil
	}}, 2, func(o *Options) { o.Workers = 1 })
	records, err := consume(t.Context(), e)
	if err != nil || records[0].NaNPixels != 1 || !math.IsNaN(records[0].Losses[0]) || !strings.Contains(records[0].Error, "NaN") || records[0].Status != record.OK {
		t.Fatalf("%v %+v", err, records[0])
	}
	s := e.Summary()
	if s.Counts.NaNPixels != 1 || s.Losses[0].Value.NValid != 1 || !math.IsNaN(s.Losses[0].Pooled) {
		t.Errorf("%+v %+v", s.Counts, s.Losses[0])
	}
}

// brokenSource cannot be listed to its end.
type brokenSource struct{ dataset.Source }

func (b brokenSource) Items() iter.Seq2[dataset.Item, error] {
	return func(yield func(dataset.Item, error) bool) {
		yield(dataset.Item{}, fault.Dataf("the disk is gone"))
	}
}

func TestListingFails(t *testing.T) {
	e := evaluator(t, &fakeSession{}, 1, func(o *Options) { o.Source = brokenSource{o.Source} })
	if _, err := consume(t.Context(), e); err == nil || !strings.Contains(err.Error(), "the disk is gone") {
		t.Error(err)
	}
	if err := e.Err(); err == nil {
		t.Error("an empty run is no success")
	}
}

func TestNewRefuses(t *testing.T) {
	src, d := source(t, 1)
	base := Options{Source: src, Dataset: d, Preprocess: dataset.DefaultPreprocess()}
	for name, c := range map[string]struct {
		signature model.Signature
		change    func(*Options)
		say       string
	}{
		"more channels than classes": {model.Signature{Channels: 3, Classes: 20}, nil, "20 channels"},
		"sigmoid for three":          {model.Signature{Channels: 3, Classes: 1, Activation: "sigmoid"}, nil, "label_map"},
		"class map too far":          {model.Signature{Channels: 3, Classes: 2}, func(o *Options) { o.ClassMap = []int16{0, 9} }, "class 9"},
		"class map too short":        {model.Signature{Channels: 3, Classes: 3}, func(o *Options) { o.ClassMap = []int16{0, 1} }, "names 2 channels"},
		"unknown loss":               {model.Signature{Channels: 3, Classes: 3}, func(o *Options) { o.Losses = []losses.Spec{{Name: "x"}} }, "unknown loss"},
		"unknown metric":             {model.Signature{Channels: 3, Classes: 3}, func(o *Options) { o.Metrics = []metrics.Spec{{Name: "x"}} }, "unknown metric"},
	} {
		o := base
		o.Session = &fakeSession{signature: c.signature}
		if c.change != nil {
			c.change(&o)
		}
		if _, err := New(o); err == nil || fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
	four := evaluator(t, &fakeSession{signature: model.Signature{Channels: 4, Classes: 3}}, 1, nil)
	if _, err := consume(t.Context(), four); err == nil || !strings.Contains(err.Error(), "4 channels") {
		t.Error(err)
	}
}

func TestClassMap(t *testing.T) {
	e := evaluator(t, &fakeSession{}, 2, func(o *Options) { o.ClassMap = []int16{0, 2, 1} })
	if _, err := consume(t.Context(), e); err != nil || e.Summary().Counts.OK != 2 {
		t.Error(err)
	}
}

func TestHistogramIsRightWithinOnePercent(t *testing.T) {
	var h histogram
	for i := 1; i <= 1000; i++ {
		h.add(time.Duration(i) * time.Millisecond)
	}
	for q, want := range map[float64]float64{0.5: 500, 0.95: 950, 0.99: 990} {
		if got := h.quantile(q); math.Abs(got-want) > 0.011*want {
			t.Errorf("quantile %g is %g ms, want %g", q, got, want)
		}
	}
	if (&histogram{}).quantile(0.5) != 0 {
		t.Error("no duration has a quantile")
	}
}

func TestOffline(t *testing.T) {
	s, err := NewOffline(OfflineOptions{Classes: []string{"a", "b"}, Labels: true, Metrics: []metrics.Spec{{Name: "standard"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Summary(); err == nil {
		t.Error("nothing was scored")
	}
	l := func(c ...int16) *raster.Labels { return &raster.Labels{Width: 2, Height: 1, Class: c} }
	if err := s.AddLabels("x", l(0, 1), l(0, raster.Ignored)); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string][2]*raster.Labels{"class": {l(0, 5), l(0, 1)}, "truth": {l(0, 1), l(0, 7)}, "size": {{Width: 1, Height: 1, Class: []int16{0}}, l(0, 1)}} {
		if err := s.AddLabels("x", bad[0], bad[1]); err == nil {
			t.Errorf("a wrong %s was accepted", name)
		}
	}
	if sum, err := s.Summary(); err != nil || sum.Counts.ValidPixels != 1 {
		t.Error(sum, err)
	}
}

// TestThumbnailsEncodedLateOrAtOnce: a large gallery encodes its pictures as they come, a small one in the end; they are
// the same.
func TestThumbnailsEncodedLateOrAtOnce(t *testing.T) {
	worst := func(size int) []record.Thumbnail {
		e := evaluator(t, &fakeSession{}, 9, func(o *Options) { o.Gallery.Worst = size })
		if _, err := consume(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		return e.Thumbnails()
	}
	late, once := worst(9), worst(maxDrawn+1)
	if len(late) != 9 || len(once) != 9 {
		t.Fatalf("%d and %d thumbnails of 9 images", len(late), len(once))
	}
	for i := range late {
		a, b := late[i], once[i]
		if a.Image != b.Image || len(a.Picture) == 0 || !bytes.Equal(a.Picture, b.Picture) || !bytes.Equal(a.Truth, b.Truth) || !bytes.Equal(a.Predicted, b.Predicted) {
			t.Errorf("thumbnail %d of %s and %s differs", i, a.Image, b.Image)
		}
	}
}

// TestLabelMaps: a label map of half the size is counted by nearest pixels; a class that the dataset lacks fails its
// image, unless the class map names it.
func TestLabelMaps(t *testing.T) {
	signature := model.Signature{Channels: 3, Kind: model.KindLabels}
	run := func(class int16, change func(*Options)) (*Summary, error) {
		half := func(_ int, p *model.Prediction) error {
			h, w := (p.Height+1)/2, (p.Width+1)/2
			*p = model.Prediction{Kind: model.KindLabels, Labels: slices.Repeat([]int16{class}, h*w), Channels: 1, Height: h, Width: w}
			return nil
		}
		e := evaluator(t, &fakeSession{signature: signature, change: half}, 3, func(o *Options) {
			o.Workers = 1
			if change != nil {
				change(o)
			}
		})
		if _, err := consume(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		return e.Summary(), e.Err()
	}
	s, err := run(1, nil)
	if err != nil || len(s.Losses) != 0 || s.Counts.OK != 3 {
		t.Fatalf("%+v, %v", s.Counts, err)
	}
	for truth := range 3 {
		if s.Confusion[3*truth] != 0 || s.Confusion[3*truth+2] != 0 || s.Confusion[3*truth+1] == 0 {
			t.Errorf("row %d is %v: everything was predicted as class 1", truth, s.Confusion[3*truth:][:3])
		}
	}
	if _, err := run(7, nil); err == nil || !strings.Contains(err.Error(), "class 7") {
		t.Errorf("class 7 of three: %v", err)
	}
	if s, err := run(2, func(o *Options) { o.ClassMap = []int16{0, 0, 1} }); err != nil || s.Confusion[1] == 0 {
		t.Errorf("class 2 mapped to 1: %v", err)
	}
	if _, err := run(3, func(o *Options) { o.ClassMap = []int16{0, 0, 1} }); err == nil {
		t.Error("class 3 beyond the class map was counted")
	}
	src, d := source(t, 1)
	for name, change := range map[string]func(*Options){
		"too many classes": func(o *Options) {
			o.Session = &fakeSession{signature: model.Signature{Channels: 3, Kind: model.KindLabels, Classes: 9}}
		},
		"odd class map": func(o *Options) { o.ClassMap = []int16{9} },
	} {
		o := Options{Source: src, Dataset: d, Session: &fakeSession{signature: signature}, Preprocess: dataset.DefaultPreprocess()}
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
