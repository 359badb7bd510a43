package report

import (
	"fmt"
	"strings"
)

// unitPlot is a chart whose axes both go from 0 to 1, as the template "unitplot" draws it.
type unitPlot struct {
	Label string // what it is, in words, for those who do not see it
	X, Y  string // what the axes are
	Lines []unitLine
	Gaps  []unitGap
	Dots  []unitDot
}

// unitLine is a line. Kind is its class in the style: curve, chance.
type unitLine struct{ Kind, Path string }

// unitGap is an upright bar between two heights.
type unitGap struct{ X, Y, Height float64 }

// unitDot is a marked point. Text, if any, stands beside it.
type unitDot struct {
	X, Y, Radius float64
	Text, Title  string
	Anchor       string // start, or end: on which side of the text it lies
}

// The frame of a unitPlot within its viewBox; the template has the same figures.
const unitLeft, unitTop, unitSide = 40.0, 8.0, 180.0

func unitX(x float64) float64 { return unitLeft + unitSide*x }
func unitY(y float64) float64 { return unitTop + unitSide*(1-y) }

// unitTicks are where the grid's lines are.
func unitTicks() []unitTick {
	var ticks []unitTick
	for i := range 5 {
		v := float64(i) / 4
		ticks = append(ticks, unitTick{unitX(v), unitY(v), short(v)})
	}
	return ticks
}

type unitTick struct {
	X, Y float64
	Text string
}

// unitPath joins points, in their order; an undefined one breaks the line.
func unitPath(x, y []float64) string {
	var path strings.Builder
	command, last := 'M', ""
	for i := range min(len(x), len(y)) {
		if !defined(x[i]) || !defined(y[i]) {
			command = 'M'
			continue
		}
		at := fmt.Sprintf("%.1f %.1f", unitX(x[i]), unitY(y[i]))
		if at == last && command == 'L' {
			continue
		}
		fmt.Fprintf(&path, "%c%s", command, at)
		command, last = 'L', at
	}
	return path.String()
}

// line adds a line where it has a point.
func (p *unitPlot) line(kind string, x, y []float64) {
	if path := unitPath(x, y); path != "" {
		p.Lines = append(p.Lines, unitLine{kind, path})
	}
}

// gap adds a bar at x from one height to the other.
func (p *unitPlot) gap(x, from, to float64) {
	p.Gaps = append(p.Gaps, unitGap{unitX(x) - 3, unitY(max(from, to)), unitSide * (max(from, to) - min(from, to))})
}

// dot marks a point; its text stands on the side that has room.
func (p *unitPlot) dot(x, y, radius float64, text, title string) {
	d := unitDot{X: unitX(x), Y: unitY(y), Radius: radius, Text: text, Title: title, Anchor: "start"}
	if x > 0.5 {
		d.Anchor = "end"
	}
	p.Dots = append(p.Dots, d)
}

// TextX is where a dot's text begins or ends.
func (d unitDot) TextX() float64 {
	if d.Anchor == "end" {
		return d.X - d.Radius - 4
	}
	return d.X + d.Radius + 4
}

// TextY keeps a dot's text within the frame.
func (d unitDot) TextY() float64 { return max(d.Y+14, unitTop+14) }
