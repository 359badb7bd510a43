package report

import "github.com/segmetry/segmetry/internal/record"

// GatesOf are the verdicts as manifest.json has them; nil of none.
func GatesOf(r *record.Release) []record.GateVerdict {
	if r == nil {
		return nil
	}
	var list []record.GateVerdict
	for _, g := range r.Gates {
		v := record.GateVerdict{Gate: g.Gate.Name(), Metric: g.Name, Class: g.Class, Slice: g.Slice, Verdict: g.Verdict, Why: g.Why}
		if defined(g.New) {
			v.Value = &g.New
		}
		list = append(list, v)
	}
	return list
}
