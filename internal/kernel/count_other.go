//go:build !amd64 || purego

package kernel

// Count adds one to cell (truth+1)·classes + predicted of one of the tables for every pixel, CountTables of (classes+1)·classes
// cells. It panics where a pixel falls outside.
func Count(tables []uint32, truth, predicted []int16, classes int) {
	countGo(tables, truth, predicted, classes, (classes+1)*classes, 0)
}
