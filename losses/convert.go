package losses

import (
	"reflect"
	"slices"

	"github.com/segmetry/segmetry/internal/raster"
)

// Conversion turns the states of one plan's images into those that another plan would have gathered of them.
type Conversion struct {
	from, to *Plan
	outputs  []int // of each loss its place among those that are converted, −1: it was not among them
	parts    []int // of each part likewise; −1: it has no sums of its own
	truth    []int16
}

// Relabel says how the states of a plan without losses follow from those of a plan for other classes: class c becomes
// truth[c], or Ignored. Losses do not follow: they see what the probabilities of classes that become one add up to.
// missing are their labels; the conversion is nil where there are any.
func (p *Plan) Relabel(from *Plan, truth []int16) (c *Conversion, missing []string) {
	if len(p.labels) > 0 {
		return nil, p.labels
	}
	return &Conversion{from: from, to: p, truth: truth}, nil
}

// relabel counts the pixels of an image's classes anew.
func (c *Conversion) relabel(dst, src State) {
	var before, after Sums
	c.from.unpack(src, &before)
	c.to.unpack(dst, &after)
	for class, n := range before.Labels {
		if to := c.truth[class]; to != raster.Ignored {
			after.Labels[to] += n
			after.Pixels += n
		}
	}
	if c.to.shape.Head == Sigmoid {
		after.Y[0] = after.Labels[1]
	} else {
		copy(after.Y, after.Labels)
	}
	dst[statePixels], dst[stateImages], dst[stateAll] = after.Pixels, src[stateImages], src[stateAll]
}

// Convert says how the plan's states follow from those of a plan for the same shape. A loss follows where each of its parts
// was gathered there with the same options, or is a function of the shared sums and these were gathered. missing are the
// labels of the others; the conversion is nil then.
func (p *Plan) Convert(from *Plan) (c *Conversion, missing []string) {
	c = &Conversion{from: from, to: p}
	for k, o := range p.outputs {
		at := slices.IndexFunc(from.outputs, func(s output) bool { return s.name == o.name && reflect.DeepEqual(s.options, o.options) })
		c.outputs = append(c.outputs, at)
		follows := true
		for i := range o.Parts {
			part := from.has(o.Parts[i].Loss)
			if at >= 0 {
				part = from.outputs[at].first + i
			}
			follows = follows && (part >= 0 || from.shares(o.Parts[i].Loss))
			c.parts = append(c.parts, part)
		}
		if !follows {
			missing = append(missing, p.labels[k])
		}
	}
	if p.shape != from.shape || len(missing) > 0 {
		return nil, missing
	}
	return c, nil
}

// has is the place of an equal part; −1 where there is none.
func (p *Plan) has(l Loss) int {
	return slices.IndexFunc(p.parts, func(o part) bool { return reflect.DeepEqual(o.Loss, l) })
}

// shares says whether a part is a function of the sums that the plan gathers for all losses.
func (p *Plan) shares(l Loss) bool {
	_, whole := l.(Whole)
	return !whole && l.Terms() == 0 && (p.regions || !l.NeedsRegions())
}

// Output is the place of loss k among the losses that are converted; −1 where it was not among them.
func (c *Conversion) Output(k int) int { return c.outputs[k] }

// State converts a state; those of several labels lie one after another.
func (c *Conversion) State(src State) State {
	labels := len(src) / c.from.length
	dst := make(State, labels*c.to.length)
	for i := range labels {
		c.one(dst[i*c.to.length:][:c.to.length], src[i*c.from.length:][:c.from.length])
	}
	return dst
}

func (c *Conversion) one(dst, src State) {
	if c.truth != nil {
		c.relabel(dst, src)
		return
	}
	shared := stateHeader + sumsLength(c.to.shape)
	if !c.to.regions { // it gathers no sums of probabilities
		shared = stateHeader + c.to.shape.Classes + c.to.shape.Planes()
	}
	copy(dst[:shared], src)
	for k, at := range c.parts {
		if at >= 0 {
			copy(c.to.own(dst, k), c.from.own(src, at))
		}
	}
}
