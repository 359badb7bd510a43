package figure

import (
	"cmp"
	"image/color"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	mostCells   = 150            // classes that a matrix shows
	smallCell   = vg.Length(4.5) // the least side, which names still fit
	largeCell   = vg.Length(46)  // the largest
	textCell    = vg.Length(15)  // the side from which on figures stand in the cells
	strip       = vg.Length(34)  // for the scale beside the matrix
	faintest    = 0.0005         // the share of a row below which a cell is white
	cellLetters = 18
)

func init() {
	Register(Definition{Name: "confusion", About: "confusion matrix, each row in percent of its true pixels; of more than 150 classes those with the most wrong pixels", Needs: "classes that do not overlap", Sheets: confusionSheets})
}

// confusionSheets draws the matrix wider than asked for where cells would be too small for their names.
func confusionSheets(r *Run, wide vg.Length) []sheet {
	n := len(r.Summary.Classes)
	if n == 0 || len(r.Summary.Confusion) != n*n {
		return nil
	}
	shown := mostConfused(r.Summary.Confusion, n)
	p := matrixPlot(r, shown)
	// the axis's room does not depend on the picture's size
	data := p.DataCanvas(draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: 1000, Y: 1000}}})
	besideX, besideY := 1000-(data.Max.X-data.Min.X)+strip+2*margin, 1000-(data.Max.Y-data.Min.Y)+2*margin
	side := min(largeCell, max(smallCell, (wide-besideX)/vg.Length(len(shown))))
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Tick.Label.Font = sans(min(float64(a.Tick.Label.Font.Size), 0.85*float64(side)))
	}
	addCells(p, r, shown, side)
	title := "Confusion matrix, % of each class's true pixels"
	if len(shown) < n {
		title += "; the " + strconv.Itoa(len(shown)) + " classes of " + strconv.Itoa(n) + " with the most wrong pixels"
	}
	inner := side * vg.Length(len(shown))
	return []sheet{{max(wide, inner+besideX), max(inner+besideY, 76) + titleSize*1.6, func(c draw.Canvas) {
		c = drawTitle(inside(c), title, titleSize)
		c.Max.X = min(c.Max.X, c.Min.X+inner+besideX-2*margin)
		p.Draw(draw.Crop(c, 0, -strip, 0, 0))
		drawScale(draw.Crop(c, c.Max.X-c.Min.X-strip+8, 0, 0, 0))
	}}}
}

// mostConfused are the classes to show, in their order.
func mostConfused(confusion []int64, n int) []int {
	list := make([]int, n)
	wrong := make([]int64, n)
	for t := range n {
		list[t] = t
		for p := range n {
			if t != p {
				wrong[t] += confusion[t*n+p]
				wrong[p] += confusion[t*n+p]
			}
		}
	}
	if n > mostCells {
		slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(wrong[b], wrong[a]) })
		list = list[:mostCells]
		slices.Sort(list)
	}
	return list
}

// matrixPlot is the matrix without its cells.
func matrixPlot(r *Run, shown []int) *plot.Plot {
	p := newPlot("predicted", "true")
	size := float64(tickSize)
	if len(shown) > 40 {
		size = float64(smallCell) * 0.85
	}
	var x, y plot.ConstantTicks
	for i, c := range shown {
		label := named(r.Summary.Classes[c], cellLetters)
		x, y = append(x, plot.Tick{Value: float64(i), Label: label}), append(y, plot.Tick{Value: -float64(i), Label: label})
	}
	n := float64(len(shown))
	between(&p.X, -0.5, n-0.5, x)
	between(&p.Y, -n+0.5, 0.5, y)
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Tick.Label.Font, a.Tick.Length, a.Padding, a.Width = sans(size), 0, 0, 0
	}
	p.X.Padding = vg.Length(size) * 0.6 // gonum moves turned labels up by nearly as much
	p.X.Tick.Label.Rotation, p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = quarter, draw.XRight, draw.YCenter
	return p
}

// quarter turns a text to be read from below.
const quarter = 1.5707963267948966

func addCells(p *plot.Plot, r *Run, shown []int, side vg.Length) {
	n := len(r.Summary.Classes)
	cells := rectangles{size: min(tickSize, float64(side)*0.36), grow: 0.12}
	for i, t := range shown {
		var total int64
		for c := range n {
			total += r.Summary.Confusion[t*n+c]
		}
		for j, c := range shown {
			share := float64(r.Summary.Confusion[t*n+c]) / max(1, float64(total))
			if share < faintest {
				continue
			}
			b := rectangle{x0: float64(j) - 0.5, x1: float64(j) + 0.5, y0: -float64(i) - 0.5, y1: -float64(i) + 0.5, fill: shade(share), ink: ink}
			if share > 0.5 {
				b.ink = color.White
			}
			if side >= textCell {
				b.text = percent(share)
			}
			cells.list = append(cells.list, b)
		}
	}
	p.Add(cells)
	x0, x1, y0, y1 := p.X.Min, p.X.Max, p.Y.Min, p.Y.Max
	for _, edge := range [][4]float64{{x0, y0, x1, y0}, {x0, y1, x1, y1}, {x0, y0, x0, y1}, {x1, y0, x1, y1}} {
		p.Add(stroke{edge[0], edge[1], edge[2], edge[3], thin(grey, nil)})
	}
}

// shade goes from nearly white to blue.
func shade(share float64) color.Color {
	mix := func(from, to float64) uint8 { return uint8(from + (to-from)*share + 0.5) }
	return color.NRGBA{mix(238, 0), mix(244, 82), mix(250, 138), 255}
}

// drawScale explains the shades.
func drawScale(c draw.Canvas) {
	p := newPlot("", "")
	p.HideX()
	between(&p.X, 0, 1, plot.ConstantTicks{})
	between(&p.Y, 0, 1, shares(4))
	p.X.Padding, p.Y.Padding = 0, 0
	var steps rectangles
	const n = 50
	steps.grow = 0.12
	for i := n - 1; i >= 0; i-- {
		steps.list = append(steps.list, rectangle{x0: 0, x1: 1, y0: float64(i) / n, y1: float64(i+1) / n, fill: shade((float64(i) + 0.5) / n)})
	}
	p.Add(steps)
	c.Min.Y = max(c.Min.Y, c.Max.Y-130)
	p.Draw(c)
}
