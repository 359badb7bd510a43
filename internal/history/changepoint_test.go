package history

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestSegments(t *testing.T) {
	for name, c := range map[string]struct {
		values []float64
		starts []int     // of the segments
		levels []float64 // closed form: the median of the values
	}{
		"constant":                    {[]float64{.7, .7, .7, .7, .7, .7}, []int{0}, []float64{.7}},
		"one value":                   {[]float64{.7}, []int{0}, []float64{.7}},
		"equal runs, then a drop":     {[]float64{.7, .7, .7, .7, .7, .6, .6, .6, .6}, []int{0, 5}, []float64{.7, .6}},
		"noise, then a drop":          {[]float64{.701, .7, .699, .702, .7, .701, .641, .64, .642, .639, .64}, []int{0, 6}, []float64{.7005, .64}},
		"up and down again":           {[]float64{1, 1.1, .9, 1, 1.1, 3, 3.1, 2.9, 3, 3.1, 1, .9, 1.1, 1, .95}, []int{0, 5, 10}, []float64{1, 3, 1}},
		"an outlier is no change":     {[]float64{.7, .701, .7, .702, .5, .7, .701, .699, .7, .701}, []int{0}, []float64{.7}},
		"nor is one at the end":       {[]float64{.7, .701, .7, .702, .703, .7, .701, .699, .7, .5}, []int{0}, []float64{.7}},
		"a change in the last two":    {[]float64{.7, .701, .7, .702, .7, .701, .699, .7, .6, .601}, []int{0, 8}, []float64{.7, .6005}},
		"far from zero, tiny changes": {[]float64{1e6, 1e6 + 1e-3, 1e6, 1e6 + 1e-3, 1e6, 1e6 + .1, 1e6 + .101, 1e6 + .1, 1e6 + .101, 1e6 + .1}, []int{0, 5}, []float64{1e6, 1e6 + .1}},
	} {
		list, _ := Segments(c.values)
		if len(list) != len(c.starts) {
			t.Errorf("%s: %v, want segments from %v", name, list, c.starts)
			continue
		}
		for i, s := range list {
			if s.From != c.starts[i] || math.Abs(s.Level-c.levels[i]) > 1e-12*math.Abs(c.levels[i]) { // rounding of one mean
				t.Errorf("%s: segment %d is %+v, want from %d at %v", name, i, s, c.starts[i], c.levels[i])
			}
		}
		if list[len(list)-1].To != len(c.values) {
			t.Errorf("%s: the last segment ends at %d of %d", name, list[len(list)-1].To, len(c.values))
		}
	}
	if list, _ := Segments(nil); list != nil {
		t.Errorf("of nothing: %v", list)
	}
}

// TestPartitionIsExact holds the partition against every way to split a short series.
func TestPartitionIsExact(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		values := make([]float64, 4+random.IntN(9))
		for i := range values {
			values[i] = random.NormFloat64() + float64(3*(i/4%2))
		}
		beta := 0.5 + 3*random.Float64()
		found := -beta
		for _, cut := range partition(values, beta) {
			found += beta + toMedian(values[cut[0]:cut[1]])
			if cut[1]-cut[0] < leastSegment {
				t.Fatalf("a segment %v of %v", cut, values)
			}
		}
		if want := exhaustive(values, beta); math.Abs(found-want) > 1e-9*(1+want) { // rounding of sums in another order
			t.Fatalf("%v with penalty %v costs %v, the best way %v", values, beta, found, want)
		}
	}
}

func toMedian(values []float64) (sum float64) {
	for _, x := range values {
		sum += math.Abs(x - median(values))
	}
	return sum
}

// exhaustive is the least cost over all ways to split.
func exhaustive(values []float64, beta float64) float64 {
	least := math.Inf(1)
	for cuts := range 1 << (len(values) - 1) {
		total, from, whole := -beta, 0, true
		for to := 1; to <= len(values); to++ {
			if to < len(values) && cuts>>(to-1)&1 == 0 {
				continue
			}
			whole = whole && to-from >= leastSegment
			total, from = total+beta+toMedian(values[from:to]), to
		}
		if whole {
			least = min(least, total)
		}
	}
	return least
}

// TestFalseChanges: of normal noise, at most one series of twenty is split; a change by four standard deviations in the middle of 20
// values is found in nine of ten.
func TestFalseChanges(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	random := rand.New(rand.NewPCG(3, 4))
	split := func(n, series int, step float64) (share float64) {
		for range series {
			values := make([]float64, n)
			for i := range values {
				values[i] = random.NormFloat64()
				if i >= n/2 {
					values[i] += step
				}
			}
			if list, _ := Segments(values); len(list) > 1 {
				share += 1 / float64(series)
			}
		}
		return share
	}
	for _, n := range []int{5, 6, 8, 10, 15, 20, 50, 100, 200} {
		share := split(n, 2000*10/max(10, n), 0)
		t.Logf("%d values without a change: %.3f are split", n, share)
		if share > 0.05 {
			t.Errorf("%d values without a change: %.3f are split, want at most 0.05", n, share)
		}
	}
	for _, n := range []int{10, 20} {
		share := split(n, 1000, 4)
		t.Logf("a change by four standard deviations in %d values: %.3f are split", n, share)
		if n == 20 && share < 0.9 {
			t.Errorf("a change by four standard deviations is found in %.3f of the series, want 0.9", share)
		}
	}
}
