package losses

import (
	"slices"
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

// TestSharedSums: losses that are summed once for all have the sums that they have alone.
func TestSharedSums(t *testing.T) {
	for _, shape := range []Shape{{Softmax, 5}, {Sigmoid, 2}} {
		names := []string{"ce", "bce", "weighted_bce", "combo"}
		plan := func(names ...string) *Plan {
			var specs []Spec
			for _, name := range names {
				specs = append(specs, Spec{Name: name})
			}
			p, err := Compile(specs, shape)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		together, b := plan(names...), randomBatch(1, shape, 1, 30, 40, 3, 0.1)
		state := meterState(t, together, b)
		for k, name := range names {
			alone := plan(name)
			want := meterState(t, alone, b)
			for i := range alone.parts {
				if got, want := together.own(state, together.outputs[k].first+i), alone.own(want, i); !slices.Equal(got, want) {
					t.Errorf("%v: part %d of %s sums %v beside others, %v alone", shape, i, name, got, want)
				}
			}
		}
	}
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
