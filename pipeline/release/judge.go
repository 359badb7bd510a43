package release

import (
	"math"
	"strings"

	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/stats"
)

// judge judges every gate.
func (c *comparison) judge(gates []gate.Gate) error {
	byConfidence := map[float64][]record.Interval{}
	for _, g := range gates {
		name, class := split(g.Metric)
		e := gate.Evidence{Base: math.NaN(), New: math.NaN(), Low: math.NaN(), High: math.NaN(), Images: c.release.Paired}
		plain := true
		if at := c.place(name, class); at >= 0 {
			change := c.release.Changes[at]
			e.Base, e.New, e.Better, plain = change.Base, change.New, change.Better, change.Plain
			if g.Statistical() {
				intervals, err := c.intervals(byConfidence, g.Confidence)
				if err != nil {
					return err
				}
				e.Low, e.High = intervals[at].Low, intervals[at].High
			} else {
				e.Low, e.High = change.CI.Low, change.CI.High
			}
		} else {
			c.measured(name, &e)
		}
		r := g.Judge(e)
		c.release.Gates = append(c.release.Gates, record.GateResult{Gate: g, Name: name, Class: class, Base: e.Base, New: e.New, Difference: e.New - e.Base,
			CI: record.Interval{Low: e.Low, High: e.High}, Verdict: r.Verdict, Why: r.Why, Needed: r.Needed, Plain: plain})
	}
	return nil
}

// split takes IoU[border] apart.
func split(metric string) (name, class string) {
	if name, rest, ok := strings.Cut(metric, "["); ok && strings.HasSuffix(rest, "]") {
		return name, strings.TrimSuffix(rest, "]")
	}
	return metric, ""
}

// place is a figure's among the changes; −1 where it is none.
func (c *comparison) place(name, class string) int {
	for i, change := range c.release.Changes {
		if change.Name == name && change.Class == class {
			return i
		}
	}
	return -1
}

// intervals are the changes' at another confidence, made once for each.
func (c *comparison) intervals(known map[float64][]record.Interval, confidence float64) ([]record.Interval, error) {
	if list, ok := known[confidence]; ok {
		return list, nil
	}
	var list []record.Interval
	if confidence == c.options.Confidence {
		for _, change := range c.release.Changes {
			list = append(list, change.CI)
		}
	} else {
		o := c.options.Options
		o.Confidence = confidence
		paired := c.paired()
		_, intervals, err := stats.Bootstrap(paired.sample, paired.aggregate, o)
		if err != nil {
			return nil, err
		}
		for i, f := range c.figures {
			if c.place(f.Name, className(c.release.Classes, f.Class)) == len(list) {
				list = append(list, record.Interval(intervals[i]))
			}
		}
	}
	known[confidence] = list
	return list, nil
}

// measured fills in a figure without an interval.
func (c *comparison) measured(name string, e *gate.Evidence) {
	switch name {
	case MuchWorse:
		e.Base, e.New, e.Better = 0, c.muchWorse(), -1
		return
	case LabelFlip:
		e.Base, e.New, e.Better = 0, c.flipped(), -1
		return
	}
	e.Better = -1
	if name == "images_per_s" {
		e.Better = 1
	}
	if x, ok := c.base.Measured[name]; ok {
		e.Base = x
	}
	if x, ok := c.next.Measured[name]; ok {
		e.New = x
	}
	low, high := e.Base, e.Base
	for _, run := range c.options.Noise {
		if x, ok := run[name]; ok {
			low, high = min(low, x), max(high, x)
		}
	}
	e.Noise = high - low
}
