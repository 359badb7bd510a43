package model

import (
	"context"
	"math"
	"slices"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/pass"
)

// AugmentOptions say at which scales and mirrorings a model sees every picture (test-time augmentation).
type AugmentOptions struct {
	Scales []float64 `yaml:"scales,omitempty,flow"` // of the input's size; absent: 1
	Flip   []string  `yaml:"flip,omitempty,flow"`   // none | horizontal | vertical; absent: none
}

// The mirrorings of a picture.
const (
	FlipNone       = "none"
	FlipHorizontal = "horizontal"
	FlipVertical   = "vertical"
)

// augmented is a session that runs another one on every view of a picture.
type augmented struct {
	Session
	views []view
}

// view is a scale and a mirroring.
type view struct {
	scale float64
	flip  string
}

// Augment makes a session that runs s at every scale with every flip and averages the probabilities, as mmsegmentation's
// test-time augmentation does. The input is scaled bilinearly as it goes into the model, and rounded to a multiple of the
// largest power of two, up to 32, that divides its own size; each view's logits are brought back to that size before their
// probabilities are taken. What comes out are logits whose probabilities are the mean. An option that does not fit the
// model is a usage error.
func Augment(s Session, o AugmentOptions) (Session, error) {
	sig := s.Signature()
	if sig.Kind == KindLabels {
		return nil, fault.Usagef("inference.tta: the views' label maps cannot be averaged; export the model with its logits, or leave tta out")
	}
	a := &augmented{Session: s}
	scales, flips := o.Scales, o.Flip
	if len(scales) == 0 {
		scales = []float64{1}
	}
	if len(flips) == 0 {
		flips = []string{FlipNone}
	}
	for _, scale := range scales {
		if !(scale >= 1.0/16 && scale <= 16) {
			return nil, fault.Usagef("inference.tta.scales: expected numbers from 1/16 to 16, found %g", scale)
		}
		if scale != 1 && (sig.Height > 0 || sig.Width > 0) {
			return nil, fault.Usagef("inference.tta.scales: the model's input is fixed at %d×%d and cannot be scaled by %g; use mode slide, or scale 1 alone", sig.Width, sig.Height, scale)
		}
		for _, flip := range flips {
			if !slices.Contains([]string{FlipNone, FlipHorizontal, FlipVertical}, flip) {
				return nil, fault.Usagef("inference.tta.flip: expected none, horizontal or vertical, found %q", flip)
			}
			v := view{scale, flip}
			if slices.Contains(a.views, v) {
				return nil, fault.Usagef("inference.tta: scale %g with flip %s is asked for twice", scale, flip)
			}
			a.views = append(a.views, v)
		}
	}
	return a, nil
}

func (a *augmented) NewRunner() (Runner, error) {
	inner, err := a.Session.NewRunner()
	if err != nil {
		return nil, err
	}
	return &augmentedRunner{session: a, inner: inner}, nil
}

// augmentedRunner holds one worker's picture and the sum of its probabilities. Buffers only grow.
type augmentedRunner struct {
	session *augmented
	inner   Runner
	shape   [4]int64
	input   []float32
	sum     []float32
	resized []float32
	largest []float32 // a row's largest logits, then the sums of its exponentials
	scaler  pass.Upsampler
}

// Input implements Runner.
func (r *augmentedRunner) Input(shape []int64) ([]float32, error) {
	if _, err := r.session.Signature().checkInput(shape); err != nil {
		return nil, err
	}
	r.shape = [4]int64(shape)
	r.input = grown(r.input, int(product(shape)))
	return r.input, nil
}

// Original implements Sized: what a view is given is the picture's own.
func (r *augmentedRunner) Original(height, width int) {
	if s, ok := r.inner.(Sized); ok {
		s.Original(height, width)
	}
}

// Run implements Runner: it runs every view and averages the probabilities.
func (r *augmentedRunner) Run(ctx context.Context) (Prediction, error) {
	if r.shape[0] == 0 {
		return Prediction{}, fault.Runtimef("running the model: no input was set")
	}
	height, width := int(r.shape[2]), int(r.shape[3])
	var whole Prediction
	for _, v := range r.session.views {
		p, err := r.view(ctx, v)
		if err != nil {
			return p, err
		}
		if whole.Logits == nil {
			whole = Prediction{Kind: KindLogits, Channels: p.Channels, Height: height, Width: width}
			r.sum = grown(r.sum, p.Channels*height*width)
			clear(r.sum)
			whole.Logits = r.sum
		}
		if p.Channels != whole.Channels {
			return p, fault.Runtimef("a view gave %d channels, the one before it %d", p.Channels, whole.Channels)
		}
		if err := r.add(ctx, p, v.flip); err != nil {
			return p, err
		}
	}
	return whole, r.logits(ctx, whole)
}

