package kernel

// The size of a tile of [Weigh].
const (
	WeighDraws   = 4
	WeighColumns = 8
)

// WeighTile has the sums of so many columns for so many draws, draw by draw.
type WeighTile = [WeighDraws * WeighColumns]float64

// weighGo is the twin of Weigh. The conversion keeps a compiler from fusing the product with the sum.
func weighGo(tile *WeighTile, rows, weights []float64) {
	for len(rows) > 0 {
		row, weight := rows[:WeighColumns:WeighColumns], weights[:WeighDraws:WeighDraws]
		rows, weights = rows[WeighColumns:], weights[WeighDraws:]
		for d, w := range weight {
			sums := tile[d*WeighColumns:][:WeighColumns]
			for c, x := range row {
				sums[c] += float64(w * x)
			}
		}
	}
}
