package model

import (
	"context"
	"slices"

	"github.com/segmetry/segmetry/internal/fault"
)

// runner is one worker's tensors over the shared session. Its buffers only grow.
type runner struct {
	s    *session
	slot *slot
	in   [4]int64
	data []float32 // input buffer
	out  []float32 // output buffer

	// Of models whose tensors are not plain: the input as the model takes it, and an output whose shape must be known.
	fed, given []byte
	shuttle    shuttle
	labels     []int16

	original [2]int64 // the pictures' size before preprocessing; zeros: that of the input
	bound    [2]int64 // the original that the inputs beside the image were made for
}

// NewRunner implements Session.
func (s *session) NewRunner() (Runner, error) {
	slot, err := s.engine.newSlot()
	if err != nil {
		return nil, err
	}
	return &runner{s: s, slot: slot}, nil
}

// Input implements Runner.
func (r *runner) Input(shape []int64) ([]float32, error) {
	n, err := r.s.sig.checkInput(shape)
	if err != nil {
		return nil, err
	}
	want := [4]int64(shape)
	if r.data != nil && want == r.in && (r.original == r.bound || !r.s.sig.original()) {
		return r.data[:n], nil
	}
	if int64(cap(r.data)) < n {
		r.data = make([]float32, n)
	}
	if err := r.bind(want, r.data[:n]); err != nil {
		return nil, fault.Runtimef("making an input tensor of shape %v: %w", shape, err)
	}
	r.in, r.bound = want, r.original
	return r.data[:n], nil
}

// Original implements Sized.
func (r *runner) Original(height, width int) { r.original = [2]int64{int64(height), int64(width)} }

// checkInput returns how many elements a shape has, an error where the model does not take it.
func (s Signature) checkInput(shape []int64) (int64, error) {
	if len(shape) != 4 || slices.Min(shape) < 1 {
		return 0, fault.Runtimef("input %q: shape %v; expected [images, channels, height, width]", s.Input, shape)
	}
	if most := int64(s.Images()); most > 0 && shape[0] > most {
		return 0, fault.Runtimef("input %q takes %d images at a time, got %v", s.Input, most, shape)
	}
	want := []int64{0, int64(s.Channels), int64(s.Height), int64(s.Width)}
	for i, n := range want {
		if n > 0 && shape[i] != n {
			return 0, fault.Runtimef("input %q takes %v (0 is any), got %v", s.Input, want, shape)
		}
	}
	n := product(shape)
	if n > maxElements || n/shape[0] > maxElements/max(shape[0], int64(s.Batch)) {
		return 0, fault.Dataf("an input of shape %v has more than %d elements; tile it or set preprocess.size", shape, int64(maxElements))
	}
	return n, nil
}

// Run implements Runner.
func (r *runner) Run(ctx context.Context) (Prediction, error) {
	var p Prediction
	if err := ctx.Err(); err != nil {
		return p, err
	}
	if r.in[0] == 0 {
		return p, fault.Runtimef("running the model: no input was set")
	}
	if err := r.s.attest(r.in); err != nil {
		return p, err
	}
	run := r.run
	if !r.s.sig.plain() {
		run = r.runTyped
	}
	raw, err := run(ctx)
	if err != nil {
		return p, err
	}
	p.Labels, p.Images = r.labels, int(r.in[0])
	err = r.s.decoder.Decode(r.s.sig, raw, &p)
	r.labels = p.Labels
	return p, err
}

// bind makes the model's input tensors for planes of a shape.
func (r *runner) bind(shape [4]int64, planes []float32) error {
	sig := r.s.sig
	if err := r.slot.bindSides(sig.Sides, shape, r.original); err != nil {
		return err
	}
	if sig.plain() {
		return r.slot.bindInput(shape[:], planes)
	}
	fed := sig.inputShape(shape)
	r.fed = make([]byte, product(fed)*int64(codecs[sig.InputType].size))
	return r.slot.bindTyped(fed, r.fed)
}

// runTyped runs a model whose tensors are of another type or layout, or a fixed batch.
func (r *runner) runTyped(ctx context.Context) (Tensor, error) {
	sig := r.s.sig
	r.shuttle.pack(sig, r.fed, r.data[:product(r.in[:])], r.in)
	shapes := [][]int64{nil}
	if sig.halfOutput() {
		shapes = sig.guesses(r.in)
	}
	if known := r.s.known(r.in); known != nil && codecs[sig.OutputType].size > 0 {
		shapes = append([][]int64{known}, shapes...)
	}
	var raw []byte
	var shape []int64
	var err error
	for _, guess := range shapes {
		if guess != nil {
			if n := product(guess) * int64(codecs[sig.OutputType].size); int64(len(r.given)) != n {
				r.given = make([]byte, n)
			}
		}
		if raw, shape, err = r.slot.runTyped(ctx, guess, r.given); err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return Tensor{}, r.failed(ctx, err)
	}
	r.s.learn(r.in, shape)
	t, err := r.shuttle.unpack(sig, raw, shape, r.in[0], r.out)
	if err == nil {
		r.out = t.Data
	}
	return t, err
}

// run runs into a preallocated output where its shape is known, else lets ONNX Runtime allocate it once and learns.
func (r *runner) run(ctx context.Context) (Tensor, error) {
	if shape := r.s.expected(r.in); shape != nil {
		raw, err := r.into(ctx, shape)
		if err == nil || ctx.Err() != nil {
			return raw, err
		}
		r.s.forget() // the shape was a guess: try once more without
	}
	raw, err := r.slot.run(ctx, nil, nil)
	if err != nil {
		return Tensor{}, r.failed(ctx, err)
	}
	r.s.learn(r.in, raw.Shape)
	return raw, nil
}

// into runs into the runner's own buffer.
func (r *runner) into(ctx context.Context, shape []int64) (Tensor, error) {
	n := product(shape)
	if n > maxElements {
		return Tensor{}, fault.Runtimef("the output of shape %v has more than %d elements", shape, int64(maxElements))
	}
	if int64(cap(r.out)) < n {
		r.out = make([]float32, n)
	}
	raw, err := r.slot.run(ctx, shape, r.out[:n])
	if err != nil {
		return Tensor{}, r.failed(ctx, err)
	}
	r.s.learn(r.in, raw.Shape)
	return raw, nil
}

// failed turns an error of a run into the context's, where that is what ended it.
func (r *runner) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fault.Runtimef("running the model %q for its output %q on its input %q of shape %v: %w", r.s.path, r.s.sig.Output, r.s.sig.Input, r.in, err)
}

// Close implements Runner.
func (r *runner) Close() error {
	r.data, r.out = nil, nil
	return r.slot.close()
}
