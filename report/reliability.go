package report

import (
	_ "embed"
	"math"

	"github.com/segmetry/segmetry/internal/record"
)

//go:embed reliability.html.tmpl
var reliabilityText string

// reliabilityPage is the section on how far probabilities can be trusted.
type reliabilityPage struct {
	Figures []headFigure // ece, brier, …: of all classes
	Plots   []reliabilityPlot
	Classes []reliabilityPlot
	More    int // classes that are not drawn
}

// headFigure is a figure with its name, as the page writes it.
type headFigure struct{ Name, Value, Interval string }

// reliabilityPlot is the diagram of one class, or of the predicted one.
type reliabilityPlot struct {
	Name  string
	Error string // ece
	Plot  unitPlot
	Bins  []reliabilityBin
	Empty string // why there is nothing to draw
}

type reliabilityBin struct{ Confidence, Accuracy, Gap, Pixels, Share string }

// newReliabilityPage draws the bins of group calibration; nil where none were measured.
func newReliabilityPage(f record.Figures) *reliabilityPage {
	p := &reliabilityPage{}
	if x := f.List("reliability_confidence"); x != nil {
		ece, _, _ := f.Scalar("ece")
		p.Plots = append(p.Plots, newReliabilityPlot("predicted class", "confidence", "accuracy", ece.Value, x, f.List("reliability_accuracy"), f.List("reliability_pixels")))
	}
	x, y, n, errors := f.ClassLists("reliability_class_probability"), f.ClassLists("reliability_class_frequency"), f.ClassLists("reliability_class_pixels"), f.ClassValues("classwise_ece")
	across, up := "probability of the class", "frequency of the class"
	if x == nil { // labels that may overlap have the diagram of their decisions
		x, y, n, errors = f.ClassLists("reliability_confidence"), f.ClassLists("reliability_accuracy"), f.ClassLists("reliability_pixels"), f.ClassValues("ece")
		across, up = "confidence of the decision", "accuracy"
	}
	for c := range min(len(x), len(y), len(n), len(f.Classes)) {
		if len(p.Classes) == drawnLabels {
			p.More = len(f.Classes) - c
			break
		}
		p.Classes = append(p.Classes, newReliabilityPlot(f.Classes[c], across, up, at(errors, c).Value, x[c], y[c], n[c]))
	}
	if p.Plots == nil && p.Classes == nil {
		return nil
	}
	for _, measure := range []string{"ece", "rmsce", "mce", "classwise_ece", "brier", "nll"} {
		if v, name, ok := f.Scalar(measure); ok {
			p.Figures = append(p.Figures, headFigure{name, short(v.Value), span(v.CI, short)})
		}
	}
	return p
}

// newReliabilityPlot draws bins: where each lies by its mean confidence, how often it is right, and the gap to the diagonal.
func newReliabilityPlot(name, x, y string, ece float64, confidence, accuracy, pixels []float64) reliabilityPlot {
	p := reliabilityPlot{Name: name, Error: short(ece), Plot: unitPlot{X: x, Y: y, Label: "Reliability of " + name + ": " + y + " over " + x + ", calibration error " + short(ece)}}
	total := 0.0
	for _, n := range pixels {
		if defined(n) {
			total += n
		}
	}
	p.Plot.line("chance", []float64{0, 1}, []float64{0, 1})
	var xs, ys []float64
	for i := range min(len(confidence), len(accuracy), len(pixels)) {
		c, a, n := confidence[i], accuracy[i], pixels[i]
		if !defined(c) || !defined(a) || !(n > 0) {
			continue
		}
		share := n / total
		xs, ys = append(xs, c), append(ys, a)
		p.Plot.gap(c, c, a)
		p.Plot.dot(c, a, 2+6*math.Sqrt(share), "", percent(share)+"% of the pixels: "+x+" "+short(c)+", "+y+" "+short(a))
		p.Bins = append(p.Bins, reliabilityBin{short(c), short(a), signed(a-c, short), compact(int64(n)), percent(share)})
	}
	p.Plot.line("curve", xs, ys)
	if p.Bins == nil {
		p.Empty = "no pixel has a defined probability"
	}
	return p
}
