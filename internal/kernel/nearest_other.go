//go:build !amd64 || purego

package kernel

// Nearest is the squared distance of a pixel in row y to the nearest of others, of which every column has the nearest row at or above
// y and the nearest below. The pixel's column is at of the padded columns; others are reach columns away at most, and there is one.
func Nearest(above, below []int32, at, y, reach int) int {
	return nearestGo(above, below, at, y, reach)
}
