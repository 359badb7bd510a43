package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/segmetry/segmetry/internal/record"
)

// matrix is the confusion matrix as the template draws it. Every cell has three shades and texts: by row, by column and by
// counts; the page's style shows those that the reader chose.
type matrix struct {
	Size   float64 // of the whole picture
	Origin float64 // where the cells begin: the labels stand before
	Side   float64 // of a cell
	Cells  []matrixCell
	Labels []matrixLabel
	Text   bool // cells are large enough for their figures
}

type matrixCell struct {
	X, Y               float64
	Row, Column, Count shade
	Title              string
}

// shade is a cell in one of the three ways of showing it.
type shade struct{ Fill, Ink, Text string }

// MiddleX is where a cell's text is centred.
func (m matrix) MiddleX(c matrixCell) float64 { return c.X + m.Side/2 }

// MiddleY is its baseline.
func (m matrix) MiddleY(c matrixCell) float64 { return c.Y + m.Side/2 + 4 }

// Extent is the length of the matrix's side.
func (m matrix) Extent() float64 { return m.Size - m.Origin }

type matrixLabel struct {
	Name         string
	Middle, Size float64
}

// textCells is the largest number of classes whose cells have their figures written into them. Of more classes, cells
// without a pixel are left to the ground.
const textCells = 16

// newMatrix shades each cell from white to the blue of Okabe and Ito.
func newMatrix(s *record.Summary) matrix {
	n := len(s.Classes)
	side := max(4, min(76, 640/float64(max(1, n))))
	m := matrix{Origin: 96, Side: side, Text: n <= textCells}
	m.Size = m.Origin + side*float64(n)
	sums := sumsOf(s.Confusion, n)
	for t, name := range s.Classes {
		m.Labels = append(m.Labels, matrixLabel{shorten(name), m.Origin + (float64(t)+0.5)*side, max(5, min(12, side*0.7))})
		for p := range n {
			count := s.Confusion[t*n+p]
			if count == 0 && !m.Text {
				continue
			}
			c := newCell(sums, t, p, count)
			c.X, c.Y = m.Origin+float64(p)*side, m.Origin+float64(t)*side
			c.Title = fmt.Sprintf("truth %s, predicted %s: %d pixels, %s of those that are %s, %s of those predicted as %s",
				name, s.Classes[p], count, c.Row.Text, name, c.Column.Text, s.Classes[p])
			m.Cells = append(m.Cells, c)
		}
	}
	return m
}

// matrixSums are the sums of a matrix's rows and columns, and its largest count.
type matrixSums struct {
	rows, columns []int64
	largest       int64
}

func sumsOf(counts []int64, n int) matrixSums {
	s := matrixSums{rows: make([]int64, n), columns: make([]int64, n)}
	for i, count := range counts {
		s.rows[i/n] += count
		s.columns[i%n] += count
		s.largest = max(s.largest, count)
	}
	return s
}

func newCell(sums matrixSums, t, p int, count int64) matrixCell {
	c := matrixCell{Row: shareShade(count, sums.rows[t]), Column: shareShade(count, sums.columns[p])}
	c.Count = shadeOf(math.Log1p(float64(count)) / math.Log1p(float64(max(1, sums.largest))))
	c.Count.Text = compact(count)
	return c
}

// shareShade is a cell's share of a sum.
func shareShade(count, sum int64) shade {
	if sum == 0 {
		s := shadeOf(0)
		s.Text = "–"
		return s
	}
	share := float64(count) / float64(sum)
	s := shadeOf(share)
	s.Text = strconv.FormatFloat(100*share, 'f', 1, 64) + "%"
	return s
}

func shadeOf(x float64) shade {
	mix := func(from, to float64) int { return int(from + (to-from)*x + 0.5) }
	s := shade{Fill: fmt.Sprintf("#%02x%02x%02x", mix(246, 0), mix(249, 92), mix(252, 158)), Ink: "#16202c"}
	if x > 0.5 {
		s.Ink = "#ffffff"
	}
	return s
}

// confused is a pair of classes that are taken for each other, for the list beside the matrix.
type confused struct{ Truth, Predicted, Pixels, OfTruth, OfPredicted, OfErrors string }

// listedPairs bounds the list.
const listedPairs = 10

// confusedPairs lists the cells off the diagonal that have most pixels, the largest first.
func confusedPairs(s *record.Summary) []confused {
	n := len(s.Classes)
	if len(s.Confusion) != n*n {
		return nil
	}
	sums, wrong := sumsOf(s.Confusion, n), int64(0)
	var cells []int
	for i, count := range s.Confusion {
		if i/n != i%n && count > 0 {
			cells = append(cells, i)
			wrong += count
		}
	}
	slices.SortStableFunc(cells, func(a, b int) int {
		switch x, y := s.Confusion[a], s.Confusion[b]; {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	var list []confused
	for _, i := range cells[:min(len(cells), listedPairs)] {
		count := s.Confusion[i]
		of := func(sum int64) string { return percent(float64(count) / float64(sum)) }
		list = append(list, confused{s.Classes[i/n], s.Classes[i%n], strconv.FormatInt(count, 10), of(sums.rows[i/n]), of(sums.columns[i%n]), of(wrong)})
	}
	return list
}

// compact writes a count in at most five characters or so.
func compact(n int64) string {
	switch {
	case n >= 10_000_000_000:
		return strconv.FormatInt(n/1_000_000_000, 10) + "G"
	case n >= 10_000_000:
		return strconv.FormatInt(n/1_000_000, 10) + "M"
	case n >= 100_000:
		return strconv.FormatInt(n/1000, 10) + "k"
	}
	return strconv.FormatInt(n, 10)
}

func shorten(name string) string {
	if r := []rune(name); len(r) > 12 {
		return string(r[:11]) + "…"
	}
	return name
}
