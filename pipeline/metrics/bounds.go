package metrics

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// rangePattern takes a [Definition.Range] apart: its better end, and the other one.
var rangePattern = regexp.MustCompile(`^(−?[0-9.]+) (?:to (−?[0-9.]+)|up)`)

// bounds are the least and the largest value of the measure, by its range; 0 and 0 where that does not say.
func (d Definition) bounds() (low, high float64) {
	ends := rangePattern.FindStringSubmatch(d.Range)
	if ends == nil {
		return 0, 0
	}
	first, last := rangeEnd(ends[1]), math.Inf(1)
	if ends[2] != "" {
		last = rangeEnd(ends[2])
	}
	return min(first, last), max(first, last)
}

// rangeEnd is a number of a range, which the pattern has found to be one.
func rangeEnd(text string) float64 {
	x, _ := strconv.ParseFloat(strings.Replace(text, "−", "-", 1), 64)
	return x
}

// Bounds are the least and the largest value that every figure of the set can have, by its name; a figure of which that is not known is
// left out.
func (s *Set) Bounds() map[string][2]float64 {
	bounds := map[string][2]float64{}
	for name, of := range s.Originals() {
		base, _ := splitView(of)
		if low, high := registry[base].bounds(); low < high {
			bounds[name] = [2]float64{low, high}
		}
	}
	return bounds
}
