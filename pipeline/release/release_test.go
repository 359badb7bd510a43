package release

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/rss"
	"github.com/segmetry/segmetry/internal/stats"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/metrics"
	"github.com/segmetry/segmetry/pipeline/slicing"
)

// evaluator is one of so many classes, with the document's losses and the standard measures.
func evaluator(t testing.TB, classes int) *pipeline.Evaluator {
	t.Helper()
	var names []string
	for c := range classes {
		names = append(names, fmt.Sprint("c", c))
	}
	e, err := pipeline.NewPast(record.Model{Kind: "logits", Activation: "softmax", Channels: classes}, names, pipeline.Options{
		Losses: []losses.Spec{{Name: "ce"}, {Name: "soft_dice"}}, Metrics: []metrics.Spec{{Name: "standard"}}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// images makes rows of images whose pixels are right with a chance that varies from image to image, less drop.
func images(e *pipeline.Evaluator, n int, seed uint64, drop float64) iter.Seq2[*pipeline.Row, error] {
	classes := len(e.Columns().Classes)
	return func(yield func(*pipeline.Row, error) bool) {
		for i := range n {
			random := rand.New(rand.NewPCG(seed, uint64(i)))
			states := e.Measures().Take()
			counts := states[0].Counts
			clear(counts)
			right := 0.6 + 0.3*random.Float64() - drop
			for t := range classes {
				area := int64(100 + random.IntN(1000))
				good := int64(math.Round(right * float64(area)))
				for p, k := range map[int]int64{t: good, (t + 1) % classes: area - good} {
					counts[t*classes+p] += k
					counts[classes*classes+t] += k
					counts[classes*classes+classes+p] += k
					counts[classes*classes+2*classes] += k
				}
			}
			r := &pipeline.Row{Record: &record.Record{Index: i, Image: fmt.Sprint(i), Status: record.OK, ValidPixels: counts[len(counts)-1],
				Losses: []float64{1 - right, 1 - right}}, States: states, LossState: e.NewLossState(), LabelHash: uint64(right * 1e9)}
			if !yield(r, nil) {
				return
			}
		}
	}
}

func side(e *pipeline.Evaluator, n int, seed uint64, drop float64) Side {
	return Side{RunSide: record.RunSide{Dir: "run"}, Evaluator: e, Rows: images(e, n, seed, drop), Measured: map[string]float64{"latency.p95_ms": 10}}
}

func mIoU(t testing.TB, line string) []gate.Gate {
	t.Helper()
	g, err := gate.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	return []gate.Gate{g}
}

// TestCompareClosedForms: runs of the same images differ in nothing; where every pixel count drops by a known share of
// the truth, pixel accuracy drops by that share.
func TestCompareClosedForms(t *testing.T) {
	e := evaluator(t, 4)
	same, err := Compare(side(e, 30, 1, 0), side(e, 30, 1, 0), mIoU(t, "mIoU: non-inferior by 0"), Options{Options: stats.Options{Resamples: 500}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range same.Changes {
		if math.IsNaN(c.New) {
			continue // the rows have no state of the losses
		}
		if c.Difference != 0 || !math.IsNaN(c.CI.Low) && (c.CI != record.Interval{}) || !math.IsNaN(c.P) && c.P != 1 {
			t.Errorf("%s[%s] of the same images: %+v", c.Name, c.Class, c)
		}
	}
	if same.Verdict != gate.Passed || same.Effect.Same != 30 || same.Flips == nil {
		t.Errorf("%+v", same)
	}
	worse, err := Compare(side(e, 30, 1, 0), side(e, 30, 1, 0.1), mIoU(t, "aAcc: non-inferior by 0.05"), Options{Options: stats.Options{Resamples: 500}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range worse.Changes {
		if c.Name == "aAcc" && (math.Abs(c.Difference+0.1) > 1e-3 || c.CI.Low > c.Difference || c.CI.High < c.Difference || c.P > 0.01) { // counts are rounded to whole pixels of some hundred
			t.Errorf("aAcc: %+v; want −0.1", c)
		}
	}
	if worse.Verdict != gate.Failed || worse.Effect.Worse != 30 || worse.Flips != nil || worse.FlipsWhy == "" {
		t.Errorf("%v, %+v, %v", worse.Verdict, worse.Effect, worse.FlipsWhy)
	}
}

// TestPairing: images that one run alone has are left out and said; so are those in another order found.
func TestPairing(t *testing.T) {
	e := evaluator(t, 3)
	backwards := func(yield func(*pipeline.Row, error) bool) {
		var rows []*pipeline.Row
		for r := range images(e, 10, 1, 0) {
			rows = append(rows, r)
		}
		for i := range rows {
			if !yield(rows[len(rows)-1-i], nil) {
				return
			}
		}
	}
	next := side(e, 0, 0, 0)
	next.Rows = backwards
	r, err := Compare(side(e, 12, 1, 0), next, nil, Options{Options: stats.Options{Resamples: 100}, Allow: []string{"images"}})
	if err != nil || r.Paired != 10 || r.OnlyBase != 2 || r.OnlyNew != 0 || !r.Comparable || r.Effect.Same != 10 {
		t.Errorf("%+v, %v", r, err)
	}
	next.Rows = backwards
	if r, err := Compare(side(e, 12, 1, 0), next, nil, Options{Options: stats.Options{Resamples: 100}}); err != nil || r.Comparable {
		t.Errorf("without --allow images: %v, %v", r.Comparable, err)
	}
}

// named keeps the rows of images whose names begin so.
func named(rows iter.Seq2[*pipeline.Row, error], prefix string) iter.Seq2[*pipeline.Row, error] {
	return func(yield func(*pipeline.Row, error) bool) {
		for r, err := range rows {
			if (err != nil || strings.HasPrefix(r.Image, prefix)) && !yield(r, err) {
				return
			}
		}
	}
}

// TestSlices: a gate that is asked of slices has a verdict for each, of the figures and intervals that a comparison of the
// slice's images alone has, with groups as without; the slices are listed, the worst first.
func TestSlices(t *testing.T) {
	e := evaluator(t, 4)
	ways, err := slicing.Compile([]slicing.Spec{{Name: "path:^(?P<first>[0-9])"}}, slicing.Data{})
	if err != nil {
		t.Fatal(err)
	}
	by := ways[0].By
	for name, group := range map[string]func(string) string{"images": nil, "groups": func(image string) string { return image[len(image)-1:] }} {
		o := Options{Options: stats.Options{Resamples: 300}, Group: group}
		alone := [2]Side{side(e, 0, 0, 0), side(e, 0, 0, 0)}
		alone[0].Rows, alone[1].Rows = named(images(e, 60, 1, 0), "3"), named(images(e, 60, 2, 0.1), "3")
		want, err := Compare(alone[0], alone[1], nil, o)
		if err != nil {
			t.Fatal(err)
		}
		o.Slices = ways
		r, err := Compare(side(e, 60, 1, 0), side(e, 60, 2, 0.1), mIoU(t, "mIoU in "+by+"=*: no worse by 0.02"), o)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Gates) != 10 || len(r.Slices) != 10 || want.Paired != 11 {
			t.Fatalf("%s: %d gates, %d slices, %d pairs", name, len(r.Gates), len(r.Slices), want.Paired)
		}
		found := false
		for _, c := range want.Changes {
			for _, g := range r.Gates {
				if c.Name == "mIoU" && g.Slice == by+"=3" {
					found = true
					if g.Base != c.Base || g.New != c.New || g.CI != c.CI || g.Images != 11 || g.Verdict != gate.Failed {
						t.Errorf("%s: %+v; alone %+v", name, g, c)
					}
				}
			}
		}
		if !found || r.Slices[0].Change.Difference > r.Slices[9].Change.Difference {
			t.Errorf("%s: %+v", name, r.Slices)
		}
		if r, err = Compare(side(e, 60, 1, 0), side(e, 60, 2, 0), mIoU(t, "mIoU in "+by+"=x*: min 0"), o); err != nil || r.Gates[0].Verdict != gate.Failed || !strings.Contains(r.Gates[0].Why, "no slice") {
			t.Errorf("%s, no such slice: %+v, %v", name, r.Gates, err)
		}
	}
}

// TestCorrelations: ranks that agree have a correlation of 1, and its p-value is the normal one, twice the share beyond √(n−1).
func TestCorrelations(t *testing.T) {
	var p properties
	var gain []float64
	for i := range 5 {
		p.add(&pipeline.Row{Record: &record.Record{Width: 10 + i, Height: 10, Brightness: 7}})
		gain = append(gain, math.Exp(float64(i)))
	}
	list := p.correlations(gain)
	if len(list) != 1 || list[0].With != "image size" || math.Abs(list[0].Rho-1) > 1e-12 || math.Abs(list[0].P-0.04550026389635842) > 1e-12 { // scipy.stats.norm.sf(2)*2
		t.Errorf("%+v", list)
	}
}

// BenchmarkCompare is a comparison of 5,000 images of 21 classes with 2,000 resamples; the bars are 3 s and 500 MB.
func BenchmarkCompare(b *testing.B) {
	e := evaluator(b, 21)
	for b.Loop() {
		if _, err := Compare(side(e, 5000, 1, 0), side(e, 5000, 2, 0.01), mIoU(b, "mIoU: non-inferior by 0.005"), Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rss.Peak())/(1<<20), "peak-MiB")
}
