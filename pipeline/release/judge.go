package release

import (
	"math"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/pipeline"
)

// judge judges every gate; one that is asked of slices has a verdict for each.
func (c *comparison) judge(gates []gate.Gate) error {
	for _, g := range gates {
		if g.Slices == "" {
			if err := c.judgeOver(g, c.all); err != nil {
				return err
			}
			continue
		}
		before := len(c.release.Gates)
		for _, p := range c.parts {
			if g.InSlice(p.By, p.Name) {
				if err := c.judgeOver(g, p.population); err != nil {
					return err
				}
			}
		}
		if len(c.release.Gates) == before {
			c.release.Gates = append(c.release.Gates, noSlice(g, c.release.SlicesWhy))
		}
	}
	return nil
}

// judgeOver judges a gate over some of the pairs.
func (c *comparison) judgeOver(g gate.Gate, p *population) error {
	name, class := split(g.Metric)
	nan := math.NaN()
	e := gate.Evidence{Base: nan, New: nan, Low: nan, High: nan, Images: p.images}
	plain := true
	if at := c.place(c.figures, name, class); at >= 0 {
		f := c.figures[at]
		e.Base, e.New, e.Better, plain = p.base[at], p.next[at], f.Better, f.Plain
		confidence := c.options.Confidence
		if g.Statistical() {
			confidence = g.Confidence
		}
		intervals, err := p.at(confidence)
		if err != nil {
			return err
		}
		e.Low, e.High = intervals[at].Low, intervals[at].High
	} else if at := c.place(c.own, name, class); at >= 0 {
		e.New, plain = p.alone(at), c.own[at].Plain
	} else {
		c.measured(name, &e)
	}
	r := g.Judge(e)
	if p.slice != "" && math.IsNaN(e.New) && c.isWhole(name, class) {
		r = gate.Result{Verdict: gate.Inconclusive, Why: "its statistics are too large to be kept image by image: a comparison has it of all images alone"}
	}
	if name == LabelFlip && math.IsNaN(e.New) && c.release.FlipsWhy != "" {
		r = gate.Result{Verdict: gate.Inconclusive, Why: c.release.FlipsWhy}
	}
	c.release.Gates = append(c.release.Gates, record.GateResult{Gate: g, Name: name, Class: class, Slice: p.slice, Images: p.images, Base: e.Base, New: e.New, Difference: e.New - e.Base,
		CI: record.Interval{Low: e.Low, High: e.High}, Noise: e.Noise, Verdict: r.Verdict, Why: r.Why, Needed: r.Needed, Plain: plain})
	return nil
}

// split takes IoU[border] apart.
func split(metric string) (name, class string) {
	if name, rest, ok := strings.Cut(metric, "["); ok && strings.HasSuffix(rest, "]") {
		return name, strings.TrimSuffix(rest, "]")
	}
	return metric, ""
}

// place is a figure's in a list; −1 where it is not there.
func (c *comparison) place(list []pipeline.Figure, name, class string) int {
	return slices.IndexFunc(list, func(f pipeline.Figure) bool {
		return f.Name == name && className(c.release.Classes, f.Class) == class
	})
}

// isWhole says whether the new run has a figure of all images alone.
func (c *comparison) isWhole(name, class string) bool {
	at := c.place(c.own, name, class)
	return at >= 0 && !math.IsNaN(c.all.alone(at))
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
