package figure

import (
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	panelWidth  = 1.7 * vg.Inch // the least
	panelHeight = 1.45 * vg.Inch
	panelRows   = 5 // on a sheet
)

func init() {
	Register(Definition{Name: "distributions", About: "how each loss and mIoU are distributed over the images, with the median", Needs: "losses, or mIoU", Sheets: distributionSheets})
}

func distributionSheets(r *Run, wide vg.Length) []sheet {
	var panels []panel
	for _, d := range r.Distributions {
		if p := distributionPanel(d); p.plot != nil {
			panels = append(panels, p)
		}
	}
	columns := max(1, min(3, int(wide/panelWidth)))
	var list []sheet
	for page := range slices.Chunk(panels, columns*panelRows) {
		rows := (len(page) + columns - 1) / columns
		list = append(list, sheet{wide, vg.Length(rows)*panelHeight + 2*margin, func(c draw.Canvas) {
			c = inside(c)
			side := (c.Max.X - c.Min.X) / vg.Length(columns)
			for i, p := range page {
				part := c
				part.Min.X += vg.Length(i%columns) * side
				part.Max.X = part.Min.X + side - 6
				part.Max.Y -= vg.Length(i/columns) * panelHeight
				part.Min.Y = part.Max.Y - panelHeight + 6
				p.plot.Draw(drawTitle(part, p.title, labelSize))
			}
		}})
	}
	return list
}

// panel is a small plot with its title.
type panel struct {
	title string
	plot  *plot.Plot
}

// distributionPanel is a histogram with a dashed line at the median; none without a defined value.
func distributionPanel(d Distribution) panel {
	h, ok := d.Histogram()
	if !ok {
		return panel{}
	}
	p := newPlot("", "images")
	p.Y.Label.TextStyle.Font = sans(tickSize)
	bars := rectangles{}
	for i, n := range h.Counts {
		if n > 0 {
			x := h.Edge(i)
			bars.list = append(bars.list, rectangle{x0: x, x1: x + 0.92*(h.Edge(i+1)-x), y1: float64(n), fill: sky})
		}
	}
	tallest, median := float64(slices.Max(h.Counts[:])), h.Quantile(0.5)
	p.Add(bars, stroke{median, 0, median, tallest, thin(vermillion, dashed)})
	between(&p.X, h.Edge(0), h.Edge(Bars), few{3})
	between(&p.Y, 0, tallest, counts{3})
	return panel{named(d.Name, 30) + ", median " + strconv.FormatFloat(median, 'g', 3, 64), p}
}
