package main

import (
	"path/filepath"
	"strings"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/npy"
)

// isPlanes says whether a file holds planes of floats instead of a picture.
func isPlanes(path string) bool { return strings.EqualFold(filepath.Ext(path), ".npy") }

// preprocessPlanes resizes planes of floats, as torch does with a tensor, and does nothing else to them.
func preprocessPlanes(path string, p dataset.Preprocess, layout, out string) error {
	if p.Size == nil || p.Fit != dataset.FitStretch || p.Scale != nil || p.Mean != nil || p.Std != nil || p.PostScale != 0 || p.Normalize != "" || p.Crop != nil || p.Pad.Multiple > 1 || p.Color != dataset.ColorRGB {
		return fault.Usagef("%s holds planes of floats, which are resized alone: expected size and interpolation, and no other key of preprocess", path)
	}
	a, err := npy.Read(path)
	if err != nil {
		return err
	}
	if len(a.Shape) != 3 {
		return fault.Dataf("%s: an array of %d dimensions: expected three, (C,H,W)", path, len(a.Shape))
	}
	values, err := a.Float32s()
	if err != nil {
		return err
	}
	resized, err := dataset.ResizePlanes(values, [3]int(a.Shape), p.Size[0], p.Size[1], p.Interpolation)
	if err != nil {
		return err
	}
	shape := []int{a.Shape[0], p.Size[0], p.Size[1]}
	if layout == "nhwc" {
		shape = []int{p.Size[0], p.Size[1], a.Shape[0]}
	}
	return npy.WriteFloat32(out, shape, arrange(resized, a.Shape[0], layout))
}
