package figure

import (
	"image/color"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Colours of Okabe and Ito (2008), which people with colour-blindness can tell apart.
var (
	blue       = color.NRGBA{0, 114, 178, 255}
	vermillion = color.NRGBA{213, 94, 0, 255}
	green      = color.NRGBA{0, 158, 115, 255}
	purple     = color.NRGBA{204, 121, 167, 255}
	orange     = color.NRGBA{230, 159, 0, 255}
	sky        = color.NRGBA{86, 180, 233, 255}
	ink        = color.NRGBA{40, 40, 48, 255}
	grey       = color.NRGBA{150, 150, 156, 255}
	pale       = color.NRGBA{215, 215, 220, 255}
)

// Sizes of text in points.
const titleSize, labelSize, tickSize = 8, 7, 6

var (
	dashed = []vg.Length{vg.Points(3), vg.Points(2)}
	// strokes tell lines apart where colours do not.
	strokes = [][]vg.Length{nil, {6, 2}, {2, 2}, {6, 2, 1.5, 2}, {1, 1.5}}
	inks    = []color.Color{blue, vermillion, green, purple, orange, ink}
)

// lineStyle is the i-th of thirty lines that differ in colour or in dashes, neighbours in both.
func lineStyle(i int) draw.LineStyle {
	return draw.LineStyle{Color: inks[i%len(inks)], Width: vg.Points(1), Dashes: strokes[i%len(strokes)]}
}

func sans(points float64) font.Font {
	return font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, vg.Length(points))
}

// newPlot is an empty plot in the figures' type.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = x, y
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font, a.Tick.Label.Font = sans(labelSize), sans(tickSize)
		a.Tick.Length, a.Padding, a.Label.Padding = vg.Points(2.5), vg.Points(2), vg.Points(2)
	}
	p.Legend.TextStyle.Font, p.Legend.ThumbnailWidth, p.Legend.Padding = sans(tickSize), vg.Points(16), vg.Points(1)
	return p
}

// between fixes an axis.
func between(a *plot.Axis, low, high float64, ticks plot.Ticker) {
	a.Min, a.Max, a.Tick.Marker = low, high, ticks
}

// shares are the ticks of an axis from 0 to 1, shown in percent, so many steps.
func shares(steps int) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for i := 0; i <= steps; i++ {
		x := float64(i) / float64(steps)
		ticks = append(ticks, plot.Tick{Value: x, Label: strconv.FormatFloat(100*x, 'f', 0, 64)})
	}
	return ticks
}

// few are gonum's ticks with every label that comes too close to the one before left out.
type few struct{ most int }

func (f few) Ticks(low, high float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(low, high)
	major := 0
	for _, t := range ticks {
		if !t.IsMinor() {
			major++
		}
	}
	every, seen := (major+f.most-1)/f.most, 0
	for i := range ticks {
		if ticks[i].IsMinor() {
			continue
		}
		if seen%every != 0 {
			ticks[i].Label = ""
		}
		seen++
	}
	return ticks
}

// width is a text's.
func width(text string, points float64) vg.Length {
	style := plot.New().X.Tick.Label
	style.Font = sans(points)
	return style.Width(text)
}

// margin keeps what is drawn off the picture's edge.
const margin = vg.Length(4)

// inside is the canvas without its margin.
func inside(c draw.Canvas) draw.Canvas { return draw.Crop(c, margin, -margin, margin, -margin) }

// counts are whole numbers from 0 on, at most so many steps.
type counts struct{ steps float64 }

func (k counts) Ticks(_, high float64) (ticks []plot.Tick) {
	step := 1.0
	for i := 0; high/step > k.steps; i++ {
		step *= []float64{2, 2.5, 2}[i%3] // 2, 5, 10, 20, …
	}
	for x := 0.0; x <= high; x += step {
		ticks = append(ticks, plot.Tick{Value: x, Label: strconv.FormatFloat(x, 'f', 0, 64)})
	}
	return ticks
}

// upTo are ticks of an axis of shares up to a largest one, in percent.
func upTo(high float64) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for _, t := range (few{5}).Ticks(0, max(100*high, 0.1)) {
		ticks = append(ticks, plot.Tick{Value: t.Value / 100, Label: t.Label})
	}
	return ticks
}

// drawTitle writes a title above all else, smaller where it would not fit, and returns the canvas below.
func drawTitle(c draw.Canvas, title string, size float64) draw.Canvas {
	style := newPlot("", "").Title.TextStyle
	style.Font = sans(size)
	if wide := style.Width(title); wide > c.Max.X-c.Min.X {
		style.Font = sans(size * float64((c.Max.X-c.Min.X)/wide))
	}
	c.FillText(style, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: c.Max.Y + style.FontExtents().Descent}, title)
	c.Max.Y -= vg.Length(size * 1.6)
	return c
}
