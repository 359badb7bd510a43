package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// Sample is a row of statistics for each unit, row by row.
type Sample struct {
	columns int
	data    []float64
}

// NewSample returns a sample of no unit, with room for some.
func NewSample(columns, units int) *Sample {
	return &Sample{columns, make([]float64, 0, columns*units)}
}

// Add adds a unit, whose statistics are all finite: an undefined value has a column that counts where it is defined, and
// is 0 itself.
func (s *Sample) Add(row []float64) {
	if len(row) != s.columns {
		panic(fmt.Sprintf("stats: a row of %d statistics in a sample of %d", len(row), s.columns))
	}
	s.data = append(s.data, row...)
}

// AddTo adds a row to a unit's.
func (s *Sample) AddTo(unit int, row []float64) { floats.Add(s.Row(unit), row) }

// Halve makes one unit of every two neighbours, so that long samples take half the room.
func (s *Sample) Halve() {
	units := s.Units()
	for unit := range (units + 1) / 2 {
		row := s.Row(unit)
		copy(row, s.Row(2*unit))
		if 2*unit+1 < units {
			floats.Add(row, s.Row(2*unit+1))
		}
	}
	s.data = s.data[:(units+1)/2*s.columns]
}

// Columns is the number of statistics.
func (s *Sample) Columns() int { return s.columns }

// Units is the number of units.
func (s *Sample) Units() int {
	if s.columns == 0 {
		return 0
	}
	return len(s.data) / s.columns
}

// Row returns a unit's statistics, which are the sample's.
func (s *Sample) Row(unit int) []float64 {
	return s.data[unit*s.columns:][:s.columns:s.columns]
}

// Clusters adds up the units of each group, of which there are as many as the largest of group says, plus one: they are
// the units that a cluster bootstrap draws. group says for every unit which group it is of.
func (s *Sample) Clusters(group []int) *Sample {
	groups := 0
	for _, g := range group {
		groups = max(groups, g+1)
	}
	c := &Sample{s.columns, make([]float64, groups*s.columns)}
	for unit, g := range group {
		floats.Add(c.Row(g), s.Row(unit))
	}
	return c
}

// distinct is the sample with one of equal columns, such as counts of images where everything is defined, and says where each
// column is now.
func (s *Sample) distinct() (*Sample, []int) {
	hashes := make([]uint64, s.columns)
	for unit := range s.Units() {
		for c, x := range s.Row(unit) {
			hashes[c] = (hashes[c] ^ math.Float64bits(x)) * 0x9e3779b97f4a7c15
			hashes[c] ^= hashes[c] >> 29
		}
	}
	var kept []int
	at, first := make([]int, s.columns), map[uint64]int{}
	for c, h := range hashes {
		if i, ok := first[h]; ok && s.equal(c, kept[i]) {
			at[c] = i
			continue
		}
		first[h] = len(kept)
		at[c] = len(kept)
		kept = append(kept, c)
	}
	small := NewSample(len(kept), s.Units())
	for unit := range s.Units() {
		row := s.Row(unit)
		for _, c := range kept {
			small.data = append(small.data, row[c])
		}
	}
	return small, at
}

// equal says whether two columns are.
func (s *Sample) equal(a, b int) bool {
	for unit := range s.Units() {
		if row := s.Row(unit); row[a] != row[b] {
			return false
		}
	}
	return true
}

// Totals are the sums over all units, in their order.
func (s *Sample) Totals() []float64 {
	sums := make([]float64, s.columns)
	for unit := range s.Units() {
		floats.Add(sums, s.Row(unit))
	}
	return sums
}

// join puts the columns of two samples of the same units side by side.
func join(a, b *Sample) (*Sample, error) {
	if a.Units() != b.Units() || a.columns != b.columns {
		return nil, fmt.Errorf("pairing samples of %d and %d units with %d and %d statistics: expected the same units", a.Units(), b.Units(), a.columns, b.columns)
	}
	both := NewSample(2*a.columns, a.Units())
	for unit := range a.Units() {
		both.data = append(append(both.data, a.Row(unit)...), b.Row(unit)...)
	}
	return both, nil
}
