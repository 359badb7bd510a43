package losses

import (
	"testing"

	"github.com/segmetry/segmetry/internal/pass"
)

// meterRun returns a meter and a function that gathers one image's state.
func meterRun(t testing.TB, p *Plan, b *Batch) (*Meter, func()) {
	t.Helper()
	s, err := pass.NewScanner(pass.Options{Channels: b.Channels, Head: p.Shape().Head, Classes: p.Shape().Classes})
	if err != nil {
		t.Fatal(err)
	}
	m := p.NewMeter()
	visitors := []pass.Visitor{m}
	scores, labels := b.image(0)
	run := func() {
		m.Reset(b.Width, b.Height)
		if _, err := s.Scan(scores, pass.Window{}, labels, visitors...); err != nil {
			t.Fatal(err)
		}
		m.State()
	}
	run()
	return m, run
}

// meterState returns the state of a batch's first image.
func meterState(t testing.TB, p *Plan, b *Batch) State {
	t.Helper()
	s, err := pass.NewScanner(pass.Options{Channels: b.Channels, Head: p.Shape().Head, Classes: p.Shape().Classes})
	if err != nil {
		t.Fatal(err)
	}
	m := p.NewMeter()
	scores, labels := b.image(0)
	m.Reset(labels.Width, labels.Height)
	if _, err := s.Scan(scores, pass.Window{}, labels, m); err != nil {
		t.Fatal(err)
	}
	return m.State()
}

// BenchmarkDocumentLosses is one pass with the six losses over 21×512×512 logits.
func BenchmarkDocumentLosses(b *testing.B) {
	var specs []Spec
	for _, name := range document {
		specs = append(specs, Spec{Name: name})
	}
	p, err := Compile(specs, Shape{Softmax, 21})
	if err != nil {
		b.Fatal(err)
	}
	_, run := meterRun(b, p, randomBatch(1, p.Shape(), 1, 512, 512, 3, 0))
	for b.Loop() {
		run()
	}
}
