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
	histogram   = 24
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
	var values []float64
	for _, x := range d.Values {
		if v := float64(x); defined(v) {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return panel{}
	}
	slices.Sort(values)
	low, high := values[0], values[len(values)-1]
	span := high - low
	if span <= 0 {
		low, span = low-0.5, 1
		high = low + span
	}
	heights := make([]float64, histogram)
	for _, v := range values {
		heights[min(histogram-1, int((v-low)/span*histogram))]++
	}
	median := (values[(len(values)-1)/2] + values[len(values)/2]) / 2
	p := newPlot("", "images")
	p.Y.Label.TextStyle.Font = sans(tickSize)
	bars := rectangles{}
	for i, n := range heights {
		if n > 0 {
			x := low + span*float64(i)/histogram
			bars.list = append(bars.list, rectangle{x0: x, x1: x + span*0.92/histogram, y1: n, fill: sky})
		}
	}
	tallest := slices.Max(heights)
	p.Add(bars, stroke{median, 0, median, tallest, thin(vermillion, dashed)})
	between(&p.X, low, high, few{3})
	between(&p.Y, 0, tallest, counts{3})
	return panel{named(d.Name, 30) + ", median " + strconv.FormatFloat(median, 'g', 3, 64), p}
}
