package release

import (
	"math"

	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/pipeline"
)

// NeedsBaseline says whether a gate cannot be judged of one run alone.
func NeedsBaseline(g Gate) bool {
	name, _ := split(g.Metric)
	return g.NeedsBase() || name == MuchWorse || name == LabelFlip
}

// JudgeRun judges the gates that need no baseline by a run's summary and its figures as a whole (see Side.Measured). It takes
// what [Expand] returned, and leaves the other gates out.
func JudgeRun(gates []Gate, s *pipeline.Summary, measured map[string]float64) []GateResult {
	var list []record.GateResult
	for _, g := range gates {
		if NeedsBaseline(g) {
			continue
		}
		if g.Slices == "" {
			list = append(list, judgeSummary(g, s, measured, ""))
			continue
		}
		before := len(list)
		for i := range s.Slices {
			if slice := &s.Slices[i]; g.InSlice(slice.By, slice.Name) {
				list = append(list, judgeSummary(g, slice.Summary, nil, slice.By+"="+slice.Name))
			}
		}
		if len(list) == before {
			list = append(list, noSlice(g, ""))
		}
	}
	return list
}

// judgeSummary judges a gate by a summary.
func judgeSummary(g gate.Gate, s *record.Summary, measured map[string]float64, slice string) record.GateResult {
	name, class := split(g.Metric)
	value, plain := figureOf(s, name, class)
	if x, ok := measured[name]; ok {
		value, plain = x, true
	}
	nan := math.NaN()
	r := g.Judge(gate.Evidence{Base: nan, New: value, Low: nan, High: nan, Images: s.Counts.OK})
	return record.GateResult{Gate: g, Name: name, Class: class, Slice: slice, Images: s.Counts.OK, Base: nan, New: value, Difference: nan, CI: record.Interval{Low: nan, High: nan}, Verdict: r.Verdict, Why: r.Why, Plain: plain}
}

// noSlice is the verdict of a gate that is asked of slices which there are none of.
func noSlice(g gate.Gate, why string) record.GateResult {
	nan := math.NaN()
	name, class := split(g.Metric)
	r := record.GateResult{Gate: g, Name: name, Class: class, Slice: g.Slices, Base: nan, New: nan, Difference: nan, CI: record.Interval{Low: nan, High: nan}, Verdict: gate.Failed, Why: "no slice of the images fits " + g.Slices}
	if why != "" {
		r.Verdict, r.Why = gate.Inconclusive, why
	}
	return r
}

// figureOf is an aggregate figure of a summary; NaN where it is undefined.
func figureOf(s *record.Summary, name, class string) (value float64, plain bool) {
	if class != "" {
		for _, m := range s.PerClass {
			for c, v := range m.Values {
				if m.Name == name && s.Classes[c] == class {
					return v.Value, m.Plain
				}
			}
		}
		return math.NaN(), false
	}
	for _, m := range append(s.Metrics[:len(s.Metrics):len(s.Metrics)], s.Gradients...) {
		if m.Name == name {
			return m.Value.Value, m.Plain
		}
	}
	for _, l := range s.Losses {
		switch name {
		case "loss." + l.Name:
			return l.Value.Value, true
		case "loss." + l.Name + ".pooled":
			return l.Pooled, true
		}
	}
	return math.NaN(), false
}
