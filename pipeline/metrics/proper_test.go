package metrics

import (
	"math"
	"testing"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
)

// TestClips: of probabilities 0 and 1 of the truth (closed forms; tolerance 1e-12). Logits are clipped where a clip is asked for alone.
func TestClips(t *testing.T) {
	labels := &raster.Labels{Width: 2, Height: 1, Class: []int16{0, 1}}
	const given, logits = true, false
	for _, c := range []struct {
		options string
		given   bool
		want    float64
	}{
		{"{}", given, -math.Log(smallest) / 2},
		{"{clip: 0}", given, math.Inf(1)},
		{"{clip: 0.01}", given, -(math.Log(0.01) + math.Log(0.99)) / 2},
		{"{}", logits, 500},
		{"{clip: 0}", logits, 500},
		{"{clip: 0.01}", logits, -(math.Log(0.01) + math.Log(0.99)) / 2},
	} {
		set, err := Compile([]Spec{asking("x", "nll", c.options)}, Shape{Classes: 2, Scores: true})
		if err != nil {
			t.Fatal(err)
		}
		scanner, err := pass.NewScanner(pass.Options{Channels: 2, Classes: 2})
		if err != nil {
			t.Fatal(err)
		}
		meter, total := set.NewMeter(), set.NewTotal()
		meter.Reset(nil)
		if c.given {
			meter.Reset([]float32{0, 0, 1, 1})
		}
		predicted := &raster.Labels{Width: 2, Height: 1, Class: make([]int16, 2)}
		scores := pass.Scores{Data: []float32{0, 0, 1000, 1000}, Channels: 2, Height: 1, Width: 2}
		if _, err := scanner.Scan(scores, pass.Window{}, labels, meter, keepPredictions{predicted}); err != nil {
			t.Fatal(err)
		}
		total.Add(meter.Finish(labels, predicted))
		if got := total.Metrics()[0].Value.Value; got != c.want && !(math.Abs(got-c.want) <= 1e-12*c.want) {
			t.Errorf("%s, given %t: %v, want %v", c.options, c.given, got, c.want)
		}
	}
}
