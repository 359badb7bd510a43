package model

import (
	"context"
	"fmt"
)

// trialSizes are the heights and widths tried first on a dynamic model; they are multiples of what networks want.
var trialSizes = []int64{128, 256, 512}

// try loads the model and runs it on a rendered picture. What fails becomes evidence.
func (i *Inspection) try(ctx context.Context, f *File, s Signature, lib Library) {
	say := func(format string, args ...any) { i.note(aboutTrial, fmt.Sprintf(format, args...), true) }
	if err := startRuntime(lib); err != nil {
		say("not tried: %v", err)
		return
	}
	if s.Input == "" || len(s.Open) > 0 || s.Layout == "" || s.Channels == 0 || len(f.Outputs) == 0 || knownType("input", s.Input, s.InputType) != nil {
		say("not tried: what to feed is not known")
		return
	}
	known := s.Output != ""
	if !known { // any output tells whether the model runs at all
		s.Output, s.OutputType, s.OutputLayout = f.Outputs[0].Name, f.Outputs[0].Type, ""
	}
	t, err := newTrial(f.Path, s)
	if err != nil {
		say("ONNX Runtime does not load it: %v", err)
		i.Sure, i.Runs = false, new(bool)
		return
	}
	defer t.close()
	p := &prober{trial: t, sig: s}
	height, width, out, values, err := p.first(ctx)
	if err != nil {
		say("a trial run failed: %v", err)
		i.Sure, i.Runs = false, new(bool)
		return
	}
	runs := true
	i.Runs = &runs
	i.note(aboutTrial, fmt.Sprintf("a trial run on a rendered picture of %d×%d gave %v", width, height, out), false)
	if !known {
		return
	}
	i.judge(values)
	i.agree(s, out)
	if stride := strideOf(int(height), int(width), out, s.OutputLayout); stride != nil {
		i.OutputStride = stride
		if i.Dynamic {
			i.SizeMultiple = p.multiple(ctx, height, int64(*stride))
		}
	}
}

// prober runs a model at several sizes.
type prober struct {
	trial *trial
	sig   Signature
}

// first runs at the fixed size, or at the first of the trial sizes that works.
func (p *prober) first(ctx context.Context) (height, width int64, out []int64, values Tensor, err error) {
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
	return 0, 0, nil, values, err
}

func orFixed(n int, free int64) int64 {
	if n > 0 {
		return int64(n)
	}
	return free
}

// at runs at one size.
func (p *prober) at(ctx context.Context, height, width int64) ([]int64, Tensor, error) {
	planes := [4]int64{1, int64(p.sig.Channels), height, width}
	if shape := p.sig.inputShape(planes); product(shape) > maxElements/8 {
		return nil, Tensor{}, fmt.Errorf("an input of shape %v is too large to try", shape)
	}
	return p.trial.run(ctx, height, width)
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
	if len(out) != len(p.sig.OutputLayout) {
		return false
	}
	h, w := axis(out, p.sig.OutputLayout, 'h'), axis(out, p.sig.OutputLayout, 'w')
	near := func(got, in int64) bool { return got == in/stride || got == (in+stride-1)/stride }
	return near(h, height) && near(w, width)
}
