//go:build amd64 && !purego

package kernel

// The kernels of labels.go in AVX2, on AVX-512 machines too.

// Widen writes labels as 32 bits.
func Widen(dst []int32, labels []int16) { widen(set, dst, labels) }

func widen(set int, dst []int32, labels []int16) {
	n := wholeLabels(set, len(labels))
	if dst = dst[:len(labels)]; n > 0 {
		widenAVX2(&dst[0], &labels[0], n)
	}
	widenGo(dst[n:], labels[n:])
}

// Narrow writes numbers that fit as 16 bits.
func Narrow(dst []int16, wide []int32) { narrow(set, dst, wide) }

func narrow(set int, dst []int16, wide []int32) {
	n := wholeLabels(set, len(wide))
	if dst = dst[:len(wide)]; n > 0 {
		narrowAVX2(&dst[0], &wide[0], n)
	}
	narrowGo(dst[n:], wide[n:])
}

// Own takes of each pixel the values of two blocks in the plane that its label is; the first plane's where it is none.
func Own(a, b *Pixels, from, other []float32, labels *Indices, planes, n int) {
	own(set, a, b, from, other, labels, planes, n)
}

func own(set int, a, b *Pixels, from, other []float32, labels *Indices, planes, n int) {
	_, _ = from[planes*Block-1], other[planes*Block-1]
	if set == setGo {
		ownGo(a, b, from, other, labels, planes, n)
		return
	}
	ownAVX2(&a[0], &b[0], &from[0], &other[0], &labels[0], planes, span(n))
}

// Shown writes predicted labels in little-endian order, all ones where the truth is negative.
func Shown(dst []byte, truth, predicted []int16) { shown(set, dst, truth, predicted) }

func shown(set int, dst []byte, truth, predicted []int16) {
	n := wholeLabels(set, len(truth))
	if dst, predicted = dst[:2*len(truth)], predicted[:len(truth)]; n > 0 {
		shownAVX2(&dst[0], &truth[0], &predicted[0], n)
	}
	shownGo(dst[2*n:], truth[n:], predicted[n:])
}

// wholeLabels is how many of n labels the vector kernels take.
func wholeLabels(set, n int) int {
	if set == setGo || n < 16 {
		return 0
	}
	return n &^ 15
}
