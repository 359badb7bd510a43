package examples_test

import (
	"bytes"
	"fmt"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/metrics"
	"github.com/segmetry/segmetry/report/figure"
)

// The figures that a summary of predictions suffices for are drawn.
func Example_figures() {
	s, err := pipeline.NewOffline(pipeline.OfflineOptions{Classes: []string{"sky", "ground"}, Labels: true, Metrics: []metrics.Spec{{Name: "standard"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	predicted := &dataset.Labels{Width: 4, Height: 1, Class: []int16{0, 0, 1, 0}}
	truth := &dataset.Labels{Width: 4, Height: 1, Class: []int16{0, 0, 1, 1}}
	if err := s.AddLabels("row.png", predicted, truth); err != nil {
		fmt.Println(err)
		return
	}
	summary, err := s.Summary()
	if err != nil {
		fmt.Println(err)
		return
	}
	save := func(name string, data []byte) error { // a program writes a file
		fmt.Println(name, "is an SVG:", bytes.Contains(data, []byte("<svg")))
		return nil
	}
	if err := figure.Draw(&figure.Run{Summary: summary}, figure.Options{Format: "svg"}, save); err != nil {
		fmt.Println(err)
	}
	// Output:
	// class_Dice.svg is an SVG: true
	// class_IoU.svg is an SVG: true
	// confusion.svg is an SVG: true
}
