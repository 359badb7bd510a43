package metrics

import "github.com/segmetry/segmetry/internal/rank"

// quantile is the q-th quantile of x, which is not empty and is put in another order, by linear interpolation at rank
// q·(n−1): numpy's default.
func quantile(x []float64, q float64) float64 {
	a, b, share := rank.Around(x, q)
	if share == 0 {
		return a
	}
	return a + share*(b-a)
}
