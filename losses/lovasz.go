package losses

import (
	"math"
	"slices"
)

// The Lovász extension of the Jaccard index weighs errors by how much the index falls when they are made in order, the
// largest first. With I the foreground left and U the union after an element, a foreground error weighs 1/U and a
// background error I/(U(U−1)); once every foreground error has been passed, background errors weigh nothing.

// lovaszSum returns Σ e·w over errors packed as keys. It reorders keys. Only the background errors that can matter —
// those above the smallest foreground error — need to be given.
func lovaszSum(w *Workspace, keys []uint32, foreground int) float64 {
	sum, left, union := 0.0, float64(foreground), float64(foreground)
	for _, key := range sortKeys(keys, &w.swap) {
		if key&1 != 0 {
			left--
			sum += keyError(key) / union
			continue
		}
		if left == 0 {
			break
		}
		union++
		sum += keyError(key) * left / (union * (union - 1))
	}
	return sum
}

// lovaszWeights calls set with the place and weight of every error that has one. Pairs are keys as above over the place
// of the error, in descending order of the errors.
func lovaszWeights(pairs []uint64, foreground int, set func(place uint32, weight float64)) {
	left, union := float64(foreground), float64(foreground)
	for _, p := range pairs {
		place := uint32(p)
		if p>>32&1 != 0 {
			left--
			set(place, 1/union)
			continue
		}
		if left == 0 {
			break
		}
		union++
		set(place, left/(union*(union-1)))
	}
}

// half is the bits of one half; keys of errors above it count down from twice that.
const half = 0x3f000000

// errorKey packs a kept error and whether its pixel is foreground. Ascending keys are descending errors.
func errorKey(kept float32, foreground bool) uint32 {
	key := 2*half - math.Float32bits(kept)
	if key > 2*half { // the sign bit was set: above one half
		key = math.Float32bits(kept) &^ (1 << 31)
	}
	key <<= 1
	if foreground {
		key |= 1
	}
	return key
}

// keyError is the error that a key stands for.
func keyError(key uint32) float64 {
	key >>= 1
	if key < half {
		return 1 - float64(math.Float32frombits(key))
	}
	return float64(math.Float32frombits(2*half - key))
}

// sortKeys sorts keys ascending: by descending errors, foreground last among equal ones.
func sortKeys(keys []uint32, swap *[]uint32) []uint32 {
	if len(keys) < 512 {
		slices.Sort(keys)
		return keys
	}
	return radixSort(keys, swap, 0)
}

// sortPairs sorts by descending errors, keeping the order of equal ones: the foreground bit is not looked at.
func sortPairs(pairs []uint64, swap *[]uint64) []uint64 { return radixSort(pairs, swap, 33) }

// radixSort sorts ascending by the 33 bits from shift on, in three passes over eleven bits each; passes in which all
// agree are skipped. It keeps the order of equal ones.
func radixSort[T uint32 | uint64](values []T, swap *[]T, shift uint) []T {
	var counts [3][1 << 11]uint32
	for _, x := range values {
		x >>= shift
		counts[0][x&0x7ff]++
		counts[1][x>>11&0x7ff]++
		counts[2][x>>22&0x7ff]++
	}
	*swap = resize(*swap, len(values))
	from, to := values, *swap
	for level := range counts {
		next := &counts[level]
		if !offsets(next, uint32(len(values))) {
			continue
		}
		at := shift + uint(11*level)
		for _, x := range from {
			d := x >> at & 0x7ff
			to[next[d]] = x
			next[d]++
		}
		from, to = to, from
	}
	return from
}

// offsets turns counts into first places, and reports whether there is anything to move.
func offsets(counts *[1 << 11]uint32, total uint32) bool {
	sum := uint32(0)
	for i, n := range counts {
		if n == total {
			return false
		}
		counts[i] = sum
		sum += n
	}
	return true
}
