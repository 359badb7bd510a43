package figure

import (
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func init() {
	Register(Definition{Name: "reliability", About: "reliability diagram: the accuracy of pixels against their mean confidence, a point a bin, and below it the share of pixels in each", Needs: "calibration", Sheets: reliabilitySheets})
}

// reliabilityBins are the bins that have pixels.
type reliabilityBins struct {
	points plotter.XYs // mean confidence, accuracy
	mass   []float64   // share of all pixels
}

func binsOf(r *Run) reliabilityBins {
	x, y, pixels := r.figures().List("reliability_confidence"), r.figures().List("reliability_accuracy"), r.figures().List("reliability_pixels")
	var b reliabilityBins
	total := 0.0
	for i := range min(len(x), len(y)) {
		if !defined(x[i]) || !defined(y[i]) {
			continue
		}
		b.points = append(b.points, plotter.XY{X: x[i], Y: y[i]})
		if i < len(pixels) {
			b.mass = append(b.mass, pixels[i])
			total += pixels[i]
		}
	}
	for i := range b.mass {
		b.mass[i] /= max(total, 1)
	}
	return b
}

func reliabilitySheets(r *Run, wide vg.Length) []sheet {
	b := binsOf(r)
	if len(b.points) == 0 {
		return nil
	}
	title := "Reliability"
	if v, _, ok := r.figures().Scalar("ece"); ok && defined(v.Value) {
		title += "; expected calibration error " + strconv.FormatFloat(v.Value, 'f', 4, 64)
	}
	side := min(wide, 3.6*vg.Inch)
	top := b.diagram()
	if len(b.mass) != len(b.points) {
		top.X.Label.Text = "mean confidence, %"
		return []sheet{{side, side, func(c draw.Canvas) { top.Draw(drawTitle(inside(c), title, titleSize)) }}}
	}
	bottom := b.masses()
	return []sheet{{side, side * 1.3, func(c draw.Canvas) {
		c = drawTitle(inside(c), title, titleSize)
		plots := [][]*plot.Plot{{top}, {bottom}}
		upper, lower := c, c
		upper.Min.Y = c.Min.Y + (c.Max.Y-c.Min.Y)*0.3
		lower.Max.Y = upper.Min.Y - 2
		// both start where the wider axis ends, so that their bins stand below each other
		left := max(plots[0][0].DataCanvas(upper).Min.X, plots[1][0].DataCanvas(lower).Min.X)
		for i, part := range []draw.Canvas{upper, lower} {
			p := plots[i][0]
			part.Min.X += left - p.DataCanvas(part).Min.X
			p.Draw(part)
		}
	}}}
}

// diagram has a point a bin, and a line from each to where it would lie were the confidence right.
func (b reliabilityBins) diagram() *plot.Plot {
	p := newPlot("", "accuracy, %")
	between(&p.X, 0, 1, shares(5))
	between(&p.Y, 0, 1, shares(5))
	p.Add(stroke{0, 0, 1, 1, thin(grey, dashed)})
	for _, at := range b.points {
		p.Add(stroke{at.X, at.X, at.X, at.Y, draw.LineStyle{Color: vermillion, Width: 1.2}})
	}
	p.Add(&plotter.Line{XYs: b.points, LineStyle: draw.LineStyle{Color: blue, Width: 1}},
		&plotter.Scatter{XYs: b.points, GlyphStyle: draw.GlyphStyle{Color: blue, Radius: 2, Shape: draw.CircleGlyph{}}})
	return p
}

// masses shows the share of the pixels in each bin, at the bin's mean confidence.
func (b reliabilityBins) masses() *plot.Plot {
	p := newPlot("mean confidence, %", "pixels, %")
	half := min(0.3/float64(len(b.points)), 0.03)
	var bars rectangles
	for i, at := range b.points {
		bars.list = append(bars.list, rectangle{x0: max(0, at.X-half), x1: min(1, at.X+half), y1: b.mass[i], fill: sky})
	}
	p.Add(bars)
	between(&p.X, 0, 1, shares(5))
	between(&p.Y, 0, 1, shares(2))
	return p
}
