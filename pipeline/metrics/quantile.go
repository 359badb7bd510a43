package metrics

import "slices"

// quantile is the q-th quantile of x, which is not empty and is put in another order, by linear interpolation at rank
// q·(n−1): numpy's default. Time is linear in n on average.
func quantile(x []float64, q float64) float64 {
	rank := q * float64(len(x)-1)
	low := int(rank)
	a := selectRank(x, low)
	if low+1 == len(x) || rank == float64(low) {
		return a
	}
	b := x[low+1]
	for _, v := range x[low+2:] {
		b = min(b, v)
	}
	return a + (rank-float64(low))*(b-a)
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
