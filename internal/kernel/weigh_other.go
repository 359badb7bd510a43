//go:build !amd64 || purego

package kernel

// Weigh adds rows of [WeighColumns] finite numbers to a tile, each times its weight in every draw: weights has [WeighDraws]
// for each row. Rows are added in their order.
func Weigh(tile *WeighTile, rows, weights []float64) { weighGo(tile, rows, weights) }
