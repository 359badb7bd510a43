package losses

import (
	"math"
	"testing"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// severalLabels is a batch of images whose labels overlap: Labels is Images×Channels×Height×Width. The last label of the
// first image is ignored everywhere.
func severalLabels(images, labels, h, w int) *Batch {
	b := randomBatch(5, Shape{Sigmoid, 2}, images*labels, h, w, 2, 0.1)
	all := &Batch{Images: images, Channels: labels, Height: h, Width: w, Logits: b.Logits, Labels: b.Labels}
	for i := (labels - 1) * h * w; i < labels*h*w; i++ {
		all.Labels[i] = raster.Ignored
	}
	return all
}

// allSigmoid compiles every loss that a one-channel head has.
func allSigmoid(t *testing.T, labels int) *MultiLabel {
	t.Helper()
	var specs []Spec
	for _, name := range Names() {
		s := defaultSpec(name)
		s.IfFits = true
		specs = append(specs, s)
	}
	p, err := Compile(specs, Shape{Sigmoid, 2})
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMultiLabel(p, labels)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestLabelMeterIsScore: one walk over the labels gives what MultiLabel.Score gives of each image; and the sum of the
// images' states gives the batch's losses where these are functions of sums. The sums are the same, in another order
// where images are added up: 1e-12.
func TestLabelMeterIsScore(t *testing.T) {
	const labels = 3
	m := allSigmoid(t, labels)
	all := severalLabels(2, labels, 20, 33)
	scanner, err := pass.NewLabelScanner(pass.LabelOptions{Labels: labels})
	if err != nil {
		t.Fatal(err)
	}
	meter, total, got := m.NewMeter(), m.NewState(), make([]Result, len(m.Labels()))
	size := labels * 20 * 33
	for n := range all.Images {
		one := &Batch{Images: 1, Channels: labels, Height: 20, Width: 33, Logits: all.Logits[n*size:][:size], Labels: all.Labels[n*size:][:size]}
		want, err := m.Score(one, nil)
		if err != nil {
			t.Fatal(err)
		}
		meter.Reset(33, 20)
		scores := pass.Scores{Data: one.Logits, Channels: labels, Height: 20, Width: 33}
		if _, err := scanner.Scan(scores, pass.Window{}, &pass.PlaneTruth{Width: 33, Height: 20, Planes: one.Labels}, meter); err != nil {
			t.Fatal(err)
		}
		total.Add(meter.State())
		meter.Evaluate(got)
		for k, name := range m.Labels() {
			if got[k] != want[k] {
				t.Errorf("%s of image %d is %v, want %v", name, n, got[k], want[k])
			}
		}
	}
	m.Evaluate(total, got)
	want, err := m.Score(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for k, name := range m.Labels() {
		if len(m.plan.outputs[k].Parts) > 1 || m.plan.parts[m.plan.outputs[k].first].PerImage() || math.IsNaN(got[k].Value) {
			continue
		}
		compared++
		if math.Abs(got[k].Value-want[k].Value) > 1e-12*max(1, math.Abs(want[k].Value)) {
			t.Errorf("%s pooled is %v, want %v", name, got[k], want[k])
		}
	}
	if compared < 5 {
		t.Errorf("only %d losses have a pooled value", compared)
	}
}

// TestLabelProfileIsTheGradient compares norms with those of the whole gradient that MultiLabel.Score gives, which holds
// float32: 1e-5.
func TestLabelProfileIsTheGradient(t *testing.T) {
	const labels = 3
	m := allSigmoid(t, labels)
	b := severalLabels(1, labels, 16, 20)
	gradients := make([][]float32, len(m.Labels()))
	for k := range gradients {
		gradients[k] = make([]float32, len(b.Logits))
	}
	if _, err := m.Score(b, gradients); err != nil {
		t.Fatal(err)
	}
	scanner, err := pass.NewLabelScanner(pass.LabelOptions{Labels: labels})
	if err != nil {
		t.Fatal(err)
	}
	meter, truth := m.NewMeter(), &pass.PlaneTruth{Width: 20, Height: 16, Planes: b.Labels}
	scores := pass.Scores{Data: b.Logits, Channels: labels, Height: 16, Width: 20}
	meter.Reset(20, 16)
	if _, err := scanner.Scan(scores, pass.Window{}, truth, meter); err != nil {
		t.Fatal(err)
	}
	meter.State()
	profiler, err := m.NewProfiler()
	if err != nil {
		t.Fatal(err)
	}
	got, err := profiler.Profile(meter, scores, pass.Window{}, truth)
	if err != nil {
		t.Fatal(err)
	}
	for k, name := range m.Labels() {
		var l1, l2, foreground float64
		for i, x := range gradients[k] {
			l1 += math.Abs(float64(x))
			l2 += float64(x) * float64(x)
			if b.Labels[i] == 1 {
				foreground += math.Abs(float64(x))
			}
		}
		for figure, pair := range map[string][2]float64{"L1": {got[k].L1, l1}, "L2": {got[k].L2, math.Sqrt(l2)}, "foreground": {got[k].Foreground, foreground / l1}} {
			if x, want := pair[0], pair[1]; math.IsNaN(x) != math.IsNaN(want) || math.Abs(x-want) > 1e-5*max(1e-3, math.Abs(want)) {
				t.Errorf("%s of %s is %v, want %v", figure, name, x, want)
			}
		}
		if h := got[k].Hardest; l1 > 0 && !(h > 0 && h <= 1) {
			t.Errorf("the hardest tenth of %s has a share of %v", name, h)
		}
	}
}

// BenchmarkLabels is one walk with the six document losses over four labels of 512×512 logits, in the labels' size and
// from a quarter of it; and BenchmarkOneLabel the same over one of them as a head of one channel, four times.
func BenchmarkLabels(b *testing.B) {
	for name, side := range map[string]int{"same size": 512, "from a quarter": 128} {
		b.Run(name, func(b *testing.B) {
			m, batch := documentLabels(b, side)
			scanner, err := pass.NewLabelScanner(pass.LabelOptions{Labels: 4})
			if err != nil {
				b.Fatal(err)
			}
			meter, truth := m.NewMeter(), &pass.PlaneTruth{Width: 512, Height: 512, Planes: batch.Labels}
			visitors, results := []pass.LabelVisitor{meter}, make([]Result, len(m.Labels()))
			b.ReportAllocs()
			for b.Loop() {
				meter.Reset(512, 512)
				if _, err := scanner.Scan(pass.Scores{Data: batch.Logits, Channels: 4, Height: side, Width: side}, pass.Window{}, truth, visitors...); err != nil {
					b.Fatal(err)
				}
				meter.State()
				meter.Evaluate(results)
			}
		})
	}
}

func BenchmarkOneLabel(b *testing.B) {
	for name, side := range map[string]int{"same size": 512, "from a quarter": 128} {
		b.Run(name, func(b *testing.B) {
			m, batch := documentLabels(b, side)
			scanner, err := pass.NewScanner(pass.Options{Channels: 1, Classes: 2, Head: Sigmoid})
			if err != nil {
				b.Fatal(err)
			}
			meter, results := m.plan.NewMeter(), make([]Result, len(m.Labels()))
			visitors := []pass.Visitor{meter}
			b.ReportAllocs()
			for b.Loop() {
				for c := range 4 {
					labels := &raster.Labels{Width: 512, Height: 512, Class: batch.Labels[c*512*512:][:512*512]}
					meter.Reset(512, 512)
					scores := pass.Scores{Data: batch.Logits[c*side*side:][:side*side], Channels: 1, Height: side, Width: side}
					if _, err := scanner.Scan(scores, pass.Window{}, labels, visitors...); err != nil {
						b.Fatal(err)
					}
					meter.State()
					meter.Evaluate(results)
				}
			}
		})
	}
}

// documentLabels are the document's losses of four labels, and an image of 512×512 with logits of another side.
func documentLabels(b *testing.B, side int) (*MultiLabel, *Batch) {
	b.Helper()
	var specs []Spec
	for _, name := range document {
		specs = append(specs, Spec{Name: name})
	}
	p, err := Compile(specs, Shape{Sigmoid, 2})
	if err != nil {
		b.Fatal(err)
	}
	m, err := NewMultiLabel(p, 4)
	if err != nil {
		b.Fatal(err)
	}
	batch := severalLabels(1, 4, 512, 512)
	batch.Logits = batch.Logits[:4*side*side]
	return m, batch
}
