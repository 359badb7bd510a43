package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
)

// Curve is what the page of curves shows of one loss: its value and the size of its gradient at probabilities between 0
// and 1, and the probabilities between which a large loss has a small gradient.
type Curve struct {
	Name, Title, Formula, Document string
	P, Loss, Gradient              []float64
	From, To                       float64
}

var (
	//go:embed curves.html.tmpl
	curvesText     string
	curvesTemplate = template.Must(template.New("curves").Parse(curvesText))
)

// The size of a plot.
const plotWidth, plotHeight = 320, 180

// plot is one curve with its axes.
type plot struct {
	Path          string
	Low, High     string
	Width, Height int
}

// drawn is a loss with its two plots.
type drawn struct {
	Curve
	Over, Against     plot // loss over probability, gradient over probability
	Phase             plot // gradient over loss
	ShadeX, ShadeW    float64
	Vanishes          bool
	FromText, ToText  string
	LargestLossAt0    string
	GradientAtWorst   string
	SteepestGradient  string
	SteepestGradientP string
}

// Curves writes the page of curves: one file, offline.
func Curves(w io.Writer, curves []Curve) error {
	page := struct {
		Style  template.CSS
		Losses []drawn
	}{Style: template.CSS(pageStyle)} //nolint:gosec // a file of this program
	for _, c := range curves {
		page.Losses = append(page.Losses, draw(c))
	}
	return curvesTemplate.Execute(w, page)
}

func draw(c Curve) drawn {
	sizes := make([]float64, len(c.Gradient))
	steepest := 0
	for i, g := range c.Gradient {
		if sizes[i] = math.Abs(g); sizes[i] > sizes[steepest] {
			steepest = i
		}
	}
	d := drawn{Curve: c, Over: plotOf(c.P, c.Loss), Against: plotOf(c.P, sizes), Phase: plotOf(c.Loss, sizes), Vanishes: c.To > c.From,
		ShadeX: c.From * plotWidth, ShadeW: (c.To - c.From) * plotWidth,
		FromText: short(c.From), ToText: short(c.To), LargestLossAt0: short(c.Loss[0]), GradientAtWorst: short(sizes[0]),
		SteepestGradient: short(sizes[steepest]), SteepestGradientP: short(c.P[steepest])}
	return d
}

// plotOf draws y over x, each stretched to the plot.
func plotOf(x, y []float64) plot {
	lowX, highX := bounds(x)
	lowY, highY := bounds(y)
	var path strings.Builder
	for i := range x {
		command := 'L'
		if i == 0 {
			command = 'M'
		}
		fmt.Fprintf(&path, "%c%.1f %.1f", command, plotWidth*(x[i]-lowX)/(highX-lowX), plotHeight-plotHeight*(y[i]-lowY)/(highY-lowY))
	}
	return plot{path.String(), short(lowY), short(highY), plotWidth, plotHeight}
}

func bounds(values []float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, x := range values {
		low, high = min(low, x), max(high, x)
	}
	if high <= low {
		high = low + 1
	}
	return low, high
}
