package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/npy"
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// planes is truth with a value for every channel: several labels at once, or soft targets, which have losses and no
// measures: a pixel has no one class to count.
type planes struct {
	batch *losses.Batch // Labels a channel (several labels at once)
	soft  []float32     // targets a channel; nil: several labels at once
	plan  *losses.Plan
}

// overlap says whether the channels are several labels at once.
func (f *scoreFlags) overlap(channels int) bool { return f.activation == "sigmoid" && channels > 1 }

// scoreOverlap scores several labels at once.
func (a *app) scoreOverlap(f *scoreFlags, specs []losses.Spec, measures []metrics.Spec, b *losses.Batch, given []float32) (*pipeline.Summary, error) {
	var err error
	if b.Labels, err = f.channelLabels(b); err != nil {
		return nil, err
	}
	s, err := pipeline.NewOffline(pipeline.OfflineOptions{Classes: f.classNames(b.Channels), Overlap: true, Thresholds: f.threshold, Losses: specs, Metrics: measures, Bootstrap: f.intervals, Over: f.over, Compat: f.compat})
	if err != nil {
		return nil, err
	}
	size := b.Channels * b.Height * b.Width
	for n := range b.Images {
		var probabilities []float32
		if given != nil {
			probabilities = given[n*size:][:size]
		}
		truth := &pass.PlaneTruth{Width: b.Width, Height: b.Height, Planes: b.Labels[n*size:][:size]}
		if err := s.AddPlanes(fmt.Sprintf("image %d", n), b.Logits[n*size:][:size], probabilities, truth); err != nil {
			return nil, err
		}
	}
	summary, err := s.Summary()
	if err != nil || f.reduction == "image" && f.gradients == "" {
		return summary, err
	}
	p := &planes{batch: b, plan: s.Plan()}
	gradients := a.gradientBuffers(f, p.plan, len(b.Logits))
	results, err := p.score(f.reduction, gradients)
	if err != nil {
		return nil, fault.Dataf("%w", err)
	}
	for k, r := range results {
		if f.reduction == "batch" {
			replaceLoss(&summary.Losses[k], r.Value)
		}
	}
	return summary, f.writeGradients(p.plan.Labels(), gradients, b)
}

// softTruth says whether the truth is soft targets.
func (f *scoreFlags) softTruth(channels int) (bool, error) {
	if f.labels == "" || channels == 1 {
		return false, nil
	}
	array, err := npy.Read(f.labels)
	if err != nil {
		return false, err
	}
	return len(array.Shape) == 4 && array.Type[0] == 'f', nil
}

// scorePlanes scores --logits against soft targets.
func (a *app) scorePlanes(f *scoreFlags, specs []losses.Spec, measures []metrics.Spec, b *losses.Batch) (*pipeline.Summary, error) {
	if f.metricsGiven && slices.ContainsFunc(measures, func(m metrics.Spec) bool { return m.Name != "none" }) {
		return nil, fault.Usagef("--metrics %s: with soft targets a pixel has no one class to count: give --metrics none", f.metrics)
	}
	if f.intervals != nil {
		return nil, fault.Usagef("--bootstrap %q: soft targets have no intervals in this version: leave it out", f.bootstrap)
	}
	p, err := f.planes(specs, b)
	if err != nil {
		return nil, err
	}
	gradients := a.gradientBuffers(f, p.plan, len(b.Logits))
	results, err := p.score(f.reduction, gradients)
	if err != nil {
		return nil, fault.Dataf("%s: %w", f.labels, err)
	}
	s := &pipeline.Summary{Counts: record.Counts{Images: b.Images, OK: b.Images}, Classes: f.classNames(b.Channels)}
	for k, name := range p.plan.Labels() {
		s.Losses = append(s.Losses, record.LossValue{Name: name, Value: record.Value{Value: results[k].Value, NValid: b.Images}, Pooled: math.NaN()})
	}
	return s, f.writeGradients(p.plan.Labels(), gradients, b)
}

func (f *scoreFlags) planes(specs []losses.Spec, b *losses.Batch) (*planes, error) {
	plan, err := losses.Compile(specs, losses.Shape{Head: losses.Softmax, Classes: b.Channels})
	if err != nil {
		return nil, err
	}
	p := &planes{batch: b, plan: plan}
	p.soft, err = f.softTargets(b)
	return p, err
}

