//go:build !amd64 || purego

package kernel

// Widen writes labels as 32 bits.
func Widen(dst []int32, labels []int16) { widenGo(dst, labels) }

// Narrow writes numbers that fit as 16 bits.
func Narrow(dst []int16, wide []int32) { narrowGo(dst, wide) }

// Edges writes where the runs of equal labels end, at most [Block] labels, and returns how many there are.
func Edges(ends *Indices, labels []int16) (count int) { return edgesGo(ends, labels, 0, 0) }

// Shown writes predicted labels in little-endian order, all ones where the truth is negative.
func Shown(dst []byte, truth, predicted []int16) { shownGo(dst, truth, predicted) }
