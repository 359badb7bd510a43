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

// counts returns class c's true positives, its pixels in the truth and its pixels in the prediction.
func (m *Confusion) counts(c int) (tp, truth, predicted float64) {
	var t, p int64
	for k := range m.Classes {
		t += m.Counts[c*m.Classes+k]
		p += m.Counts[k*m.Classes+c]
	}
	return float64(m.Counts[c*m.Classes+c]), float64(t), float64(p)
}

// Pixels is the number of pixels counted.
func (m *Confusion) Pixels() int64 {
	var n int64
	for _, k := range m.Counts {
		n += k
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

func init() {
	RegisterOverall(Overall{"aAcc", "Pixel accuracy: the share of valid pixels that are right.", accuracy})
	RegisterOverall(Overall{"fwIoU", "IoU weighted by the class's share of the true pixels.", frequencyWeightedIoU})
	RegisterPerClass(PerClass{"IoU", "Intersection over union (Jaccard): TP / (TP + FP + FN).", iou, "mIoU"})
	RegisterPerClass(PerClass{"Acc", "Class accuracy: the share of the class's true pixels that are right, TP / (TP + FN).", recall, "mAcc"})
	RegisterPerClass(PerClass{"Dice", "Dice coefficient: 2·TP / (2·TP + FP + FN).", dice, "mDice"})
	RegisterPerClass(PerClass{"Fscore", "F1: harmonic mean of precision and recall; as a pixel measure it equals Dice.", dice, "mFscore"})
	RegisterPerClass(PerClass{"Precision", "Share of the pixels predicted as the class that are of it, TP / (TP + FP).", precision, "mPrecision"})
	RegisterPerClass(PerClass{"Recall", "Share of the class's true pixels that are found, TP / (TP + FN).", recall, "mRecall"})
}

func accuracy(m *Confusion) float64 {
	var right int64
	for c := range m.Classes {
		right += m.Counts[c*m.Classes+c]
	}
	return ratio(float64(right), float64(m.Pixels()))
}

func frequencyWeightedIoU(m *Confusion) float64 {
	sum := 0.0
	for c := range m.Classes {
		if tp, truth, predicted := m.counts(c); truth > 0 {
			sum += truth * tp / (truth + predicted - tp)
		}
	}
	return ratio(sum, float64(m.Pixels()))
}

func iou(m *Confusion, c int) float64 {
	tp, truth, predicted := m.counts(c)
	return ratio(tp, truth+predicted-tp)
}

func dice(m *Confusion, c int) float64 {
	tp, truth, predicted := m.counts(c)
	return ratio(2*tp, truth+predicted)
}

func precision(m *Confusion, c int) float64 {
	tp, _, predicted := m.counts(c)
	return ratio(tp, predicted)
}

func recall(m *Confusion, c int) float64 {
	tp, truth, _ := m.counts(c)
	return ratio(tp, truth)
}
