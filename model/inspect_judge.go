package model

import (
	"fmt"
	"math"
)

// observed is what the values of a trial run are like.
type observed struct {
	low, high float32
	whole     bool    // every value is a whole number from 0 on
	sums      float64 // the largest distance of a pixel's sum over the channels from 1; +Inf with less than two channels
	bad       int     // values that are NaN or infinite
}

// observe looks at values of (n, C, H, W), or of any shape.
func observe(t Tensor) observed {
	o := observed{low: float32(math.Inf(1)), high: float32(math.Inf(-1)), whole: true, sums: math.Inf(1)}
	for _, v := range t.Data {
		if v != v || math.IsInf(float64(v), 0) {
			o.bad++
			continue
		}
		o.low, o.high = min(o.low, v), max(o.high, v)
		o.whole = o.whole && v >= 0 && float64(v) == math.Trunc(float64(v))
	}
	if len(t.Shape) != 4 || t.Shape[1] < 2 {
		return o
	}
	plane := int(t.Shape[2] * t.Shape[3])
	o.sums = 0
	for i := range plane {
		sum := 0.0
		for c := range int(t.Shape[1]) {
			sum += float64(t.Data[c*plane+i])
		}
		o.sums = max(o.sums, math.Abs(sum-1))
	}
	return o
}

// Slack of what probabilities may miss: a softmax of float16 is within 2e-3 of 1, and 256 levels of uint8 within C/512.
const (
	rangeSlack = 1e-3
	sumSlack   = 5e-2
)

// judge holds the values of a trial run against the conclusion, and takes it back where they refute it. Where nothing
// was concluded, values that look like labels or probabilities are a conclusion in doubt.
func (i *Inspection) judge(t Tensor) {
	if len(t.Data) == 0 {
		return
	}
	o := observe(t)
	i.note(aboutTrial, fmt.Sprintf("its values lie in [%.4g, %.4g]%s", o.low, o.high, o.text()), false)
	if o.bad > 0 {
		i.note(aboutTrial, fmt.Sprintf("%d of its %d values are NaN or infinite", o.bad, len(t.Data)), true)
	}
	within := o.low >= -rangeSlack && o.high <= 1+rangeSlack && o.bad == 0
	switch kind := ""; {
	case i.Kind != nil && *i.Kind == KindProbabilities && o.bad == 0 && (!within || i.Activation != nil && *i.Activation == Softmax && o.sums > sumSlack && !math.IsInf(o.sums, 0)):
		i.Kind, i.Activation = nil, nil
		i.note(aboutKind, "the trial run's values are no probabilities over the classes, though the operators look so; what are they? (model.kind)", true)
	case i.Kind != nil && *i.Kind == KindLabels && !o.whole:
		i.Kind = nil
		i.note(aboutKind, "the trial run's values are no class numbers, though the operators look so; what are they? (model.kind)", true)
	case i.Kind != nil && *i.Kind == KindLabels && i.Classes != nil && int(o.high) >= *i.Classes:
		i.note(aboutClasses, fmt.Sprintf("the trial run gave class %v where the file has classes 0 to %d; how many are there? (dataset.classes)", o.high, *i.Classes-1), true)
		i.Classes = nil
	case i.Kind == nil && i.Output != nil && within && o.sums <= 1e-3:
		kind = KindProbabilities
		i.Activation = word(Softmax)
		fallthrough
	case i.Kind == nil && i.Output != nil && o.whole && o.high >= 1 && o.high < 1<<15:
		if kind == "" {
			kind = KindLabels
		}
		i.Kind = &kind
		i.note(aboutKind, fmt.Sprintf("the trial run's values look like %s; are they? (model.kind: %[1]s)", kind), true)
	}
}

// text says what stands out.
func (o observed) text() string {
	switch {
	case o.sums <= 1e-3:
		return ", and every pixel's channels sum to 1"
	case o.whole && o.bad == 0:
		return ", all of them whole numbers"
	}
	return ""
}

// agree holds the shape of a trial run's output against the classes that were concluded.
func (i *Inspection) agree(s Signature, out []int64) {
	if i.Classes == nil || i.Kind == nil || *i.Kind == KindLabels || len(out) != len(s.OutputLayout) || s.OutputLayout == "" {
		return
	}
	if got := axis(out, s.OutputLayout, 'c'); got != int64(*i.Classes) {
		i.note(aboutClasses, fmt.Sprintf("the run gave %d channels where the file says %d; how many classes are there?", got, *i.Classes), true)
		i.Classes = nil
	}
}
