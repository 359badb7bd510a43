package kernel

import "encoding/binary"

// Kernels over labels, sixteen bits each where not said otherwise.

func widenGo(dst []int32, labels []int16) {
	dst = dst[:len(labels)]
	for i, t := range labels {
		dst[i] = int32(t)
	}
}

func narrowGo(dst []int16, wide []int32) {
	dst = dst[:len(wide)]
	for i, t := range wide {
		dst[i] = int16(t)
	}
}

// ownGo is the twin of own.
func ownGo(a, b *Pixels, from, other []float32, labels *Indices, planes, n int) {
	other = other[:len(from)]
	for i, t := range labels[:n] {
		if uint32(t) >= uint32(planes) {
			t = 0
		}
		k := int(t)*Block + i
		a[i], b[i] = from[k], other[k]
	}
}

func shownGo(dst []byte, truth, predicted []int16) {
	predicted = predicted[:len(truth)]
	for i, t := range truth {
		binary.LittleEndian.PutUint16(dst[2*i:], uint16(predicted[i]|t>>15))
	}
}
