package report

import (
	"fmt"
	"strconv"

	"github.com/segmetry/segmetry/internal/record"
)

// matrix is the confusion matrix as the template draws it.
type matrix struct {
	Size   float64 // of the whole picture
	Origin float64 // where the cells begin: the labels stand before
	Cells  []matrixCell
	Labels []matrixLabel
	Text   bool // cells are large enough for their figures
}

type matrixCell struct {
	X, Y, Side    float64
	MiddleX, MidY float64
	Fill          string
	Ink           string
	Count         string
	Share         string
	Title         string
}

type matrixLabel struct {
	Name         string
	Middle, Size float64
}

// textCells is the largest number of classes whose cells have their figures written into them.
const textCells = 16

// newMatrix shades each cell by its share of its row, from white to the blue of Okabe and Ito.
func newMatrix(s *record.Summary) matrix {
	n := len(s.Classes)
	side := max(4, min(76, 640/float64(max(1, n))))
	m := matrix{Origin: 96, Text: n <= textCells}
	m.Size = m.Origin + side*float64(n)
	for t, name := range s.Classes {
		m.Labels = append(m.Labels, matrixLabel{shorten(name), m.Origin + (float64(t)+0.5)*side, max(5, min(12, side*0.7))})
		var total int64
		for p := range n {
			total += s.Confusion[t*n+p]
		}
		for p := range n {
			m.Cells = append(m.Cells, newCell(s, t, p, s.Confusion[t*n+p], total, m.Origin, side))
		}
	}
	return m
}

func newCell(s *record.Summary, t, p int, count, total int64, origin, side float64) matrixCell {
	share, text := 0.0, "–"
	if total > 0 {
		share = float64(count) / float64(total)
		text = strconv.FormatFloat(100*share, 'f', 1, 64) + "%"
	}
	c := matrixCell{X: origin + float64(p)*side, Y: origin + float64(t)*side, Side: side, Count: compact(count), Share: text, Ink: "#16202c"}
	c.MiddleX, c.MidY = c.X+side/2, c.Y+side/2+4
	mix := func(from, to float64) int { return int(from + (to-from)*share + 0.5) }
	c.Fill = fmt.Sprintf("#%02x%02x%02x", mix(246, 0), mix(249, 92), mix(252, 158))
	if share > 0.5 {
		c.Ink = "#ffffff"
	}
	c.Title = fmt.Sprintf("truth %s, predicted %s: %d pixels, %s of the class's true pixels", s.Classes[t], s.Classes[p], count, text)
	return c
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
