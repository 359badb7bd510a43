//go:build amd64 && !purego

package kernel

// Nearest is the squared distance of a pixel in row y to the nearest of others, of which every column has the nearest row at or above
// y and the nearest below. The pixel's column is at of the padded columns; others are reach columns away at most, and there is one.
func Nearest(above, below []int32, at, y, reach int) int {
	return nearest(set, above, below, at, y, reach)
}

func nearest(set int, above, below []int32, at, y, reach int) int {
	if set == setGo {
		return nearestGo(above, below, at, y, reach)
	}
	blocks := reach/8 + 1
	_, _, _, _ = above[at-8*blocks], above[at+8*blocks-1], below[at-8*blocks], below[at+8*blocks-1]
	return nearestAVX2(&above[at], &below[at], y, blocks)
}
