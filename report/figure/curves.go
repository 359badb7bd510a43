package figure

import (
	"cmp"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// curveKind is a family of curves, one a class.
type curveKind struct {
	name, title, about string
	x, y               string // the lists
	xLabel, yLabel     string
	area, areaText     string // the measure that a curve's area is
	diagonal           bool
}

func init() {
	for _, k := range []curveKind{
		{name: "pr", title: "Precision and recall over thresholds", about: "precision against recall over thresholds, a curve a class, with its average precision",
			x: "pr_curve_recall", y: "pr_curve_precision", xLabel: "recall, %", yLabel: "precision, %", area: "average_precision", areaText: "AP"},
		{name: "roc", title: "Receiver operating characteristic", about: "true positive rate against false positive rate over thresholds, a curve a class, with its AUROC",
			x: "roc_curve_fpr", y: "roc_curve_tpr", xLabel: "false positive rate, %", yLabel: "true positive rate, %", area: "auroc", areaText: "AUROC", diagonal: true},
	} {
		Register(Definition{Name: k.name, About: k.about + "; of more than 12 classes the 8 lowest are named, the others grey", Needs: "thresholds", Sheets: k.sheets})
	}
}

const (
	allNamed  = 12 // classes up to which each has its own line
	someNamed = 8  // of more, the lowest ones
)

// classCurve is a class's points.
type classCurve struct {
	class  int
	points plotter.XYs
	area   float64
}

func (k curveKind) sheets(r *Run, wide vg.Length) []sheet {
	curves := k.curves(r)
	if len(curves) == 0 {
		return nil
	}
	title := k.title
	if v, _, ok := r.figures().Scalar(k.area); ok && defined(v.Value) {
		title += "; " + k.areaText + " " + withInterval(v)
	}
	p := newPlot(k.xLabel, k.yLabel)
	between(&p.X, 0, 1, shares(5))
	between(&p.Y, 0, 1, shares(5))
	if k.diagonal {
		p.Add(stroke{0, 0, 1, 1, thin(grey, dashed)})
	}
	legend, widest := k.add(p, r, curves)
	beside, below := widest+legend.ThumbnailWidth+3*margin, vg.Length(0)
	if len(r.Summary.Classes) == 1 || len(curves) == 1 {
		beside = 0
	} else if wide-beside < leastPlot {
		beside, below = 0, legendRow*vg.Length(min(len(curves), allNamed)+1)
	}
	side := min(wide-2*margin-beside, 4.2*vg.Inch)
	return []sheet{{wide, side + titleSize*1.6 + below, func(c draw.Canvas) {
		c = drawTitle(inside(c), title, titleSize)
		p.Draw(draw.Crop(c, 0, -beside, below, 0))
		if beside > 0 {
			legend.Draw(draw.Crop(c, c.Max.X-c.Min.X-beside+margin, 0, 0, 0))
		} else if below > 0 {
			legend.Draw(draw.Crop(c, 0, 0, 0, -side))
		}
	}}}
}

const (
	leastPlot = 2.2 * vg.Inch // what a plot beside its legend has at least; a narrower one has it below
	legendRow = vg.Length(8)
)

// curves are those with at least two points.
func (k curveKind) curves(r *Run) []classCurve {
	xs, ys, areas := r.figures().ClassValues(k.x), r.figures().ClassValues(k.y), r.figures().ClassValues(k.area)
	var list []classCurve
	for c := range min(len(xs), len(ys)) {
		points := pointsOf(xs[c].Values, ys[c].Values)
		if len(points) < 2 {
			continue
		}
		curve := classCurve{c, points, trapezoids(points)}
		if areas != nil && defined(areas[c].Value) {
			curve.area = areas[c].Value
		}
		list = append(list, curve)
	}
	return list
}

// pointsOf pairs two lists where both are defined.
func pointsOf(x, y []float64) plotter.XYs {
	var points plotter.XYs
	for i := range min(len(x), len(y)) {
		if defined(x[i]) && defined(y[i]) {
			points = append(points, plotter.XY{X: x[i], Y: y[i]})
		}
	}
	return points
}

// trapezoids is a curve's area, in whichever direction it runs: what orders curves of a run without the measure.
func trapezoids(points plotter.XYs) (area float64) {
	for i := range points[1:] {
		area += (points[i+1].X - points[i].X) * (points[i+1].Y + points[i].Y) / 2
	}
	return max(area, -area)
}

// add draws the curves, and returns the legend with its widest text.
func (k curveKind) add(p *plot.Plot, r *Run, curves []classCurve) (legend plot.Legend, widest vg.Length) {
	legend = p.Legend
	legend.Top, legend.Left = true, true
	shown := curves
	if len(curves) > allNamed {
		shown = slices.Clone(curves)
		slices.SortStableFunc(shown, func(a, b classCurve) int { return cmp.Compare(a.area, b.area) })
		for _, c := range shown[someNamed:] {
			p.Add(&plotter.Line{XYs: c.points, LineStyle: draw.LineStyle{Color: pale, Width: 0.5}})
		}
		shown = shown[:someNamed]
	}
	has := r.figures().ClassValues(k.area) != nil
	for i, c := range shown {
		line := &plotter.Line{XYs: c.points, LineStyle: lineStyle(i)}
		p.Add(line)
		text := named(r.Summary.Classes[c.class], 20)
		if has {
			text += " " + percent(c.area)
		}
		legend.Add(text, line)
		widest = max(widest, width(text, tickSize))
	}
	if more := len(curves) - len(shown); more > 0 {
		text := strconv.Itoa(more) + " others"
		legend.Add(text, &plotter.Line{LineStyle: draw.LineStyle{Color: pale, Width: 0.5}})
		widest = max(widest, width(text, tickSize))
	}
	return legend, widest
}
