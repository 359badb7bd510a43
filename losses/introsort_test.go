package losses

import (
	"slices"
	"testing"
)

// TestIntrosortRanksTiesAsTorch: expected orders are torch.sort(x, 0, descending=True)[1] of torch 2.15.
func TestIntrosortRanksTiesAsTorch(t *testing.T) {
	repeat := func(values ...float32) (x []float32) {
		for i := 0; i < len(values); i += 2 {
			x = append(x, slices.Repeat(values[i:i+1], int(values[i+1]))...)
		}
		return x
	}
	for _, c := range []struct {
		values []float32
		want   []uint32
	}{
		{repeat(1, 9), []uint32{0, 1, 2, 3, 4, 5, 6, 7, 8}},
		{repeat(1, 17), []uint32{8, 16, 15, 14, 13, 12, 11, 10, 9, 0, 7, 6, 5, 4, 3, 2, 1}},
		{repeat(1, 33), []uint32{25, 17, 18, 19, 20, 21, 22, 23, 24, 16, 26, 27, 28, 29, 30, 31, 32, 0, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}},
		{repeat(.1, 5, .5, 3, .2, 4, .5, 2), []uint32{5, 6, 7, 12, 13, 8, 9, 10, 11, 0, 1, 2, 3, 4}},
		{repeat(.1, 10, .5, 5, .2, 8, .5, 5), []uint32{14, 27, 26, 25, 24, 23, 13, 12, 11, 10, 15, 16, 17, 18, 19, 20, 21, 22, 1, 9, 2, 3, 4, 5, 0, 6, 7, 8}},
	} {
		var a []ranked
		for i, x := range c.values {
			a = append(a, ranked{x, uint32(i)})
		}
		introsort(a)
		for i := range a {
			if a[i].place != c.want[i] {
				t.Fatalf("%v: place %d holds element %d, torch has %d", c.values, i, a[i].place, c.want[i])
			}
		}
	}
}
