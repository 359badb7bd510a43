package kernel

import "testing"

// BenchmarkKernels times each kernel over one block.
func BenchmarkKernels(b *testing.B) {
	for _, j := range Jobs() {
		b.Run(j.Name, func(b *testing.B) {
			b.SetBytes(j.Bytes)
			for b.Loop() {
				j.Run()
			}
		})
	}
}
