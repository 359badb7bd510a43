package losses

import "testing"

// The four losses of the published comparison, over 21×512×512 logits.
var four = []Spec{{Name: "ce"}, {Name: "focal"}, {Name: "soft_dice"}, {Name: "soft_iou"}}

func compileFor(b *testing.B, specs []Spec) *Plan {
	p, err := Compile(specs, Shape{Softmax, 21})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// BenchmarkFourValues is one pass for four values.
func BenchmarkFourValues(b *testing.B) {
	p := compileFor(b, four)
	_, run := meterRun(b, p, randomBatch(1, p.Shape(), 1, 512, 512, 3, 0))
	for b.Loop() {
		run()
	}
}

// BenchmarkFourGradients is the values and all four gradients, each in full.
func BenchmarkFourGradients(b *testing.B) {
	p := compileFor(b, four)
	batch := randomBatch(1, p.Shape(), 1, 512, 512, 3, 0)
	gradients := make([][]float32, len(four))
	for k := range gradients {
		gradients[k] = make([]float32, len(batch.Logits))
	}
	for b.Loop() {
		if _, err := p.Score(batch, gradients); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLovaszValue is Lovász-softmax over all 21 classes.
func BenchmarkLovaszValue(b *testing.B) {
	p := compileFor(b, []Spec{{Name: "lovasz_softmax"}})
	_, run := meterRun(b, p, randomBatch(1, p.Shape(), 1, 512, 512, 3, 0))
	for b.Loop() {
		run()
	}
}
