package compat_test

import (
	"fmt"

	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/compat"
)

// What torchmetrics would report of two images, of their confusion counts.
func ExampleNew() {
	profiles, err := compat.Find([]string{"torchmetrics"})
	if err != nil {
		fmt.Println(err)
		return
	}
	total := compat.New(profiles, pipeline.Columns{Classes: []string{"sky", "ground"}})
	total.Add(&pipeline.Record{Image: "a.png", Status: "ok", ValidPixels: 8, Confusion: []int64{3, 1, 0, 4}})
	total.Add(&pipeline.Record{Image: "b.png", Status: "ok", ValidPixels: 8, Confusion: []int64{8, 0, 0, 0}})
	for _, f := range total.Result()[0].Figures[:3] {
		fmt.Printf("%s %.4f\n", f.Name, f.Value)
	}
	// Output:
	// JaccardIndex 0.8583
	// Accuracy 0.9583
	// Accuracy micro 0.9375
}