// softTargets reads --labels as N×C×H×W shares.
func (f *scoreFlags) softTargets(b *losses.Batch) ([]float32, error) {
	array, err := npy.Read(f.labels)
	if err != nil {
		return nil, err
	}
	if s := array.Shape; s[0] != b.Images || s[1] != b.Channels || s[2] != b.Height || s[3] != b.Width {
		return nil, fault.Dataf("%s: shape %v: expected %d,%d,%d,%d like the logits", f.labels, s, b.Images, b.Channels, b.Height, b.Width)
	}
	return array.Float32s()
}

// channelLabels reads --labels as N×C×H×W of 0 and 1, or makes them of one class a pixel.
func (f *scoreFlags) channelLabels(b *losses.Batch) ([]int16, error) {
	plane := b.Height * b.Width
	if f.labels != "" {
		array, err := npy.Read(f.labels)
		if err != nil {
			return nil, err
		}
		if len(array.Shape) == 4 {
			values, err := array.Ints()
			if err != nil {
				return nil, err
			}
			if len(values) != len(b.Logits) || array.Shape[1] != b.Channels {
				return nil, fault.Dataf("%s: shape %v: expected %d,%d,%d,%d like the logits", f.labels, array.Shape, b.Images, b.Channels, b.Height, b.Width)
			}
			return f.classesOf(f.labels, values, b.Width, b.Height, 2)
		}
	}
	classes, err := f.truth(b.Images, b.Height, b.Width, b.Channels)
	if err != nil {
		return nil, err
	}
	labels := make([]int16, len(b.Logits))
	for i, t := range classes {
		for c := range b.Channels {
			k := (i/plane*b.Channels+c)*plane + i%plane
			switch {
			case t == raster.Ignored:
				labels[k] = raster.Ignored
			case int(t) == c:
				labels[k] = 1
			}
		}
	}
	return labels, nil
}

// score evaluates the losses over the whole batch, or as mean of the images.
func (p *planes) score(reduction string, gradients [][]float32) ([]losses.Result, error) {
	if reduction == "batch" || p.batch.Images == 1 {
		return p.together(p.batch, p.soft, gradients)
	}
	total := make([]losses.Result, len(p.plan.Labels()))
	counted := make([]float64, len(total))
	size := len(p.batch.Logits) / p.batch.Images
	for n := range p.batch.Images {
		one := &losses.Batch{Images: 1, Channels: p.batch.Channels, Height: p.batch.Height, Width: p.batch.Width, Logits: p.batch.Logits[n*size:][:size]}
		var soft []float32
		if p.soft != nil {
			soft = p.soft[n*size:][:size]
		} else {
			one.Labels = p.batch.Labels[n*size:][:size]
		}
		results, err := p.together(one, soft, views(gradients, n*size, size))
		if err != nil {
			return nil, fmt.Errorf("image %d: %w", n, err)
		}
		for k, r := range results {
			if r.Count > 0 {
				total[k].Value += r.Value
				total[k].Count += r.Count
				counted[k]++
			}
		}
	}
	for k := range total {
		total[k].Value /= max(1, counted[k])
		if gradients != nil {
			for i := range gradients[k] {
				gradients[k][i] /= float32(max(1, counted[k]))
			}
		}
	}
	return total, nil
}

func (p *planes) together(b *losses.Batch, soft []float32, gradients [][]float32) ([]losses.Result, error) {
	if p.soft != nil {
		return p.plan.ScoreSoft(&losses.SoftBatch{Images: b.Images, Channels: b.Channels, Height: b.Height, Width: b.Width, Logits: b.Logits, Targets: soft}, gradients)
	}
	m, err := losses.NewMultiLabel(p.plan, b.Channels)
	if err != nil {
		return nil, err
	}
	return m.Score(b, gradients)
}

// views cuts one image out of the gradients.
func views(gradients [][]float32, from, size int) [][]float32 {
	if gradients == nil {
		return nil
	}
	cut := make([][]float32, len(gradients))
	for k, g := range gradients {
		if g != nil {
			cut[k] = g[from:][:size]
		}
	}
	return cut
}
