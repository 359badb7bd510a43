package compat

import "math"

// singles are the dataset's counts summed in float32, image after image, as torch.histc gives them and mmsegmentation adds
// them: past 2²⁴ pixels of a class a sum loses its last ones.
type singles struct {
	right, union, truth, predicted []float32
}

func newSingles(classes int) singles {
	return singles{make([]float32, classes), make([]float32, classes), make([]float32, classes), make([]float32, classes)}
}

func (s *singles) add(c *counts) {
	for k := range s.right {
		right, truth, predicted := float32(c.right[k]), float32(c.truth[k]), float32(c.predicted[k])
		s.right[k] += right
		s.union[k] += predicted + truth - right
		s.truth[k] += truth
		s.predicted[k] += predicted
	}
}

// class is a class's figure; exact is the same without rounding, which stands where the ratio is none.
func (s *singles) class(of *measure, k int, exact float64) float64 {
	part, whole := s.right[k], float32(0)
	switch of {
	case iou:
		whole = s.union[k]
	case recall:
		whole = s.truth[k]
	case precision:
		whole = s.predicted[k]
	case dice:
		part, whole = 2*part, s.predicted[k]+s.truth[k]
	}
	if exact != exact || whole == 0 {
		return exact
	}
	return float64(part / whole)
}

// accuracy is the share of the pixels that are right.
func (s *singles) accuracy() float64 {
	var right, all float32
	for k := range s.right {
		right += s.right[k]
		all += s.truth[k]
	}
	if all == 0 {
		return math.NaN()
	}
	return float64(right / all)
}

// meanFloat32 is numpy's nanmean of float32 values.
func meanFloat32(classes []float64) float64 {
	var sum float32
	n := 0
	for _, x := range classes {
		if x == x {
			sum += float32(x)
			n++
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return float64(sum / float32(n))
}
