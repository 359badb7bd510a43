package main

import (
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/npy"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// logitsBatch reads --logits or --probabilities, which it also returns as they were given.
func (f *scoreFlags) logitsBatch() (b *losses.Batch, probabilities []float32, err error) {
	file := f.logits
	if file == "" {
		file = f.probabilities
	}
	array, err := npy.Read(file)
	if err != nil {
		return nil, nil, err
	}
	shape := array.Shape
	if len(shape) == 3 {
		shape = append([]int{1}, shape...)
	}
	if len(shape) != 4 {
		return nil, nil, fault.Dataf("%s: shape %v: expected N,C,H,W or C,H,W", file, array.Shape)
	}
	b = &losses.Batch{Images: shape[0], Channels: shape[1], Height: shape[2], Width: shape[3]}
	if b.Logits, err = array.Float32s(); err != nil {
		return nil, nil, err
	}
	if err := f.checkHead(file, b.Channels); err != nil {
		return nil, nil, err
	}
	if f.probabilities != "" {
		probabilities = slices.Clone(b.Logits)
		if err := toLogits(file, b, b.Channels == 1 || f.activation == "sigmoid"); err != nil {
			return nil, nil, err
		}
	}
	return b, probabilities, nil
}

func (f *scoreFlags) checkHead(file string, channels int) error {
	switch {
	case f.activation == "softmax" && channels == 1:
		return fault.Usagef("--activation softmax: %s has one channel, which only a sigmoid can be", file)
	case f.numClasses != 0 && f.numClasses != max(2, channels):
		return fault.Usagef("--num-classes %d: %s has %d channels, which are %d classes", f.numClasses, file, channels, max(2, channels))
	case len(f.classes) > 0 && len(f.classes) != max(2, channels):
		return fault.Usagef("--classes names %d classes: %s has %d channels, which are %d classes", len(f.classes), file, channels, max(2, channels))
	}
	return nil
}

// toLogits turns probabilities into logits that give them back: log p for a softmax, log p − log(1−p) for a sigmoid.
// p = 0 is taken as the smallest normal float32, so that its logarithm is finite.
func toLogits(file string, b *losses.Batch, sigmoid bool) error {
	const least = 1.1754943508222875e-38
	for i, p := range b.Logits {
		if !(p >= 0 && p <= 1) {
			return fault.Dataf("%s: value %g at index %d: expected probabilities in [0, 1]; logits go with --logits", file, p, i)
		}
		x := math.Log(max(float64(p), least))
		if sigmoid {
			x -= math.Log(max(1-float64(p), least))
		}
		b.Logits[i] = float32(x)
	}
	return nil
}

// truth reads --labels or --masks as N×H×W classes.
func (f *scoreFlags) truth(images, height, width, classes int) ([]int16, error) {
	if f.masks != "" {
		return f.maskTruth(images, height, width, classes)
	}
	array, err := npy.Read(f.labels)
	if err != nil {
		return nil, err
	}
	shape := array.Shape
	if len(shape) == 2 {
		shape = append([]int{1}, shape...)
	}
	if len(shape) != 3 || shape[0] != images || shape[1] != height || shape[2] != width {
		return nil, fault.Dataf("%s: shape %v: expected %d,%d,%d like the predictions", f.labels, array.Shape, images, height, width)
	}
	values, err := array.Ints()
	if err != nil {
		return nil, err
	}
	return f.classesOf(f.labels, values, width, height, classes)
}

// classesOf checks label values and turns the ignore index into raster.Ignored.
func (f *scoreFlags) classesOf(file string, values []int64, width, height, classes int) ([]int16, error) {
	out := make([]int16, len(values))
	for i, v := range values {
		switch {
		case v == int64(f.ignore):
			out[i] = raster.Ignored
		case v < 0 || v >= int64(classes):
			pixel := i % (width * height)
			return nil, fault.Dataf("%s: label %d in image %d at (%d,%d): expected 0 to %d; is it the ignore index (--ignore-index %d)?", file, v, i/(width*height), pixel%width, pixel/width, classes-1, v)
		default:
			out[i] = int16(v)
		}
	}
	return out, nil
}

// datasetOptions describes a folder of label images with this command's classes.
func (f *scoreFlags) datasetOptions(images string, classes int) dataset.Options {
	o := dataset.DefaultOptions()
	o.Images, o.Masks, o.Classes = images, f.masks, f.classNames(classes)
	if f.ignore != math.MinInt {
		o.IgnoreIndex = &f.ignore
	}
	return o
}

// maskTruth reads as many label images as there are predictions, in the order of their names.
func (f *scoreFlags) maskTruth(images, height, width, classes int) ([]int16, error) {
	o := f.datasetOptions(f.masks, classes)
	o.Unpaired = true
	source, err := dataset.Open(o)
	if err != nil {
		return nil, err
	}
	loader, err := labelLoader(o)
	if err != nil {
		return nil, err
	}
	var out []int16
	n := 0
	for item, err := range source.Items() {
		if err != nil {
			return nil, err
		}
		if n++; n > images {
			break
		}
		l, err := loader.MaskOf(item.Image, width, height)
		if err != nil {
			return nil, err
		}
		out = append(out, l.Class...)
	}
	if n != images {
		return nil, fault.Dataf("%s holds %s label images for %d predictions", f.masks, countOf(n, images), images)
	}
	return out, nil
}

func countOf(n, enough int) string {
	if n > enough {
		return fmt.Sprintf("more than %d", enough)
	}
	return fmt.Sprint(n)
}

func labelLoader(o dataset.Options) (*dataset.Loader, error) {
	return dataset.NewLoader(o, dataset.DefaultPreprocess(), dataset.Input{Channels: 3})
}

// scoreLabels scores --predictions.
func (f *scoreFlags) scoreLabels(measures []metrics.Spec) (*pipeline.Summary, error) {
	info, err := os.Stat(f.predictions)
	if err != nil {
		return nil, fault.Usagef("--predictions: %w", err)
	}
	if info.IsDir() {
		return f.scoreLabelImages(measures)
	}
	array, err := npy.Read(f.predictions)
	if err != nil {
		return nil, err
	}
	shape := array.Shape
	if len(shape) == 2 {
		shape = append([]int{1}, shape...)
	}
	if len(shape) != 3 {
		return nil, fault.Dataf("%s: shape %v: expected N,H,W or H,W", f.predictions, array.Shape)
	}
	values, err := array.Ints()
	if err != nil {
		return nil, err
	}
	return f.scoreLabelArrays(values, shape, measures)
}

func (f *scoreFlags) scoreLabelArrays(values []int64, shape []int, measures []metrics.Spec) (*pipeline.Summary, error) {
	images, height, width := shape[0], shape[1], shape[2]
	truth, err := f.truth(images, height, width, f.labelClasses(raster.MaxClasses))
	if err != nil {
		return nil, err
	}
	classes := f.labelClasses(0)
	for i, v := range values {
		classes = f.grow(classes, int(truth[i]), v)
	}
	predicted, err := f.classesOf(f.predictions, values, width, height, classes)
	if err != nil {
		return nil, err
	}
	s, err := pipeline.NewOffline(pipeline.OfflineOptions{Classes: f.classNames(classes), Labels: true, Metrics: measures, Bootstrap: f.intervals, Over: f.over, Compat: f.compat})
	if err != nil {
		return nil, err
	}
	plane := width * height
	for n := range images {
		view := func(class []int16) *raster.Labels {
			return &raster.Labels{Width: width, Height: height, Class: class[n*plane:][:plane]}
		}
		if err := s.AddLabels(fmt.Sprintf("image %d", n), view(predicted), view(truth)); err != nil {
			return nil, err
		}
	}
	return s.Summary()
}

// labelClasses is the number of classes that was given, or otherwise the fallback.
func (f *scoreFlags) labelClasses(fallback int) int {
	if len(f.classes) > 0 {
		return len(f.classes)
	}
	if f.numClasses > 0 {
		return f.numClasses
	}
	return fallback
}

// grow makes room for a label unless the number of classes was given.
func (f *scoreFlags) grow(classes, truth int, predicted int64) int {
	if f.labelClasses(0) > 0 {
		return classes
	}
	classes = max(classes, truth+1)
	if predicted != int64(f.ignore) && predicted < raster.MaxClasses {
		classes = max(classes, int(predicted)+1)
	}
	return classes
}

// scoreLabelImages pairs a folder of predictions with --masks by name.
func (f *scoreFlags) scoreLabelImages(measures []metrics.Spec) (*pipeline.Summary, error) {
	if f.masks == "" {
		return nil, fault.Usagef("--predictions %s is a folder: give the truth as a folder too, with --masks", f.predictions)
	}
	classes := f.labelClasses(0)
	if classes == 0 {
		return nil, fault.Usagef("label images need --num-classes or --classes: the largest label of a folder says little")
	}
	o := f.datasetOptions(f.predictions, classes)
	source, err := dataset.Open(o)
	if err != nil {
		return nil, err
	}
	predictions, err := labelLoader(o)
	if err != nil {
		return nil, err
	}
	truths, err := labelLoader(o)
	if err != nil {
		return nil, err
	}
	s, err := pipeline.NewOffline(pipeline.OfflineOptions{Classes: o.Classes, Labels: true, Metrics: measures, Bootstrap: f.intervals, Over: f.over, Compat: f.compat})
	if err != nil {
		return nil, err
	}
	for item, err := range source.Items() {
		if err != nil {
			return nil, err
		}
		truth, err := truths.MaskOf(item.Mask, 0, 0)
		if err != nil {
			return nil, err
		}
		predicted, err := predictions.MaskOf(item.Image, truth.Width, truth.Height)
		if err != nil {
			return nil, err
		}
		if err := s.AddLabels(item.Name, predicted, truth); err != nil {
			return nil, err
		}
	}
	return s.Summary()
}
