package stats

import (
	"math"
	"slices"
)

// Holm adjusts p-values of several tests so that the chance of any false positive keeps its level (Holm, A simple
// sequentially rejective multiple test procedure, 1979). NaN stays NaN and counts as no test.
func Holm(p []float64) []float64 {
	order := ascending(p)
	adjusted, largest := undefined(len(p)), 0.0
	for rank, i := range order {
		largest = max(largest, min(1, float64(len(order)-rank)*p[i]))
		adjusted[i] = largest
	}
	return adjusted
}

// BenjaminiHochberg adjusts p-values so that the expected share of false ones among the positives keeps its level
// (Benjamini and Hochberg, Controlling the false discovery rate, 1995). NaN stays NaN and counts as no test.
func BenjaminiHochberg(p []float64) []float64 {
	order := ascending(p)
	adjusted, smallest := undefined(len(p)), 1.0
	for rank, i := range slices.Backward(order) {
		smallest = min(smallest, float64(len(order))/float64(rank+1)*p[i])
		adjusted[i] = smallest
	}
	return adjusted
}

// ascending are the indices of the defined p-values, the smallest first, equal ones in their order.
func ascending(p []float64) []int {
	var order []int
	for i, x := range p {
		if !math.IsNaN(x) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	return order
}

func undefined(n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = math.NaN()
	}
	return list
}
