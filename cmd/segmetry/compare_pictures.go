package main

import (
	"fmt"
	"path/filepath"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/palette"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/report"
)

// pictures draws images that changed, of the stored predictions and the new run's dataset. Where it cannot, it says why.
func (f *flipCounter) pictures(images []*record.ImageChange) (why string, err error) {
	if why := f.lacking(); why != "" {
		return why, nil
	}
	if why := f.open(); why != "" {
		return why, nil
	}
	classes := f.next.Header.Columns.Classes
	colors := palette.ClassColors(len(classes), f.next.config.Dataset.Palette)
	for _, image := range images {
		item, ok := f.items[image.Image]
		if !ok {
			return fmt.Sprintf("%s is not in the dataset any more", image.Image), nil
		}
		if image.Pictures, err = f.draw(item, colors); err != nil {
			image.Pictures, why = nil, err.Error() // a dataset that was moved forbids no verdict
		}
	}
	return why, nil
}

// lacking says which run has no stored predictions; "" where both have.
func (f *flipCounter) lacking() string {
	if f.next.evaluator.Measures().Overlap() {
		return "labels may overlap"
	}
	for _, p := range []*past{f.base, f.next} {
		if absent(filepath.Join(p.dir, "predictions")) {
			return p.dir + " has no stored predictions (segmetry run --predictions)"
		}
	}
	return ""
}

// draw draws an image's pictures.
func (f *flipCounter) draw(item dataset.Item, colors [][3]uint8) (*record.ChangePictures, error) {
	a, b, err := f.predictions(item.Name)
	if err != nil {
		return nil, err
	}
	picture, err := f.loader.ImageOf(item.Image)
	if err != nil {
		return nil, err
	}
	truth, err := f.loader.MaskOf(item.Mask, b.Width, b.Height)
	if err != nil {
		return nil, err
	}
	if len(truth.Class) != len(b.Value) {
		return nil, fault.Dataf("%s: the mask is %d×%d pixels, the predictions %d×%d", item.Name, truth.Width, truth.Height, b.Width, b.Height)
	}
	return report.DrawChange(picture, truth, a.Value, b.Value, colors)
}

// predictions are the stored labels of an image in both runs, which are of one size and of known classes.
func (f *flipCounter) predictions(name string) (base, next *dataset.Values, err error) {
	var sides [2]*dataset.Values
	classes := len(f.next.Header.Columns.Classes)
	for i, p := range []*past{f.base, f.next} {
		v, err := dataset.RawMask(filepath.Join(p.dir, "predictions", filepath.FromSlash(report.PredictionFile(name))))
		if err != nil {
			return nil, nil, err
		}
		for _, label := range v.Value {
			if int(label) >= classes {
				return nil, nil, fault.Dataf("%s: a stored prediction has label %d: expected a class from 0 to %d", name, label, classes-1)
			}
		}
		sides[i] = v
	}
	a, b := sides[0], sides[1]
	if a.Width != b.Width || a.Height != b.Height {
		return nil, nil, fault.Dataf("%s: the predictions are %d×%d and %d×%d pixels", name, a.Width, a.Height, b.Width, b.Height)
	}
	return a, b, nil
}
