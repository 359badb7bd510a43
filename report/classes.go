package report

import (
	"fmt"
	"strings"

	"github.com/segmetry/segmetry/internal/palette"
	"github.com/segmetry/segmetry/internal/record"
)

type column struct{ Name string }
type classRow struct {
	Name  string
	Color string
	Cells []cell
}
type cell struct {
	Text  string
	CI    string // interval; "" where there is none
	Sort  string
	Width float64 // of the bar, percent; negative: none
}

func (f *Folder) classTable(s *record.Summary) (columns []column, rows []classRow) {
	colors := palette.ClassColors(len(s.Classes), f.options.Palette)
	if len(s.LabelCounts) > 0 {
		colors = palette.LabelColors(len(s.Classes), f.options.Palette)
	}
	for c, name := range s.Classes {
		rows = append(rows, classRow{Name: name, Color: fmt.Sprintf("#%02x%02x%02x", colors[c][0], colors[c][1], colors[c][2])})
	}
	for _, m := range s.PerClass {
		if strings.HasSuffix(m.Name, "_img") || m.Values[0].Values != nil {
			continue
		}
		columns = append(columns, column{m.Name})
		for c, v := range m.Values {
			write := percent
			if m.Plain {
				write = short
			}
			width, text := -1.0, write(v.Value)
			if defined(v.Value) && !m.Plain {
				width = 100 * v.Value
			}
			rows[c].Cells = append(rows[c].Cells, cell{text, span(v.CI, write), format(v.Value), width})
		}
	}
	return columns, rows
}
