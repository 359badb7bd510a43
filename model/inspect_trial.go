package model

import (
	"context"
	"fmt"
	"math"
)

// trialSizes are the heights and widths tried first on a dynamic model; they are multiples of what networks want.
var trialSizes = []int64{128, 256, 512}

// try loads the model and runs it on zeros. What fails becomes evidence.
func (i *Inspection) try(ctx context.Context, f *File, s Signature, lib Library) {
	say := func(format string, args ...any) { i.Evidence = append(i.Evidence, fmt.Sprintf(format, args...)) }
	if err := startRuntime(lib); err != nil {
		say("not tried: %v", err)
		return
	}
	if len(s.Inputs) != 1 || s.Input == "" || s.Layout == "" || s.Channels == 0 || len(f.Outputs) == 0 {
		say("not tried: what to feed is not known")
		return
	}
	if s.Output == "" { // any output tells whether the model runs at all
		s.Output, s.OutputType, s.OutputLayout = f.Outputs[0].Name, f.Outputs[0].Type, ""
	}
	t, err := newTrial(f.Path, s)
	if err != nil {
		say("ONNX Runtime does not load it: %v", err)
		i.Sure = false
		return
	}
	defer t.close()
	p := &prober{trial: t, sig: s}
	height, width, out, values, err := p.first(ctx)
	if err != nil {
		say("a trial run on zeros failed: %v", err)
		i.Sure = false
		return
	}
	say("a trial run on zeros of %d×%d gave %v", height, width, out)
	i.judge(values)
	i.agree(s, out)
	if stride := strideOf(int(height), int(width), out, s.OutputLayout); stride != nil {
		i.OutputStride = stride
		if i.Dynamic {
			i.SizeMultiple = p.multiple(ctx, height, int64(*stride))
		}
	}
}

// judge holds the values of a trial run against the conclusion: probabilities outside [0, 1] refute it.
func (i *Inspection) judge(values []float32) {
	if len(values) == 0 {
		return
	}
	low, high := float32(math.Inf(1)), float32(math.Inf(-1))
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	i.Evidence = append(i.Evidence, fmt.Sprintf("its values lie in [%.4g, %.4g]", low, high))
	const slack = 1e-3
	if i.Kind != nil && *i.Kind == KindProbabilities && (low < -slack || high > 1+slack) {
		i.Kind, i.Activation, i.Sure = nil, nil, false
		i.Evidence = append(i.Evidence, "so they are no probabilities, though the operators look so; what are they? (model.kind)")
	}
}

// agree holds the shape of a trial run's output against the classes that were concluded.
func (i *Inspection) agree(s Signature, out []int64) {
	if i.Classes == nil || i.Kind == nil || *i.Kind == KindLabels || len(out) != 4 || s.OutputLayout == "" || s.OutputLayout == NHW {
		return
	}
	if got := out[channelAxis(s.OutputLayout)]; got != int64(*i.Classes) {
		i.Evidence = append(i.Evidence, fmt.Sprintf("the run gave %d channels where the file says %d; how many classes are there?", got, *i.Classes))
		i.Classes, i.Sure = nil, false
	}
}

// prober runs a model at several sizes.
type prober struct {
	trial *trial
	sig   Signature
}

// first runs at the fixed size, or at the first of the trial sizes that works.
func (p *prober) first(ctx context.Context) (height, width int64, out []int64, values []float32, err error) {
	sizes := trialSizes
	if p.sig.Height > 0 && p.sig.Width > 0 {
		sizes = []int64{0}
	}
	for _, size := range sizes {
		height, width = orFixed(p.sig.Height, size), orFixed(p.sig.Width, size)
		var failed error
		if out, values, failed = p.at(ctx, height, width); failed == nil {
			return height, width, out, values, nil
		}
		if err == nil {
			err = failed
		}
	}
	return 0, 0, nil, nil, err
}

func orFixed(n int, free int64) int64 {
	if n > 0 {
		return int64(n)
	}
	return free
}

// at runs on zeros of one size.
func (p *prober) at(ctx context.Context, height, width int64) ([]int64, []float32, error) {
	batch := int64(max(p.sig.Batch, 1))
	shape := []int64{batch, int64(p.sig.Channels), height, width}
	if p.sig.Layout == NHWC {
		shape = []int64{batch, height, width, int64(p.sig.Channels)}
	}
	if product(shape) > maxElements {
		return nil, nil, fmt.Errorf("an input of shape %v is too large to try", shape)
	}
	return p.trial.run(ctx, shape, p.guesses(batch, height, width))
}

// guesses are plausible output shapes: the input's size, divided by the usual strides.
func (p *prober) guesses(batch, height, width int64) [][]int64 {
	var list [][]int64
	for _, stride := range []int64{1, 2, 4, 8, 16, 32} {
		h, w, c := (height+stride-1)/stride, (width+stride-1)/stride, int64(max(p.sig.Classes, 1))
		switch p.sig.OutputLayout {
		case NCHW:
			list = append(list, []int64{batch, c, h, w})
		case NHWC:
			list = append(list, []int64{batch, h, w, c})
		case NHW:
			list = append(list, []int64{batch, h, w})
		}
	}
	return list
}

// multiple returns the smallest power of two, up to 64, whose multiples the model takes as height and width, each tried at
// two pairs of odd multiples beyond base; nil where none works. With a stride, the output may round.
func (p *prober) multiple(ctx context.Context, base, stride int64) *int {
	for m := int64(1); m <= 64; m *= 2 {
		if p.takes(ctx, base+m, base+3*m, stride) && p.takes(ctx, base+5*m, base+7*m, stride) {
			return count(int(m))
		}
	}
	return nil
}

// takes reports whether the model runs at a size and gives an output of that size divided by the stride, rounded either way.
func (p *prober) takes(ctx context.Context, height, width, stride int64) bool {
	out, _, err := p.at(ctx, height, width)
	if err != nil {
		return false
	}
	var h, w int64
	switch {
	case p.sig.OutputLayout == NHW && len(out) == 3:
		h, w = out[1], out[2]
	case len(out) == 4:
		h, w = spatial(out, p.sig.OutputLayout)
	}
	near := func(got, in int64) bool { return got == in/stride || got == (in+stride-1)/stride }
	return near(h, height) && near(w, width)
}
