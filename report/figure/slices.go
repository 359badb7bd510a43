package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
)

// mostSlices bounds the slices that are drawn: the worst come first.
const mostSlices = 50

func init() {
	Register(Definition{Name: "slices", About: "how far each slice's headline figure lies from all images', with its interval, the worst first; up to 50", Needs: "score.slices", Sheets: sliceRows})
}

func sliceRows(r *Run, wide vg.Length) []sheet {
	k := rowChart{zero: true, mark: math.NaN()}
	for _, s := range r.Summary.Slices {
		d := s.Difference
		if !defined(d.Value) || len(k.rows) == mostSlices {
			continue
		}
		if k.title == "" {
			k.title, k.axis = fmt.Sprintf("%s of slices, difference to all images", named(d.Metric, 40)), "percentage points"
			if d.Plain {
				k.axis = "difference"
			}
		}
		scale := 100.0
		if d.Plain {
			scale = 1
		}
		w := row{label: s.By + ": " + s.Name, point: scale * d.Value, low: math.NaN(), high: math.NaN()}
		if d.CI != nil {
			w.low, w.high = scale*d.CI.Low, scale*d.CI.High
		}
		if s.Summary != nil {
			w.text = fmt.Sprintf("n = %d", s.Summary.Counts.OK)
		}
		for _, x := range []float64{w.point, w.low, w.high} {
			if defined(x) {
				k.low, k.high = min(k.low, x), max(k.high, x)
			}
		}
		k.rows = append(k.rows, w)
	}
	if len(k.rows) == 0 {
		return nil
	}
	span := max(k.high-k.low, 1e-9)
	k.low, k.high, k.ticks = k.low-0.03*span, k.high+0.22*span, few{6}
	return k.sheets(wide)
}
