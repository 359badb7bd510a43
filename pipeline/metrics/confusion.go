package metrics

import (
	"math"

	"github.com/segmetry/segmetry/internal/kernel"
	"github.com/segmetry/segmetry/internal/pass"
)

// Confusion counts pixels by truth (row) and prediction (column). Counts are int64: they never round. It is fed the
// blocks of a pass and can be merged.
type Confusion struct {
	Classes int
	Counts  []int64 // Classes×Classes, row by row

	lanes []uint32 // what Visit counted: a picture has fewer pixels than they can hold
}

// NewConfusion returns an empty matrix.
func NewConfusion(classes int) *Confusion {
	return &Confusion{Classes: classes, Counts: make([]int64, classes*classes)}
}

// Visit counts a block's valid pixels. They are in Counts after Fold. Ignored pixels (truth −1) are counted, too, in a row
// above the first, which no one reads.
func (m *Confusion) Visit(b *pass.Block) {
	if m.lanes == nil {
		m.lanes = make([]uint32, kernel.CountTables*(m.Classes+1)*m.Classes)
	}
	kernel.Count(m.lanes, b.Labels, b.Predicted, m.Classes)
}

// Fold adds what was visited since the last Fold to Counts.
func (m *Confusion) Fold() {
	size := (m.Classes + 1) * m.Classes
	for table := m.lanes; len(table) > 0; table = table[size:] {
		for i, n := range table[m.Classes:size] {
			m.Counts[i] += int64(n)
		}
	}
	clear(m.lanes)
}

// Reset forgets all counts.
func (m *Confusion) Reset() {
	clear(m.Counts)
	clear(m.lanes)
}

// Merge adds another matrix's counts.
func (m *Confusion) Merge(counts []int64) {
	for i, n := range counts {
		m.Counts[i] += n
	}
}

// Pixels is the number of pixels counted.
func (m *Confusion) Pixels() int64 {
	var n int64
	for _, k := range m.Counts {
		n += k
	}
	return n
}

// state writes the matrix with its margins.
func (m *Confusion) state(dst *State) {
	dst.Clear()
	n := copy(dst.Counts, m.Counts)
	v := matrix{m.Classes, dst}
	for t := range m.Classes {
		for p := range m.Classes {
			k := m.Counts[t*m.Classes+p]
			dst.Counts[n+t] += k
			dst.Counts[n+m.Classes+p] += k
		}
		dst.Counts[n+2*m.Classes] += v.truth(t)
	}
}

// MeanIoU is the mean over the classes of the intersection over union; NaN where no class is there.
func (m *Confusion) MeanIoU() float64 {
	state := confusions{m.Classes}.NewState()
	m.state(&state)
	mean := MeanOverClasses(m.Classes, func(s *State, c int) float64 { return iou(matrix{m.Classes, s}, c) }, nil)
	v, _ := mean(&state)
	return v
}

// confusions is the accumulator of the matrix. Its counts are the matrix, row by row, each class's pixels in the truth,
// each class's pixels in the prediction, and all pixels. It is filled by the meter itself.
type confusions struct{ classes int }

func (confusions) Key() string { return "confusion" }

func (a confusions) NewState() State { return NewState(a.classes*a.classes+2*a.classes+1, 0) }

// NewCollector is never asked for: every meter has a matrix.
func (confusions) NewCollector() Collector { return nil }

// matrix reads such a state.
type matrix struct {
	classes int
	state   *State
}

func (m matrix) right(c int) int64     { return m.state.Counts[c*m.classes+c] }
func (m matrix) truth(c int) int64     { return m.state.Counts[m.classes*m.classes+c] }
func (m matrix) predicted(c int) int64 { return m.state.Counts[(m.classes+1)*m.classes+c] }
func (m matrix) pixels() int64         { return m.state.Counts[(m.classes+2)*m.classes] }

// correct is the number of pixels that are right.
func (m matrix) correct() int64 {
	var n int64
	for c := range m.classes {
		n += m.right(c)
	}
	return n
}

// ratio is a/b, undefined for b = 0.
func ratio(a, b float64) float64 {
	if b == 0 {
		return math.NaN()
	}
	return a / b
}

// quotient is a/b, undefined for b = 0.
func quotient(a, b int64) float64 { return ratio(float64(a), float64(b)) }
