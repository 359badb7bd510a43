package metrics

import (
	"math/rand/v2"
	"testing"

	"github.com/segmetry/segmetry/internal/pass"
)

// BenchmarkFamilies is every group on 480×360 pixels of 12 classes, from logits, with an image's values; the walk over the
// logits is in it, and is what group none takes.
func BenchmarkFamilies(b *testing.B) {
	truth, predicted := cityscape(480, 360, 12)
	r := rand.New(rand.NewPCG(1, 2))
	scores := pass.Scores{Data: make([]float32, 12*480*360), Channels: 12, Height: 360, Width: 480}
	for i := range scores.Data {
		scores.Data[i] = float32(r.NormFloat64())
	}
	for i, c := range predicted.Class {
		scores.Data[int(c)*480*360+i] += 6
	}
	for _, group := range GroupNames() {
		set, err := Compile(named(group), Shape{Classes: 12, Scores: true})
		if err != nil {
			b.Fatal(err)
		}
		scanner, _ := pass.NewScanner(pass.Options{Channels: 12, Classes: 12})
		m, total := set.NewMeter(), set.NewTotal()
		b.Run(group, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Reset(nil)
				if _, err := scanner.Scan(scores, pass.Window{}, truth, m); err != nil {
					b.Fatal(err)
				}
				states := m.Finish(truth, predicted)
				means, perClass := set.Values(states)
				total.AddRow(states, means, perClass)
				set.Release(states)
			}
		})
	}
}
