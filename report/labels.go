package report

import "github.com/segmetry/segmetry/internal/record"

// labelMatrix is the 2×2 matrix of a label that may overlap others: its absence and its presence.
type labelMatrix struct {
	Name   string
	Matrix matrix
}

// drawnLabels bounds how many labels' matrices are drawn; summary.json has them all.
const drawnLabels = 64

// labelMatrices draws each label's decisions, and says how many labels are left out.
func labelMatrices(s *record.Summary) (list []labelMatrix, more int) {
	if len(s.LabelCounts) == 0 {
		return nil, 0
	}
	for c, name := range s.Classes {
		if c == drawnLabels {
			return list, len(s.Classes) - c
		}
		one := &record.Summary{Classes: []string{"not " + name, name}, Confusion: s.LabelCounts[4*c:][:4]}
		list = append(list, labelMatrix{name, newMatrix(one)})
	}
	return list, 0
}

// labelCounts are the labels' 2×2 matrices, rows = truth, as summary.json has them; nil where classes are exclusive.
func labelCounts(counts []int64) [][][]int64 {
	var list [][][]int64
	for ; len(counts) >= 4; counts = counts[4:] {
		list = append(list, [][]int64{counts[:2], counts[2:4]})
	}
	return list
}
