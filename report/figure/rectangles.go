package figure

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// rectangle is filled, in the plot's units; text is written into its middle.
type rectangle struct {
	x0, y0, x1, y1 float64
	fill, ink      color.Color
	text           string
}

// rectangles is a plotter.
type rectangles struct {
	list []rectangle
	size float64   // of the text in points
	grow vg.Length // to the right and downwards, so that no seam shows between neighbours
}

// Plot draws the rectangles.
func (r rectangles) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, b := range r.list {
		x0, y0, x1, y1 := x(b.x0), y(b.y0)-r.grow, x(b.x1)+r.grow, y(b.y1)
		c.SetColor(b.fill)
		c.Fill(vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x1, Y: y1}}.Path())
	}
	for _, b := range r.list {
		if b.text != "" {
			style := p.X.Tick.Label
			style.Font, style.Color, style.Rotation = sans(r.size), b.ink, 0
			style.XAlign, style.YAlign = draw.XCenter, draw.YCenter
			c.FillText(style, vg.Point{X: (x(b.x0) + x(b.x1)) / 2, Y: (y(b.y0) + y(b.y1)) / 2}, b.text)
		}
	}
}

// stroke is a straight line in the plot's units.
type stroke struct {
	x0, y0, x1, y1 float64
	draw.LineStyle
}

// Plot draws the line.
func (s stroke) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	c.StrokeLine2(s.LineStyle, x(s.x0), y(s.y0), x(s.x1), y(s.y1))
}

// thin is a line of a colour.
func thin(ink color.Color, dashes []vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: ink, Width: vg.Points(0.7), Dashes: dashes}
}
