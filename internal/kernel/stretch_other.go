//go:build !amd64 || purego

package kernel

// Stretch writes one row at another width.
func Stretch(dst, source []float32, t *Taps) { stretchGo(dst, source, t, 0) }
