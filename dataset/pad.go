package dataset

// padSource is the content coordinate that a tensor coordinate shows, and whether it lies inside the content.
func padSource(i, n int, mode string) (from int, inside bool) {
	switch {
	case i >= 0 && i < n:
		return i, true
	case mode == PadReflect && n > 1: // the outermost pixel is not repeated
		return mirrored(i, 2*(n-1), 0), false
	case mode == PadMirror:
		return mirrored(i, 2*n, 1), false
	}
	return max(0, min(i, n-1)), false
}

// mirrored folds a coordinate back: period coordinates hold the content forwards and backwards.
func mirrored(i, period, repeated int) int {
	i = ((i % period) + period) % period
	return min(i, period-repeated-i)
}
