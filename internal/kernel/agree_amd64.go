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
	z := make([]float32, len(values))
	p, sums := make([]float32, len(z)), make([]Sums, planes)
	var s Statistics
	var mean, u Pixels
	var out []float32
	s.Truth = *labels
	if !argmax(set, &s.Top, &s.Best, z, values, Block, planes, n) {
		return nil
	}
	complete := exp(set, p, &s.Rest, z, &s.Best, &s.Top, planes, n)
	var merged Pixels
	channels := []int{planes - 1}
	for c := 0; c < planes-1; c += 2 {
		channels = append(channels, c)
	}
	merge(set, merged[:], z, channels, n)
	out = append(out, merged[:n]...)
	normalizers(set, &s.Logarithm, &s.Inverse, &s.Rest, n)
	for i := range n {
		out = append(out, float32(s.Top[i]), s.Best[i], s.Rest[i], s.Logarithm[i], s.Inverse[i])
	}
	normalize(set, p, &s.Inverse, labels, sums, planes, n)
	for i, t := range labels[:n] {
		if t >= 0 {
			s.OwnLogit[i], s.Own[i] = z[int(t)*Block+i], p[int(t)*Block+i]
		}
	}
	pixels(set, &s, n)
	misses(set, &u, p, &s.Top, labels, planes, n)
	var lost Pixels
	if missLosses(set, &lost, &u, &s.Rest, &s.Top, labels, n) {
		out = append(out, lost[:n]...)
	}
	out = append(append(append(append(out, s.NLL[:n]...), s.Q[:n]...), s.QTop[:n]...), u[:n]...)
	out = append(out, sum(set, values[:Block]))
	slopes, dst := make([]float32, len(z)), make([]float32, len(z))
	k := make([][4]float32, planes)
	for c := range k {
		k[c] = [4]float32{0.5, -0.25, 0.125, float32(c)}
	}
	var reference, regionMean Pixels
	regionReference(&reference, p, labels, &s.Top, k, n)
	regionMeans(set, &regionMean, p, &reference, labels, k, n)
	out = append(append(out, reference[:n]...), regionMean[:n]...)
	for c := range planes {
		streamRegion(set, slopes[c*Block:][:n], p[c*Block:], &reference, &regionMean, labels, c, k[c], 0.75)
		addRegion(set, slopes[c*Block:], p[c*Block:], &reference, &regionMean, labels, c, k[c], 0.5, n)
		streamProducts(set, z[c*Block:][:n], p[c*Block:][:n], slopes[c*Block:][:n])
		out = append(out, z[c*Block:][:n]...)
		accumulateMean(set, &mean, p[c*Block:], slopes[c*Block:], &s.Best, n)
		applySlopes(set, dst[c*Block:], p[c*Block:], slopes[c*Block:], &s.Best, &mean, 0.75, n)
		lerp(set, slopes[c*Block:][:n], p[c*Block:][:n], dst[c*Block:][:n], 0.3)
		focal(set, z[c*Block:][:n], slopes[c*Block:][:n], p[c*Block:][:n])
		out = append(out, z[c*Block:][:n]...)
		addProducts(set, dst[c*Block:][:n], p[c*Block:][:n], slopes[c*Block:][:n])
		stream(set, z[c*Block:][:n], p[c*Block:][:n])
		out = append(out, z[c*Block:][:n]...)
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
