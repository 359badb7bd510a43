//go:build !amd64 || purego

package kernel

// Widen writes labels as 32 bits.
func Widen(dst []int32, labels []int16) { widenGo(dst, labels) }

// Narrow writes numbers that fit as 16 bits.
func Narrow(dst []int16, wide []int32) { narrowGo(dst, wide) }

// Own takes of each pixel the values of two blocks in the plane that its label is; the first plane's where it is none.
func Own(a, b *Pixels, from, other []float32, labels *Indices, planes, n int) {
	ownGo(a, b, from, other, labels, planes, n)
}

// Shown writes predicted labels in little-endian order, all ones where the truth is negative.
func Shown(dst []byte, truth, predicted []int16) { shownGo(dst, truth, predicted) }
