package losses

// Equal errors may be ranked in any order: every order gives a subgradient. torch.sort ranks them as the introsort of
// the C++ library does, so gradients of small batches are ranked the same way and equal torch's, ties and all.

// ranked is an error and where it stands.
type ranked struct {
	e     float32
	place uint32
}

// introsortLimit is the number of elements up to which introsort is used; above it a radix sort is faster by far.
const introsortLimit = 4096

// shortRun is the length from which on the introsort leaves the rest to insertion.
const shortRun = 16

// introsort sorts descending: quicksort by the median of three down to short runs, then one insertion sort.
func introsort(a []ranked) {
	partitions(a)
	insertion(a[:min(len(a), shortRun)])
	for i := shortRun; i < len(a); i++ {
		insertLast(a[:i+1])
	}
}

func partitions(a []ranked) {
	for len(a) > shortRun {
		medianToFirst(a)
		cut := partition(a)
		partitions(a[cut:])
		a = a[:cut]
	}
}

// medianToFirst swaps the median of the second, the middle and the last element to the front.
func medianToFirst(a []ranked) {
	x, y, z := 1, len(a)/2, len(a)-1
	before := func(i, j int) bool { return a[i].e > a[j].e }
	var m int
	if before(x, y) {
		switch {
		case before(y, z):
			m = y
		case before(x, z):
			m = z
		default:
			m = x
		}
	} else {
		switch {
		case before(x, z):
			m = x
		case before(y, z):
			m = z
		default:
			m = y
		}
	}
	a[0], a[m] = a[m], a[0]
}

// partition splits a by its first element; both scans stop at equal elements.
func partition(a []ranked) int {
	pivot := a[0].e
	first, last := 1, len(a)
	for {
		for a[first].e > pivot {
			first++
		}
		last--
		for pivot > a[last].e {
			last--
		}
		if first >= last {
			return first
		}
		a[first], a[last] = a[last], a[first]
		first++
	}
}

func insertion(a []ranked) {
	for i := 1; i < len(a); i++ {
		if x := a[i]; x.e > a[0].e {
			copy(a[1:i+1], a[:i])
			a[0] = x
		} else {
			insertLast(a[:i+1])
		}
	}
}

// insertLast moves the last element to its place behind those that are not smaller.
func insertLast(a []ranked) {
	i := len(a) - 1
	x := a[i]
	for ; i > 0 && x.e > a[i-1].e; i-- {
		a[i] = a[i-1]
	}
	a[i] = x
}
