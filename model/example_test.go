package model_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/segmetry/segmetry/model"
)

// What a model is follows from its file, without ONNX Runtime.
func ExampleInspect() {
	i, err := model.Inspect(context.Background(), "../testdata/quickstart/models/nuclei3_dyn_logits.onnx")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*i.Kind, *i.Activation, *i.Classes, "classes,", *i.Layout, "sure:", i.Sure)
	// Output:
	// logits softmax 3 classes, nchw sure: true
}

// A model that another runtime runs is a session, too: here one whose logits are the picture's channels.
func ExampleFromFunc() {
	s := model.FromFunc(model.Signature{Channels: 3, Classes: 3, Kind: model.KindLogits, Activation: model.Softmax},
		func(_ context.Context, in model.Tensor) (model.Prediction, error) {
			return model.Prediction{Kind: model.KindLogits, Logits: slices.Clone(in.Data), Channels: 3, Height: int(in.Shape[2]), Width: int(in.Shape[3])}, nil
		})
	defer s.Close()
	r, err := s.NewRunner()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	input, err := r.Input([]int64{1, 3, 1, 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	copy(input, []float32{0, 1, 2, 3, 4, 5})
	p, err := r.Run(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Channels, p.Height, p.Width, p.Logits)
	// Output:
	// 3 1 2 [0 1 2 3 4 5]
}
