// Package rank finds values by their rank without sorting all of them.
package rank

import "slices"

// Around returns the two values of x between which the q-th quantile lies, at ranks up to and beyond q·(n−1), and which share of
// the way it is from the first to the second: numpy's default takes as much of both. x is not empty and is put in another
// order. Time is linear in n on average.
func Around(x []float64, q float64) (a, b, share float64) {
	rank := q * float64(len(x)-1)
	low := int(rank)
	a = selectRank(x, low)
	if low+1 == len(x) || rank == float64(low) {
		return a, a, 0
	}
	return a, slices.Min(x[low+1:]), rank - float64(low)
}

// selectRank puts the k-th smallest value at index k, none larger before it and none smaller behind it, and returns it.
// It parts the values in three about a median of three, as distances have many equal ones, and sorts where that does not
// get on.
func selectRank(x []float64, k int) float64 {
	low, high := 0, len(x)-1
	for turns := 0; low < high; turns++ {
		if high-low < 24 || turns > 64 {
			slices.Sort(x[low : high+1])
			break
		}
		less, greater := partition(x, low, high)
		switch {
		case k < less:
			high = less - 1
		case k > greater:
			low = greater + 1
		default:
			return x[k]
		}
	}
	return x[k]
}

// partition parts x[low:high+1] in three, and returns the first and last index of those equal to the pivot.
func partition(x []float64, low, high int) (less, greater int) {
	a, b, c := x[low], x[low+(high-low)/2], x[high]
	pivot := max(min(a, b), min(max(a, b), c))
	less, greater = low, high
	for i := low; i <= greater; {
		switch v := x[i]; {
		case v < pivot:
			x[i], x[less] = x[less], v
			less++
			i++
		case v > pivot:
			x[i], x[greater] = x[greater], v
			greater--
		default:
			i++
		}
	}
	return less, greater
}
