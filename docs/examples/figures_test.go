package examples_test

import (
	"bytes"
	"fmt"

	"github.com/segmetry/segmetry/report/figure"
)

// The figures that a summary of predictions suffices for are drawn.
func Example_figures() {
	summary, err := summaryOf("standard")
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
