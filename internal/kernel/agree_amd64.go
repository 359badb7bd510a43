//go:build amd64 && !purego

package kernel

import "math"

// agrees compares an instruction set with the twins on one block of three planes, bit for bit: a processor or an
// emulator that computes otherwise gets the next set down.
func agrees(set int) bool {
	const planes, n = 3, 203
	z := make([]float32, planes*Block)
	var labels Indices
	state := uint32(1)
	for i := range z {
		state = state*1664525 + 1013904223
		z[i] = float32(int32(state)>>8) / (1 << 19) // within ±16
	}
	for i := range labels {
		if labels[i] = int32(i % (planes + 1)); i%(planes+1) == planes || i >= n {
			labels[i] = -1
		}
	}
	return sameBits(statistics(set, z, &labels, planes, n), statistics(setGo, z, &labels, planes, n))
}

// statistics runs the softmax kernels one after another and returns everything that they wrote.
func statistics(set int, values []float32, labels *Indices, planes, n int) []float32 {
	z := append([]float32(nil), values...)
	p, sums := make([]float32, len(z)), make([]Sums, planes)
	var top Indices
	var best, rest, logs, inverse, mean Pixels
	var out []float32
	if !argmax(set, &top, &best, z, planes, n) {
		return nil
	}
	complete := exp(set, p, &rest, z, &best, &top, planes, n)
	log1p(set, &logs, &rest, n)
	for i := range n {
		inverse[i] = 1 / (1 + rest[i])
		out = append(out, float32(top[i]), best[i], rest[i], logs[i])
	}
	normalize(set, p, &inverse, labels, sums, planes, n)
	slopes, dst := make([]float32, len(z)), make([]float32, len(z))
	for c := range planes {
		k := [4]float32{0.5, -0.25, 0.125, float32(c)}
		regionSlopes(set, slopes[c*Block:], p[c*Block:], labels, int32(c), k, n)
		accumulateMean(set, &mean, p[c*Block:], slopes[c*Block:], &best, n)
		applySlopes(set, dst[c*Block:], p[c*Block:], slopes[c*Block:], &best, &mean, 0.75, n)
		lerp(set, slopes[c*Block:][:n], p[c*Block:][:n], dst[c*Block:][:n], 0.3)
		addProducts(set, dst[c*Block:][:n], p[c*Block:][:n], slopes[c*Block:][:n])
		out = append(out, p[c*Block:][:n]...)
		out = append(out, dst[c*Block:][:n]...)
		out = append(out, sums[c].P, sums[c].Q, sums[c].I, sums[c].I2)
	}
	if !complete {
		out = append(out, 1)
	}
	return append(out, mean[:n]...)
}

func sameBits(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}
