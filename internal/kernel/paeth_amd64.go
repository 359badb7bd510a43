//go:build amd64 && !purego

package kernel

// paethFast undoes the filter of the first pixels of a row and returns how many bytes that are: the kernel reads eight
// bytes a pixel, and none beyond the row.
func paethFast(out, row, above []byte, size int) int {
	pixels := (len(row) - 8) / size
	if set == setGo || pixels < 1 {
		return 0
	}
	_, _ = out[len(row)-1], above[len(row)-1]
	if size == 3 {
		paeth3AVX2(&out[0], &row[0], &above[0], pixels)
	} else {
		paeth4AVX2(&out[0], &row[0], &above[0], pixels)
	}
	return pixels * size
}
