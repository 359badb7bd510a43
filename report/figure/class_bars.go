package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
)

// classBars are the measures of classes that have bars, with the mean that is drawn across them.
var classBars = []struct{ measure, mean, title string }{
	{"IoU", "mIoU", "IoU"}, {"Dice", "mDice", "Dice"}, {"boundary_IoU", "boundary_mIoU", "Boundary IoU"}, {"nsd", "nsd", "Normalised surface distance"},
}

func init() {
	for _, b := range classBars {
		Register(Definition{Name: "class_" + b.measure, About: b.title + " of every class with its interval, and the mean", Needs: b.measure,
			Sheets: func(r *Run, wide vg.Length) []sheet { return classRows(r, b.measure, b.mean, b.title, wide) }})
	}
}

func classRows(r *Run, measure, mean, title string, wide vg.Length) []sheet {
	values := r.figures().ClassValues(measure)
	if len(values) == 0 {
		return nil
	}
	k := rowChart{title: title, axis: "%", high: 1.18, ticks: shares(5), mark: math.NaN()}
	if v, _, ok := r.figures().Scalar(mean); ok && defined(v.Value) {
		k.title, k.mark = fmt.Sprintf("%s; mean over classes %s (dashed)", title, withInterval(v)), v.Value
	}
	for c, v := range values {
		w := row{label: r.Summary.Classes[c], text: percent(v.Value), point: math.NaN(), low: math.NaN(), high: math.NaN()}
		if defined(v.Value) {
			w.bars = []bar{{0, v.Value, sky}}
		}
		if v.CI != nil {
			w.low, w.high = v.CI.Low, v.CI.High
		}
		k.rows = append(k.rows, w)
	}
	return k.sheets(wide)
}
