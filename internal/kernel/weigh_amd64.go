//go:build amd64 && !purego

package kernel

// Weigh adds rows of [WeighColumns] finite numbers to a tile, each times its weight in every draw: weights has [WeighDraws]
// for each row. Rows are added in their order.
func Weigh(tile *WeighTile, rows, weights []float64) { weigh(set, tile, rows, weights) }

func weigh(set int, tile *WeighTile, rows, weights []float64) {
	units := len(rows) / WeighColumns
	if set == setGo || units == 0 {
		weighGo(tile, rows, weights)
		return
	}
	_ = weights[units*WeighDraws-1]
	weighAVX2(&tile[0], &rows[0], &weights[0], units)
}