// view runs one view and returns its logits at the input's size, still mirrored.
func (r *augmentedRunner) view(ctx context.Context, v view) (Prediction, error) {
	channels, height, width := int(r.shape[1]), int(r.shape[2]), int(r.shape[3])
	h, w := scaledSize(height, v.scale), scaledSize(width, v.scale)
	dst, err := r.inner.Input([]int64{1, int64(channels), int64(h), int64(w)})
	if err != nil {
		return Prediction{}, err
	}
	r.scaler.Resize(dst, pass.Scores{Data: r.input, Channels: channels, Height: height, Width: width}, h, w)
	mirror(dst, channels, h, w, v.flip)
	p, err := r.inner.Run(ctx)
	if err != nil || p.Height == height && p.Width == width {
		return p, err
	}
	r.resized = grown(r.resized, p.Channels*height*width)
	r.scaler.Resize(r.resized, pass.Scores{Data: p.Logits, Channels: p.Channels, Height: p.Height, Width: p.Width}, height, width)
	p.Logits, p.Height, p.Width = r.resized, height, width
	return p, nil
}

// scaledSize is a length times a scale, rounded to a multiple of the largest power of two up to 32 that divides the length.
func scaledSize(length int, scale float64) int {
	if scale == 1 {
		return length
	}
	unit := 32
	for length%unit != 0 {
		unit /= 2
	}
	return max(1, int(math.Round(float64(length)*scale/float64(unit)))) * unit
}

// mirror turns planes round in place.
func mirror(planes []float32, channels, height, width int, flip string) {
	switch flip {
	case FlipHorizontal:
		for y := range channels * height {
			slices.Reverse(planes[y*width:][:width])
		}
	case FlipVertical:
		for c := range channels {
			plane := planes[c*height*width:][:height*width]
			for y := range height / 2 {
				top, bottom := plane[y*width:][:width], plane[(height-1-y)*width:][:width]
				for x := range top {
					top[x], bottom[x] = bottom[x], top[x]
				}
			}
		}
	}
}

// add turns a view back and adds its share of the probabilities, row by row until ctx ends: those of a large picture take seconds.
func (r *augmentedRunner) add(ctx context.Context, p Prediction, flip string) error {
	mirror(p.Logits, p.Channels, p.Height, p.Width, flip)
	share := 1 / float32(len(r.session.views))
	plane := p.Height * p.Width
	if r.sigmoid(p.Channels) {
		for at := 0; at < p.Channels*plane && ctx.Err() == nil; at += p.Width {
			sum := r.sum[at:][:p.Width]
			for i, x := range p.Logits[at:][:p.Width] {
				sum[i] += share * float32(1/(1+math.Exp(-float64(x))))
			}
		}
		return ctx.Err()
	}
	r.largest = grown(r.largest, 2*p.Width)
	largest, total := r.largest[:p.Width], r.largest[p.Width:2*p.Width]
	for at := 0; at < plane && ctx.Err() == nil; at += p.Width {
		copy(largest, p.Logits[at:])
		for c := 1; c < p.Channels; c++ {
			for x, z := range p.Logits[c*plane+at:][:p.Width] {
				largest[x] = max(largest[x], z) // NaN stays
			}
		}
		clear(total)
		for c := range p.Channels {
			row := p.Logits[c*plane+at:][:p.Width]
			for x, z := range row {
				row[x] = float32(math.Exp(float64(z - largest[x])))
				total[x] += row[x]
			}
		}
		for c := range p.Channels {
			dst := r.sum[c*plane+at:][:p.Width]
			for x, e := range p.Logits[c*plane+at:][:p.Width] {
				dst[x] += share * e / total[x]
			}
		}
	}
	return ctx.Err()
}

// sigmoid says whether the logits are of one channel alone.
func (r *augmentedRunner) sigmoid(channels int) bool {
	return channels == 1 || r.session.Signature().Activation == Sigmoid
}

// logits turns the mean probabilities into logits in place, row by row until ctx ends.
func (r *augmentedRunner) logits(ctx context.Context, p Prediction) error {
	sigmoid := r.sigmoid(p.Channels)
	for row := range slices.Chunk(p.Logits, p.Width) {
		if ctx.Err() != nil {
			break
		}
		for i, v := range row {
			x := logOf(float64(v))
			if sigmoid {
				x -= logOf(1 - float64(v))
			}
			row[i] = float32(x)
		}
	}
	return ctx.Err()
}

// Close implements Runner.
func (r *augmentedRunner) Close() error {
	r.input, r.sum, r.resized = nil, nil, nil
	return r.inner.Close()
}
