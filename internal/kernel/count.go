package kernel

// CountTables is the number of tables that Count counts in: a pixel's count must not wait for its neighbour's to be
// written.
const CountTables = 4

// countGo counts from the first pixel on.
func countGo(tables []uint32, truth, predicted []int16, classes, size, first int) {
	for i := first; i < len(truth); i++ {
		cell := (int(truth[i])+1)*classes + int(predicted[i])
		tables[i%CountTables*size : (i%CountTables+1)*size][cell]++
	}
}
