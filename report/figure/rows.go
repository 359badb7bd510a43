package figure

import (
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// rowChart shows a row a class, or what else has a name: bars, an interval, a figure at the end. Many rows stand in
// columns beside each other, and on further sheets.
type rowChart struct {
	title, axis string
	rows        []row
	low, high   float64 // of the axis; figures stand to the right of the bars, and need room
	ticks       plot.Ticker
	mark        float64 // a dashed line across all rows; NaN for none
	zero        bool    // a line at 0
	legend      []key
}

// row is one of them.
type row struct {
	label     string
	bars      []bar
	point     float64 // a dot; NaN for none
	low, high float64 // the interval; NaN for none
	text      string
}

// bar is a part of a row's bar.
type bar struct {
	from, to float64
	fill     color.Color
}

// key explains a bar's colour.
type key struct {
	text string
	fill color.Color
}

const (
	rowsPerColumn = 50
	columnWidth   = 1.6 * vg.Inch // the least
	rowHeight     = vg.Length(9.5)
	fewRows       = 12 // of which each is higher
	fewRowHeight  = vg.Length(13)
)

// letters bounds the labels by the number of columns.
var letters = [...]int{28, 20, 14}

// sheets lays the rows out.
func (k rowChart) sheets(wide vg.Length) []sheet {
	most := max(1, min(len(letters), int(wide/columnWidth)))
	columns := min(most, (len(k.rows)+rowsPerColumn-1)/rowsPerColumn)
	number := (len(k.rows) + columns*rowsPerColumn - 1) / (columns * rowsPerColumn)
	perColumn := (len(k.rows) + number*columns - 1) / (number * columns) // all sheets have as many
	height := rowHeight
	if perColumn <= fewRows {
		height = fewRowHeight
	}
	var list []sheet
	for rows := range slices.Chunk(k.rows, columns*perColumn) {
		high := height*vg.Length(perColumn+1) + 48 + 11*vg.Length(len(k.legend))
		list = append(list, sheet{wide, high, func(c draw.Canvas) { k.draw(inside(c), rows, columns, perColumn) }})
	}
	return list
}

// draw draws one sheet.
func (k rowChart) draw(c draw.Canvas, rows []row, columns, perColumn int) {
	c = drawTitle(c, k.title, titleSize)
	wide := (c.Max.X - c.Min.X) / vg.Length(columns)
	for i := range columns {
		if i*perColumn >= len(rows) {
			break
		}
		p := k.column(rows[i*perColumn:min(len(rows), (i+1)*perColumn)], perColumn, letters[columns-1])
		part := c
		part.Min.X += vg.Length(i) * wide
		part.Max.X = part.Min.X + wide - 4
		if i == 0 {
			part = k.drawLegend(part)
		} else {
			part.Min.Y += 11 * vg.Length(len(k.legend))
		}
		p.Draw(part)
	}
}

// drawLegend explains the colours below the rows, and returns the canvas above.
func (k rowChart) drawLegend(c draw.Canvas) draw.Canvas {
	style := newPlot("", "").X.Tick.Label
	style.XAlign, style.YAlign = draw.XLeft, draw.YCenter
	for i := len(k.legend) - 1; i >= 0; i-- {
		middle := c.Min.Y + 5.5
		c.SetColor(k.legend[i].fill)
		c.Fill(vg.Rectangle{Min: vg.Point{X: c.Min.X, Y: middle - 3}, Max: vg.Point{X: c.Min.X + 10, Y: middle + 3}}.Path())
		c.FillText(style, vg.Point{X: c.Min.X + 14, Y: middle}, k.legend[i].text)
		c.Min.Y += 11
	}
	return c
}

// column is a plot of some of the rows, the first one on top.
func (k rowChart) column(rows []row, perColumn, letters int) *plot.Plot {
	p := newPlot(k.axis, "")
	between(&p.X, k.low, k.high, k.ticks)
	var names plot.ConstantTicks
	var bars rectangles
	for i, r := range rows {
		names = append(names, plot.Tick{Value: -float64(i), Label: named(r.label, letters)})
		for _, b := range r.bars {
			bars.list = append(bars.list, rectangle{x0: b.from, x1: b.to, y0: -float64(i) - 0.36, y1: -float64(i) + 0.36, fill: b.fill})
		}
	}
	between(&p.Y, -float64(perColumn-1)-0.6, 0.6, names)
	p.Y.Tick.Length = 0
	if k.zero {
		p.Add(stroke{0, p.Y.Min, 0, p.Y.Max, thin(grey, nil)})
	}
	p.Add(bars, rowMarks(rows))
	if defined(k.mark) {
		p.Add(stroke{k.mark, p.Y.Min, k.mark, p.Y.Max, thin(vermillion, dashed)})
	}
	return p
}

// rowMarks draws dots, intervals and figures.
type rowMarks []row

// Plot draws them.
func (m rowMarks) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := p.X.Tick.Label
	style.Font, style.XAlign, style.YAlign = sans(tickSize-1), draw.XLeft, draw.YCenter
	for i, r := range m {
		at, end := y(-float64(i)), p.X.Min
		if defined(r.point) {
			end = r.point
		}
		for _, b := range r.bars {
			end = max(end, b.to)
		}
		if defined(r.low) && defined(r.high) {
			end = max(end, r.high)
			low, high := max(r.low, p.X.Min), min(r.high, p.X.Max)
			c.StrokeLine2(thin(ink, nil), x(low), at, x(high), at)
			c.StrokeLine2(thin(ink, nil), x(low), at-1.5, x(low), at+1.5)
			c.StrokeLine2(thin(ink, nil), x(high), at-1.5, x(high), at+1.5)
		}
		if defined(r.point) {
			c.DrawGlyph(draw.GlyphStyle{Color: blue, Radius: 1.8, Shape: draw.CircleGlyph{}}, vg.Point{X: x(r.point), Y: at})
		}
		c.FillText(style, vg.Point{X: x(min(end, p.X.Max)) + 3, Y: at}, r.text)
	}
}
