package figure

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
)

// ErrorKinds are the kinds of a wrong pixel, in the order of their stack.
var ErrorKinds = []struct{ Measure, Name, About string }{
	{"error_boundary", "boundary", "near a true boundary"},
	{"error_confusion", "class confusion", "an object, or a part of it, under another class"},
	{"error_missed", "missed object", "a true object that was not found"},
	{"error_invented", "invented object", "a predicted object that is not there"},
}

var errorFills = []color.Color{sky, orange, vermillion, purple}

func init() {
	Register(Definition{Name: "errors", About: "what kinds of error the wrong pixels are, of all pixels and of every class's; the bars add up to the share of wrong pixels", Needs: "errors", Sheets: errorRows})
}

func errorRows(r *Run, wide vg.Length) []sheet {
	k := rowChart{title: "Wrong pixels by kind of error", axis: "% of the true pixels", mark: math.NaN()}
	all := stacked("all classes")
	classes := make([]row, len(r.Summary.Classes))
	for c, name := range r.Summary.Classes {
		classes[c] = stacked(name)
	}
	for i, kind := range ErrorKinds {
		total, _, ok := r.figures().Scalar(kind.Measure)
		each := r.figures().ClassValues(kind.Measure)
		if !ok || each == nil {
			return nil
		}
		k.legend = append(k.legend, key{kind.Name, errorFills[i]})
		all.stack(total.Value, errorFills[i])
		for c := range classes {
			classes[c].stack(each[c].Value, errorFills[i])
		}
	}
	k.rows = append([]row{all}, classes...)
	for i := range k.rows {
		w := &k.rows[i]
		if w.text = "n/a"; len(w.bars) == len(ErrorKinds) {
			end := w.bars[len(w.bars)-1].to
			w.text, k.high = percent(end), max(k.high, end)
		}
	}
	k.ticks, k.high = upTo(k.high), max(k.high, 0.001)*1.18
	return k.sheets(wide)
}

func stacked(label string) row {
	return row{label: label, point: math.NaN(), low: math.NaN(), high: math.NaN()}
}

// stack puts a share on top of the others.
func (w *row) stack(share float64, fill color.Color) {
	from := 0.0
	if len(w.bars) > 0 {
		from = w.bars[len(w.bars)-1].to
	}
	if defined(share) {
		w.bars = append(w.bars, bar{from, from + share, fill})
	}
}
