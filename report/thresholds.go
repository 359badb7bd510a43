package report

import (
	_ "embed"

	"github.com/segmetry/segmetry/internal/record"
)

//go:embed thresholds.html.tmpl
var thresholdsText string

// thresholdsPage is the section of precision-recall and ROC curves.
type thresholdsPage struct {
	Figures   []headFigure
	Precision []curvePlot
	ROC       []curvePlot
	More      int // classes that are not drawn
}

// curvePlot is a class's curve.
type curvePlot struct {
	Name    string
	Caption string
	Plot    unitPlot
	Empty   string // why there is nothing to draw
}

// newThresholdsPage draws the curves of group thresholds; nil where none were measured.
func newThresholdsPage(f record.Figures) *thresholdsPage {
	p := &thresholdsPage{}
	curve := func(measure string) [][]float64 { return curves(f, measure) }
	precision, recall, fpr, tpr := curve("pr_curve_precision"), curve("pr_curve_recall"), curve("roc_curve_fpr"), curve("roc_curve_tpr")
	shares := trueShares(f.Summary)
	for c := range min(len(f.Classes), max(min(len(precision), len(recall)), min(len(fpr), len(tpr)))) {
		if c == drawnLabels {
			p.More = len(f.Classes) - c
			break
		}
		if c < min(len(precision), len(recall)) && precision[c] != nil {
			p.Precision = append(p.Precision, newPrecisionPlot(f, c, precision[c], recall[c], shares))
		}
		if c < min(len(fpr), len(tpr)) && fpr[c] != nil {
			p.ROC = append(p.ROC, newROCPlot(f, c, fpr[c], tpr[c]))
		}
	}
	if p.Precision == nil && p.ROC == nil {
		return nil
	}
	for _, measure := range []string{"average_precision", "auroc", "best_f1", "recall_at_precision"} {
		if v, name, ok := f.Scalar(measure); ok {
			p.Figures = append(p.Figures, headFigure{name, percent(v.Value), span(v.CI, percent)})
		}
	}
	return p
}

// curves are a measure's lists by class. A model of one channel has one list, which is class 1's.
func curves(f record.Figures, measure string) [][]float64 {
	lists := f.ClassLists(measure)
	if one := f.List(measure); one != nil && len(f.Classes) == 2 {
		return [][]float64{nil, one}
	}
	return lists
}

// classFigure is a class's value of a measure; where classes have none, all classes', which is that of the one class
// that has a curve.
func classFigure(f record.Figures, measure string, class int) float64 {
	if list := f.ClassValues(measure); list != nil {
		return at(list, class).Value
	}
	if v, _, ok := f.Scalar(measure); ok && len(f.Classes) == 2 {
		return v.Value
	}
	return undefinedValue.Value
}

func newPrecisionPlot(f record.Figures, class int, precision, recall, shares []float64) curvePlot {
	name := f.Classes[class]
	area, f1, threshold := classFigure(f, "average_precision", class), classFigure(f, "best_f1", class), classFigure(f, "best_f1_threshold", class)
	p := curvePlot{Name: name, Plot: unitPlot{X: "recall", Y: "precision"}}
	p.Caption = captionOf(part{"average precision", percent(area), area}, part{"best F1", percent(f1), f1}, part{"at p ≥", short(threshold), threshold})
	p.Plot.Label = "Precision over recall of " + name + p.Caption
	if class < len(shares) && defined(shares[class]) {
		p.Plot.line("chance", []float64{0, 1}, []float64{shares[class], shares[class]})
	}
	p.Plot.line("curve", recall, precision)
	if x, y := between(recall, threshold), between(precision, threshold); defined(x) && defined(y) {
		p.Plot.dot(x, y, 4.5, "p ≥ "+short(threshold), "the largest F1, "+percent(f1)+", is at the threshold "+short(threshold))
	}
	return p.orEmpty(recall, precision)
}

func newROCPlot(f record.Figures, class int, fpr, tpr []float64) curvePlot {
	name, area := f.Classes[class], classFigure(f, "auroc", class)
	threshold := classFigure(f, "best_f1_threshold", class)
	p := curvePlot{Name: name, Caption: captionOf(part{"area", percent(area), area}), Plot: unitPlot{X: "false positive rate", Y: "true positive rate"}}
	p.Plot.Label = "ROC curve of " + name + p.Caption
	p.Plot.line("chance", []float64{0, 1}, []float64{0, 1})
	p.Plot.line("curve", fpr, tpr)
	if x, y := between(fpr, threshold), between(tpr, threshold); defined(x) && defined(y) {
		p.Plot.dot(x, y, 4.5, "p ≥ "+short(threshold), "where F1 is largest")
	}
	return p.orEmpty(fpr, tpr)
}

// orEmpty says so where a curve has no point, as that of a class without true pixels.
func (p curvePlot) orEmpty(x, y []float64) curvePlot {
	if unitPath(x, y) == "" {
		p.Empty = "the truth has no pixel of the class, or nothing but the class"
	}
	return p
}

// part is a figure of a caption.
type part struct {
	what, text string
	value      float64
}

// captionOf lists the figures that are defined.
func captionOf(parts ...part) string {
	text := ""
	for _, p := range parts {
		if defined(p.value) {
			text += ", " + p.what + " " + p.text
		}
	}
	return text
}

// between is a curve's value at a threshold: that of thresholds k/(n−1) in rising order, interpolated; a curve of falling
// thresholds is not among them. NaN without a threshold.
func between(values []float64, threshold float64) float64 {
	if !defined(threshold) || len(values) < 2 {
		return undefinedValue.Value
	}
	x := max(0, min(1, threshold)) * float64(len(values)-1)
	k := min(int(x), len(values)-2)
	part := x - float64(k)
	if part == 0 {
		return values[k]
	}
	return values[k] + part*(values[k+1]-values[k])
}

// trueShares is how much of the valid pixels each class truly has: the precision of a guess. NaN without pixels.
func trueShares(s *record.Summary) []float64 {
	shares := make([]float64, len(s.Classes))
	for c := range shares {
		var have, all int64
		switch n := len(s.Classes); {
		case len(s.LabelCounts) >= 4*(c+1):
			k := s.LabelCounts[4*c:][:4]
			have, all = k[2]+k[3], k[0]+k[1]+k[2]+k[3]
		case len(s.Confusion) == n*n:
			for p, count := range s.Confusion {
				all += count
				if p/n == c {
					have += count
				}
			}
		}
		shares[c] = undefinedValue.Value
		if all > 0 {
			shares[c] = float64(have) / float64(all)
		}
	}
	return shares
}
