package pipeline

import (
	"math"
	"time"

	"github.com/segmetry/segmetry/internal/record"
)

// histogram holds durations in buckets that each are 1% wide, so that percentiles of any number of images need a fixed
// amount of memory and are right within 1%.
type histogram struct {
	total  time.Duration
	count  int
	bucket [2600]int // from 1 µs; the last one holds everything from 48 hours on
}

const bucketGrowth = 1.01

func (h *histogram) add(d time.Duration) {
	h.total += d
	h.count++
	k := int(math.Log(max(1, float64(d)/float64(time.Microsecond))) / math.Log(bucketGrowth))
	h.bucket[min(k, len(h.bucket)-1)]++
}

// quantile is the middle of the bucket that holds rank q, in milliseconds; 0 without any duration.
func (h *histogram) quantile(q float64) float64 {
	rank := int(math.Ceil(q * float64(h.count)))
	seen := 0
	for k, n := range h.bucket {
		if seen += n; n > 0 && seen >= rank {
			return math.Pow(bucketGrowth, float64(k)+0.5) / 1000
		}
	}
	return 0
}

func (h *histogram) stage() record.Stage {
	s := record.Stage{TotalS: h.total.Seconds(), P50MS: h.quantile(0.5), P95MS: h.quantile(0.95), P99MS: h.quantile(0.99)}
	for k, n := range h.bucket {
		if n == 0 {
			continue
		}
		if s.Histogram == nil {
			s.Histogram = map[int]int{}
		}
		s.Histogram[k] = n
	}
	return s
}

// MergeStages is the time that parts of a dataset took together, as one run over all of them would count it.
func MergeStages(parts ...record.Stage) record.Stage {
	var h histogram
	total := 0.0
	for _, p := range parts {
		total += p.TotalS
		for k, n := range p.Histogram {
			if k >= 0 && k < len(h.bucket) {
				h.bucket[k] += n
				h.count += n
			}
		}
	}
	s := h.stage()
	s.TotalS = total
	return s
}
