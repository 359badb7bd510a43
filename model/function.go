package model

import (
	"context"

	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/record"
)

// Placement says which execution provider runs each node of a model.
type Placement = record.Placement

// Rows makes scores while they are read, and Part is some of their rows; see [Streamer].
type (
	Rows = pass.Rows
	Part = pass.Part
)

// FromFunc makes a session of a function, for a model that another runtime runs. Of the signature Channels, Kind
// ([KindLogits] or [KindLabels]), and for logits Classes and Activation must be set; Height and Width where they are fixed;
// Layout and Batch where a call may have more than one picture.
//
// predict is given the input [n, C, H, W], which is valid during the call. What it returns must hold until the same
// worker's next call; it is called by several workers at once.
func FromFunc(s Signature, predict func(ctx context.Context, input Tensor) (Prediction, error)) Session {
	return &function{s, predict}
}

// function is a session over a function.
type function struct {
	signature Signature
	predict   func(ctx context.Context, input Tensor) (Prediction, error)
}

func (f *function) Signature() Signature       { return f.signature }
func (f *function) NewRunner() (Runner, error) { return &functionRunner{of: f}, nil }
func (f *function) Close() error               { return nil }

func (f *function) Placement() Placement {
	return Placement{Source: "assumed", Why: "the model is a function of this program", Nodes: map[string]int{}}
}

// functionRunner is a worker's input for a function.
type functionRunner struct {
	of    *function
	input Tensor
}

// Input makes room for the input tensor.
func (r *functionRunner) Input(shape []int64) ([]float32, error) {
	n := 1
	for _, size := range shape {
		n *= int(size)
	}
	if n > cap(r.input.Data) {
		r.input.Data = make([]float32, n)
	}
	r.input = Tensor{Shape: shape, Data: r.input.Data[:n]}
	return r.input.Data, nil
}

func (r *functionRunner) Run(ctx context.Context) (Prediction, error) {
	return r.of.predict(ctx, r.input)
}

func (r *functionRunner) Close() error { return nil }
