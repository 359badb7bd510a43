package pass

import "math"

// Margins writes to dst how far each pixel's largest logit is above the next one, after merging; of a sigmoid head how far
// the logit is from the threshold's. It is NaN where a logit that decides is, and where there is one class alone. The block
// must have its statistics: LabelsOnly merges nothing.
func (b *Block) Margins(dst []float32) {
	dst = dst[:b.N]
	switch {
	case b.Head == Sigmoid:
		for i, x := range b.Z[:b.N] {
			dst[i] = abs(x - b.threshold)
		}
		return
	case b.Planes < 2:
		for i := range dst {
			dst[i] = float32(math.NaN())
		}
		return
	}
	top := b.Stats.Top[:b.N]
	for i := range dst {
		dst[i] = -inf
	}
	for c := range b.Planes {
		for i, x := range b.Z[c*BlockSize:][:b.N] {
			if top[i] != int32(c) && (x > dst[i] || x != x) {
				dst[i] = x // NaN stays: nothing is above it
			}
		}
	}
	for i, next := range dst {
		dst[i] = b.Z[int(top[i])*BlockSize+i] - next
	}
}
