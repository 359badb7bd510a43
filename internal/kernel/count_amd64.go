//go:build amd64 && !purego

package kernel

// maxVectorClasses is the most classes whose cells fit in 16 bits.
const maxVectorClasses = 255

// Count adds one to cell (truth+1)·classes + predicted of one of the tables for every pixel, CountTables of (classes+1)·classes
// cells. It panics where a pixel falls outside.
func Count(tables []uint32, truth, predicted []int16, classes int) {
	count(set, tables, truth, predicted, classes)
}

func count(set int, tables []uint32, truth, predicted []int16, classes int) {
	size := (classes + 1) * classes
	_, _ = tables[CountTables*size-1], predicted[:len(truth)]
	done := 0
	if n := len(truth) &^ 15; n > 0 && set != setGo && classes <= maxVectorClasses {
		done = countAVX2(&tables[0], &truth[0], &predicted[0], classes, size, n)
	}
	countGo(tables, truth, predicted, classes, size, done)
}
