//go:build amd64 && !purego

package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/sys/cpu"
)

// sets are the instruction sets that this machine can run.
func sets(t *testing.T) []int {
	var list []int
	if cpu.X86.HasAVX2 {
		list = append(list, setAVX2)
	}
	if cpu.X86.HasAVX512F {
		list = append(list, setAVX512)
	} else {
		t.Log("skipped: this machine has no AVX-512")
	}
	return list
}

// TestTwins: every kernel gives the bits of its twin, on random and saturated values and odd lengths.
func TestTwins(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, set := range sets(t) {
		for _, planes := range []int{1, 2, 3, 19, 21, 150} {
			for _, n := range []int{1, 7, 8, 15, 16, 17, 100, 255, 256} {
				for _, spread := range []float64{0, 1, 8, 60, 1e5} {
					z := make([]float32, planes*Block)
					for i := range z {
						z[i] = float32(r.NormFloat64() * spread)
					}
					var labels Indices
					for i := range labels {
						if labels[i] = int32(r.IntN(planes+1)) - 1; i >= n {
							labels[i] = -1
						}
					}
					got, want := statistics(set, z, &labels, planes, n), statistics(setGo, z, &labels, planes, n)
					if !sameBits(got, want) {
						t.Fatalf("set %d, %d planes of %d pixels, spread %g: the kernels differ from their twins: %s", set, planes, n, spread, firstDifference(got, want))
					}
				}
			}
		}
	}
}

func firstDifference(got, want []float32) string {
	for i := range min(len(got), len(want)) {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			return fmt.Sprintf("value %d of %d: %v, want %v", i, len(want), got[i], want[i])
		}
	}
	return fmt.Sprintf("%d values, want %d", len(got), len(want))
}

// TestArgmaxSeesNaN: whoever asks is told to take the slow way.
func TestArgmaxSeesNaN(t *testing.T) {
	for _, set := range append(sets(t), setGo) {
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			for _, at := range []int{0, 5, Block + 3, 2*Block + 99} {
				z := make([]float32, 3*Block)
				z[at] = float32(bad)
				var top Indices
				var best Pixels
				if argmax(set, &top, &best, make([]float32, 3*Block), z, Block, 3, 100) {
					t.Errorf("set %d: %v at %d was not seen", set, bad, at)
				}
			}
		}
		z := make([]float32, 3*Block)
		z[100] = float32(math.NaN()) // the first pixel that is not in use
		var top Indices
		var best Pixels
		if !argmax(set, &top, &best, make([]float32, 3*Block), z, Block, 3, 100) {
			t.Errorf("set %d: NaN beyond the pixels in use was seen", set)
		}
	}
}

// TestStretchTwin compares the permuting kernel with its twin for larger, equal and smaller targets.
func TestStretchTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, set := range sets(t) {
		for _, sizes := range [][2]int{{1, 9}, {3, 40}, {9, 9}, {40, 97}, {64, 128}, {100, 60}, {512, 1024}, {33, 34}, {384, 500}, {384, 501}, {384, 375}, {384, 250}, {17, 16}} {
			source := make([]float32, sizes[0])
			for i := range source {
				source[i] = r.Float32()
			}
			var taps Taps
			for i := range sizes[1] {
				x := max(0, min((float64(i)+0.5)*float64(sizes[0])/float64(sizes[1])-0.5, float64(sizes[0]-1)))
				f := float32(x - math.Floor(x))
				taps.At, taps.G, taps.F = append(taps.At, int32(x)), append(taps.G, 1-f), append(taps.F, f)
			}
			taps.Prepare(sizes[0])
			if sizes[0] == 384 && max(8*taps.Groups, taps.Last+8) < sizes[1] && taps.At[max(8*taps.Groups, taps.Last+8)] != 383 {
				t.Errorf("%v: pixel %d is between two sources and in no group of eight", sizes, taps.Last+8)
			}
			got, want := make([]float32, sizes[1]), make([]float32, sizes[1])
			stretch(set, got, source, &taps)
			stretch(setGo, want, source, &taps)
			if !sameBits(got, want) {
				t.Errorf("%v: %s", sizes, firstDifference(got, want))
			}
		}
	}
}

// TestAddSquaresTwin compares sums of squares, of whole groups and not.
func TestAddSquaresTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for _, set := range sets(t) {
		for _, n := range []int{0, 1, 7, 8, 9, 100, Block} {
			x, got, want := make([]float32, n), make([]float64, n), make([]float64, n)
			for i := range x {
				x[i], got[i] = r.Float32(), r.Float64()
				want[i] = got[i]
			}
			addSquares(set, got, x)
			addSquares(setGo, want, x)
			if !slices.Equal(got, want) {
				t.Errorf("set %d, %d values: %v, want %v", set, n, got, want)
			}
		}
	}
}

func TestAgreesOnThisMachine(t *testing.T) {
	for _, set := range sets(t) {
		if !agrees(set) {
			t.Errorf("set %d does not agree with the twins", set)
		}
	}
}

// TestCountTwin compares the tables' sums, for pixels at random, for runs of one cell and for more classes than the vector
// kernel takes, and sees that a pixel outside them panics.
func TestCountTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, classes := range []int{1, 2, 19, 150, 255, 256} {
		for _, n := range []int{0, 1, 3, 16, 23, 256} {
			truth, predicted := make([]int16, n), make([]int16, n)
			for i := range truth {
				if i > 0 && r.IntN(40) > 0 && n != 23 {
					truth[i], predicted[i] = truth[i-1], predicted[i-1]
				} else {
					truth[i], predicted[i] = int16(r.IntN(classes+1)-1), int16(r.IntN(classes))
				}
			}
			size := (classes + 1) * classes
			got, want := make([]uint32, CountTables*size), make([]uint32, CountTables*size)
			for _, set := range append(sets(t), setGo) {
				clear(got)
				clear(want)
				count(set, got, truth, predicted, classes)
				countGo(want, truth, predicted, classes, size, 0)
				for i := range size {
					if g, w := folded(got, size, i), folded(want, size, i); g != w {
						t.Fatalf("set %d, %d classes, %d pixels: cell %d is %d, want %d", set, classes, n, i, g, w)
					}
				}
			}
		}
	}
	for _, bad := range [][2]int16{{2, 0}, {-2, 0}, {1, 9}, {-1, -1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("truth %d, prediction %d of two classes was counted", bad[0], bad[1])
				}
			}()
			truth, predicted := make([]int16, 16), make([]int16, 16)
			truth[5], predicted[5] = bad[0], bad[1]
			Count(make([]uint32, CountTables*6), truth, predicted, 2)
		}()
	}
}

// folded is a cell's count over all tables.
func folded(tables []uint32, size, cell int) (n uint32) {
	for ; len(tables) > 0; tables = tables[size:] {
		n += tables[cell]
	}
	return n
}
