// Command segmetry evaluates exported semantic-segmentation models: it runs an ONNX model over a dataset, computes
// losses and metrics, and writes CSV, JSON and a single-file HTML report. See segmetry --help.
package main

import "os"

func main() {
	os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ()))
}
