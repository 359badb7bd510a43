package model

import (
	"math"

	"github.com/segmetry/segmetry/internal/fault"
)

func init() { RegisterDecoder(labelsDecoder{}) }

// labelsDecoder reads label maps: one class a pixel, of any integer or float type, with or without axes of one.
type labelsDecoder struct{}

func (labelsDecoder) Kind() string { return KindLabels }

func (labelsDecoder) Accepts(s Signature) error {
	return knownType("output", s.Output, s.OutputType)
}

func (labelsDecoder) Decode(s Signature, raw Tensor, p *Prediction) error {
	n := p.images()
	shape, ok := mapShape(raw.Shape, int64(n))
	if !ok || int64(len(raw.Data)) != int64(n)*product(shape) {
		return fault.Runtimef("output %q has shape %v; expected one class a pixel: [%d, height, width], with axes of 1 anywhere", s.Output, raw.Shape, n)
	}
	labels := p.Labels
	if cap(labels) < len(raw.Data) {
		labels = make([]int16, len(raw.Data))
	}
	labels = labels[:len(raw.Data)]
	for i, x := range raw.Data {
		if !(x >= 0 && x <= math.MaxInt16) || x != float32(int16(x)) {
			return fault.Runtimef("output %q holds %g at (%d,%d); expected whole class numbers from 0 on", s.Output, x, int64(i)%shape[1], int64(i)/shape[1]%shape[0])
		}
		labels[i] = int16(x)
	}
	*p = Prediction{Kind: KindLabels, Labels: labels, Channels: 1, Height: int(shape[0]), Width: int(shape[1]), Images: n}
	return nil
}

// mapShape finds height and width in a shape of n label maps: the axes that are left without the batch and axes of one.
func mapShape(shape []int64, n int64) (size []int64, ok bool) {
	if len(shape) > 2 && shape[0] == n {
		shape, n = shape[1:], 1
	}
	for len(shape) > 2 && shape[0] == 1 {
		shape = shape[1:]
	}
	for len(shape) > 2 && shape[len(shape)-1] == 1 {
		shape = shape[:len(shape)-1]
	}
	return shape, len(shape) == 2 && n == 1
}
