package model

import (
	"context"
	"math"
)

// trial runs a model of which little is known on a rendered picture, to see what sizes it takes and what it gives.
type trial struct {
	slot    *slot
	sig     Signature
	shuttle shuttle
}

// newTrial opens the model on the CPU. The signature names the image input, its layout and channels, and one output.
func newTrial(path string, sig Signature) (*trial, error) {
	e, _, err := newEngine(sig, Options{Path: path, Device: "cpu"})
	if err != nil {
		return nil, err
	}
	s, err := e.newSlot()
	if err != nil {
		_ = e.close()
		return nil, err
	}
	return &trial{slot: s, sig: sig}, nil
}

// run runs on the rendered picture at a size and returns the output's shape as the model gives it, and its values as
// decoders see them: the first picture's, real numbers, channels first where the layout is known.
func (t *trial) run(ctx context.Context, height, width int64) (shape []int64, values Tensor, err error) {
	planes := [4]int64{1, int64(t.sig.Channels), height, width}
	fed := t.sig.inputShape(planes)
	data := make([]byte, product(fed)*int64(codecs[t.sig.InputType].size))
	t.shuttle.pack(t.sig, data, t.sig.render(planes), planes)
	if err := t.slot.bindSides(t.sig.Sides, planes, [2]int64{}); err != nil {
		return nil, values, err
	}
	if err := t.slot.bindTyped(fed, data); err != nil {
		return nil, values, err
	}
	guesses := [][]int64{nil}
	if t.sig.halfOutput() {
		guesses = append(t.sig.guesses(planes), nil)
	}
	var raw []byte
	for _, guess := range guesses {
		var buf []byte
		if guess != nil {
			buf = make([]byte, product(guess)*int64(codecs[t.sig.OutputType].size))
		}
		if raw, shape, err = t.slot.runTyped(ctx, guess, buf); err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return nil, values, err
	}
	values, err = t.shuttle.unpack(t.sig, raw, shape, 1, nil)
	return shape, values, err
}

// render draws a picture with ramps, waves and a disc, different in each channel: 0 to 255 where pixels go in as they are,
// else 0 to 1.
func (s Signature) render(shape [4]int64) []float32 {
	channels, height, width := int(shape[1]), int(shape[2]), int(shape[3])
	top := float32(1)
	if s.IntegerInput {
		top = 255
	}
	out := make([]float32, 0, channels*height*width)
	for c := range channels {
		for y := range height {
			for x := range width {
				u, v := float64(x)/float64(width), float64(y)/float64(height)
				value := 0.5 + 0.25*math.Sin(9*u+float64(c)) + 0.25*(v-0.5)
				if (u-0.5)*(u-0.5)+(v-0.4)*(v-0.4) < 0.06 {
					value = 0.9 - 0.3*float64(c)/float64(channels)
				}
				out = append(out, top*float32(value))
			}
		}
	}
	return out
}

func (t *trial) close() {
	_ = t.slot.close()
	_ = t.slot.engine.close()
}
