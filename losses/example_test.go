package losses_test

import (
	"fmt"

	"github.com/segmetry/segmetry/losses"
)

// Two pixels of two classes: the first is right, the second wrong.
func ExamplePlan_Score() {
	plan, err := losses.Compile([]losses.Spec{{Name: "ce"}, {Name: "soft_dice"}}, losses.Shape{Head: losses.Softmax, Classes: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	batch := &losses.Batch{Images: 1, Channels: 2, Height: 1, Width: 2, Logits: []float32{2, 2, 0, 0}, Labels: []int16{0, 1}}
	gradients := [][]float32{make([]float32, 4), make([]float32, 4)}
	results, err := plan.Score(batch, gradients)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("ce %.4f, gradient %.3f\n", results[0].Value, gradients[0])
	fmt.Printf("soft_dice %.4f\n", results[1].Value)
	// Output:
	// ce 1.1269, gradient [-0.060 0.440 0.060 -0.440]
	// soft_dice 0.5848
}
