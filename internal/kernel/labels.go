package kernel

import "encoding/binary"

// Kernels over labels, sixteen bits each. They come in runs of one class.

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

// edgesGo adds the ends from the given label on to ends, which has count.
func edgesGo(ends *Indices, labels []int16, count, from int) int {
	for i := from + 1; i < len(labels); i++ {
		if labels[i] != labels[i-1] {
			ends[count] = int32(i)
			count++
		}
	}
	if len(labels) > 0 {
		ends[count] = int32(len(labels))
		count++
	}
	return count
}

func shownGo(dst []byte, truth, predicted []int16) {
	predicted = predicted[:len(truth)]
	for i, t := range truth {
		binary.LittleEndian.PutUint16(dst[2*i:], uint16(predicted[i]|t>>15))
	}
}
