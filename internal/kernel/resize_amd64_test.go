//go:build amd64 && !purego

package kernel

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/sys/cpu"
)

// TestResizeTwins: the kernels over bytes give the bits of their twins, at every width up to some vectors, and write no byte
// beyond.
func TestResizeTwins(t *testing.T) {
	if !cpu.X86.HasAVX2 {
		t.Skip("skipped: this machine has no AVX2")
	}
	r := rand.New(rand.NewPCG(3, 3))
	random := func(n int) []uint8 {
		b := make([]uint8, n)
		for i := range b {
			b[i] = []uint8{0, 255, uint8(r.Uint32())}[r.IntN(3)]
		}
		return b
	}
	for n := 1; n < 75; n++ {
		var run [2]func(set int) []uint8
		upper, lower := random(6*n), random(6*n)
		run[0] = func(set int) []uint8 {
			dst := bytes.Repeat([]byte{7}, 3*n+40)
			halveRow(set, dst[:3*n:3*n], upper, lower)
			return dst
		}
		m := 1 + r.IntN(3*n)
		linear, filter := randomLinear(r, n, m), randomFilter(r, n, m)
		row := upper[: 3*n : 3*n]
		run[1] = func(set int) []uint8 {
			first, second := make([]int16, 3*m+LinearPadding), make([]int16, 3*m+LinearPadding)
			linearRow(set, first, row, linear)
			linearRow(set, second, lower[:3*n], linear)
			dst := bytes.Repeat([]byte{7}, 9*m+80)
			linearColumns(set, dst[:3*m:3*m], first[:3*m], second[:3*m], 700, 1348)
			filterRow(set, dst[3*m+40:6*m+40:6*m+40], row, filter)
			columns := random(0)
			for range n {
				columns = append(columns, upper[:3*m%(6*n)+1]...)
			}
			stride := len(columns) / n
			for y := range m {
				filterColumns(set, dst[6*m+40:][:min(stride, 3*m)], columns, stride, filter, y)
				dst = append(dst, dst[6*m+40:][:min(stride, 3*m)]...)
			}
			return dst
		}
		for i, f := range run {
			if got, want := f(setAVX2), f(setGo); !bytes.Equal(got, want) {
				t.Fatalf("kernel %d, %d pixels to %d: differs from its twin", i, n, m)
			}
		}
		a := &Affine{[3]float64{r.Float64(), -r.Float64(), 3}, [3]float64{r.NormFloat64(), 0, -200}}
		values := func(set int) []float32 {
			all := make([]float32, 3*n+30)
			spread(set, &[3][]float32{all[:n], all[n+10 : 2*n+10], all[2*n+20 : 3*n+20]}, row, a)
			return all
		}
		if !slices.Equal(values(setAVX2), values(setGo)) {
			t.Fatalf("spread of %d pixels differs from its twin", n)
		}
	}
}

func randomLinear(r *rand.Rand, n, m int) *LinearTaps {
	t := &LinearTaps{}
	for i := range m {
		at, w := i*n/m, r.IntN(2049)
		if at == n-1 {
			w = 0
		}
		t.At, t.Weights = append(t.At, int32(3*at)), append(t.Weights, int16(2048-w), int16(w))
	}
	t.Prepare(3 * n)
	return t
}

func randomFilter(r *rand.Rand, n, m int) *Filter {
	taps := Padded(min(n, 1+r.IntN(14)), n)
	f := &Filter{Taps: taps}
	for i := range m {
		f.First = append(f.First, int32(max(0, min(i*n/m, n-taps))))
		for range taps {
			f.Weights = append(f.Weights, int32(r.NormFloat64()*(1<<20)))
		}
	}
	f.Prepare(n)
	return f
}
