package parity

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/segmetry/segmetry/internal/raster"
)

// TestCodes: every margin lies in its code's borders, codes rise with margins, and a code's middle is within a sixteenth.
func TestCodes(t *testing.T) {
	last := uint8(0)
	for e := -24.0; e < 14; e += 1. / 64 {
		m := float32(math.Exp2(e))
		c := Code(m)
		if c < last {
			t.Fatalf("code %d of %g is below %d", c, m, last)
		}
		last = c
		if lower(int(c)) > float64(m) || c < largest && lower(int(c)+1) <= float64(m) {
			t.Errorf("%g is not between the borders of code %d: %g and %g", m, c, lower(int(c)), lower(int(c)+1))
		}
		if c > 0 && c < largest && math.Abs(middle(int(c))-float64(m)) > float64(m)/16 {
			t.Errorf("the middle of %g's code is %g", m, middle(int(c)))
		}
	}
	for m, want := range map[float32]uint8{0: 0, 1.0 / (1 << 20): 1, 3328: largest, float32(math.Inf(1)): largest} {
		if got := Code(m); got != want {
			t.Errorf("code of %g is %d, want %d", m, got, want)
		}
	}
	if Code(float32(math.NaN())) != Undefined {
		t.Error("NaN has a code")
	}
}

// TestBins: each code lies in one bin, whose borders are those of its first and last code.
func TestBins(t *testing.T) {
	for code := range Undefined {
		b := bin(code)
		if lower(code) < edge(b) || b < bins-1 && lower(code) >= edge(b+1) {
			t.Errorf("code %d from %g on is in bin %d from %g to %g", code, lower(code), b, edge(b), edge(b+1))
		}
	}
}

// TestMerge: pixels counted in one tally or in several, in blocks or at once, give the same figures.
func TestMerge(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const n = 3000
	truth, a, b := make([]int16, n), make([]int16, n), make([]int16, n)
	margins, codes := make([]float32, n), make([]uint8, n)
	for i := range n {
		truth[i], a[i], b[i] = int16(random.IntN(4))-1, int16(random.IntN(3)), int16(random.IntN(3))
		margins[i] = float32(random.ExpFloat64())
		codes[i] = Code(margins[i])
	}
	add := func(t *Tally, from, to int) {
		t.Add(truth[from:to], a[from:to], b[from:to], codes[from:to])
		t.Widest(truth[from:to], a[from:to], b[from:to], margins[from:to])
	}
	whole, sum := NewTally(3), NewTally(3)
	add(whole, 0, n)
	for from := 0; from < n; from += 500 {
		part := NewTally(3)
		add(part, from, from+200)
		add(part, from+200, from+500)
		sum.Merge(part)
	}
	if !reflect.DeepEqual(whole, sum) {
		t.Errorf("%+v and %+v", whole.Figures(), sum.Figures())
	}
	var all, differ, valid, validDiffer int64
	var flips []float64
	for i, own := range truth {
		all++
		if a[i] != b[i] {
			differ++
		}
		if own != raster.Ignored {
			valid++
			if a[i] != b[i] {
				validDiffer++
				flips = append(flips, float64(margins[i]))
			}
		}
	}
	slices.Sort(flips)
	f := whole.Figures()
	if f.All.Pixels != all || f.All.Differ != differ || f.Valid.Pixels != valid || f.Valid.Differ != validDiffer || f.Valid.Share != float64(validDiffer)/float64(valid) {
		t.Errorf("%+v, want %d of %d, valid %d of %d", f, differ, all, validDiffer, valid)
	}
	if want := flips[(len(flips)-1)/2]; math.Abs(f.FlipMarginMedian-want) > want/16 || f.FlipMarginMax != flips[len(flips)-1] {
		t.Errorf("margins of flips %+v, want %g and %g", f, want, flips[len(flips)-1])
	}
	var pixels, flipped int64
	for _, bar := range whole.Histogram() {
		pixels, flipped = pixels+bar.Pixels, flipped+bar.Differ
	}
	if pixels != valid || flipped != validDiffer {
		t.Errorf("the histogram holds %d and %d pixels", pixels, flipped)
	}
}

// TestNothing: what was not counted is undefined, not 0.
func TestNothing(t *testing.T) {
	tally := NewTally(2)
	tally.Add([]int16{-1, -1}, []int16{0, 1}, []int16{1, 1}, []uint8{Undefined, 3})
	f := tally.Figures()
	if f.All.Share != 0.5 || !math.IsNaN(f.Valid.Share) || !math.IsNaN(f.MarginMedian) || !math.IsNaN(f.FlipMarginMax) || !math.IsNaN(f.Logits.Max) || tally.Histogram() != nil {
		t.Errorf("%+v", f)
	}
}

func TestDifferenceLeavesOutWhatIsNotFinite(t *testing.T) {
	var d Difference
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	d.add([]int16{0, 1, 0, -1, 1}, []float32{1, nan, inf, 9, 2}, []float32{3, 0, inf, 0, 2})
	if d != (Difference{Max: 2, Sum: 2, Count: 2, NonFinite: 2}) {
		t.Errorf("%+v", d)
	}
}

// TestTotal: the images that differ most come first, of equal ones the earlier, at most twenty.
func TestTotal(t *testing.T) {
	total := NewTotal(2)
	for i, differ := range append([]int{1, 3, 0, 3}, slices.Repeat([]int{2}, 30)...) {
		tally := NewTally(2)
		a, b := make([]int16, 4), make([]int16, 4)
		for k := range differ {
			b[k] = 1
		}
		tally.Add(make([]int16, 4), a, b, nil)
		total.Add(string(rune('a'+i)), tally)
	}
	s := total.Summary()
	if s.Images != 34 || len(s.Most) != keptImages || s.Most[0].Image != "b" || s.Most[1].Image != "d" || s.Most[2].Image != "e" || s.Most[19].Image != "v" {
		t.Errorf("%d images, most %v", s.Images, s.Most)
	}
	if s.Pairs[1] != 1+3+3+60 || s.Valid.Differ != s.Pairs[1] {
		t.Errorf("pairs %v", s.Pairs)
	}
}
