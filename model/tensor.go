package model

import (
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

// has reports whether a layout has an axis: n, c, h or w.
func has(layout string, axis byte) bool { return strings.IndexByte(layout, axis) >= 0 }

// channelsLast reports whether a layout has its channels behind height and width.
func channelsLast(layout string) bool { return strings.HasSuffix(layout, "hwc") }

// axis returns an axis of a shape by its letter in the layout; 1 where the layout has no such axis.
func axis(shape []int64, layout string, letter byte) int64 {
	if i := strings.IndexByte(layout, letter); i >= 0 && i < len(shape) {
		return shape[i]
	}
	return 1
}

// inputShape is the shape that the model is fed for n pictures as planes (n, C, H, W): the pictures of a fixed batch are
// all there.
func (s Signature) inputShape(planes [4]int64) []int64 {
	shape := make([]int64, 0, 4)
	for i := range s.Layout {
		switch s.Layout[i] {
		case 'n':
			shape = append(shape, max(planes[0], int64(s.Batch)))
		case 'c':
			shape = append(shape, planes[1])
		case 'h':
			shape = append(shape, planes[2])
		case 'w':
			shape = append(shape, planes[3])
		}
	}
	return shape
}

// plain says that the model's tensors are what preprocessing fills and the decoders read: float32, channels first, no
// fixed batch to be filled up.
func (s Signature) plain() bool {
	return s.InputType == "float32" && s.Layout == NCHW && s.Batch <= 1 && s.OutputType == "float32" && s.OutputLayout == NCHW
}

// shuttle carries values between planes of float32 and a model's tensors. Its buffer only grows.
type shuttle struct{ row []float32 }

// pack writes planes (n, C, H, W) as the model's input: its element type and layout; a fixed batch that the pictures do
// not fill is filled with the first one.
func (t *shuttle) pack(s Signature, dst []byte, planes []float32, shape [4]int64) {
	c := codecs[s.InputType]
	used := len(planes) * c.size
	switch {
	case channelsLast(s.Layout) && shape[1] > 1:
		t.packLast(c, s.InputQuantised, dst, planes, shape)
	case s.InputQuantised.none():
		c.put(dst, planes)
	default:
		for at := 0; at < len(planes); at += chunk {
			row := t.take(min(chunk, len(planes)-at))
			copy(row, planes[at:])
			s.InputQuantised.put(row)
			c.put(dst[at*c.size:], row)
		}
	}
	for one := dst[:used/int(shape[0])]; used < len(dst); used += len(one) {
		copy(dst[used:], one)
	}
}

// chunk is how many values are turned at a time where their order stays: they fit the first-level cache.
const chunk = 4096

func (t *shuttle) take(n int) []float32 {
	if cap(t.row) < n {
		t.row = make([]float32, n)
	}
	return t.row[:n]
}

// packLast is pack for channels behind height and width, row by row.
func (t *shuttle) packLast(c codec, q Quantised, dst []byte, planes []float32, shape [4]int64) {
	channels, height, width := int(shape[1]), int(shape[2]), int(shape[3])
	row := t.take(width * channels)
	for n := range int(shape[0]) {
		for y := range height {
			for k := range channels {
				for x, v := range planes[((n*channels+k)*height+y)*width:][:width] {
					row[x*channels+k] = v
				}
			}
			if !q.none() {
				q.put(row)
			}
			c.put(dst[(n*height+y)*len(row)*c.size:], row)
		}
	}
}

// unpack turns raw output elements into float32 values of the first n pictures in dst, which it may replace: scores as
// (n, C, H, W), label maps as (n, …) in the axes that they have.
func (t *shuttle) unpack(s Signature, raw []byte, shape []int64, n int64, dst []float32) (Tensor, error) {
	c, known := codecs[s.OutputType]
	if elements := product(shape); !known || elements > maxElements || int64(len(raw)) < elements*int64(c.size) {
		return Tensor{}, fault.Runtimef("output %q of type %s and shape %v in %d bytes cannot be read", s.Output, s.OutputType, shape, len(raw))
	}
	full := shape
	if batch := max(n, int64(s.Batch)); n < batch && len(shape) > 0 && shape[0] == batch {
		shape = append([]int64{n}, shape[1:]...)
	}
	values := int(product(shape))
	if cap(dst) < values {
		dst = make([]float32, values)
	}
	dst = dst[:values]
	if s.Kind == KindLabels || len(shape) != len(s.OutputLayout) {
		c.get(dst, raw)
		if !s.OutputQuantised.none() {
			s.OutputQuantised.get(dst)
		}
		return Tensor{Shape: shape, Data: dst}, nil
	}
	planes := [4]int64{axis(shape, s.OutputLayout, 'n'), axis(shape, s.OutputLayout, 'c'), axis(shape, s.OutputLayout, 'h'), axis(shape, s.OutputLayout, 'w')}
	if product(planes[:]) != int64(values) {
		return Tensor{}, fault.Runtimef("output %q has shape %v, which is not %s", s.Output, full, s.OutputLayout)
	}
	if channelsLast(s.OutputLayout) && planes[1] > 1 {
		t.unpackLast(c, dst, raw, planes)
	} else {
		c.get(dst, raw)
	}
	if !s.OutputQuantised.none() {
		s.OutputQuantised.get(dst)
	}
	return Tensor{Shape: planes[:], Data: dst}, nil
}

// unpackLast reads elements with channels behind height and width, row by row.
func (t *shuttle) unpackLast(c codec, dst []float32, raw []byte, shape [4]int64) {
	channels, height, width := int(shape[1]), int(shape[2]), int(shape[3])
	row := t.take(width * channels)
	for n := range int(shape[0]) {
		for y := range height {
			c.get(row, raw[(n*height+y)*len(row)*c.size:])
			for k := range channels {
				plane := dst[((n*channels+k)*height+y)*width:][:width]
				for x := range plane {
					plane[x] = row[x*channels+k]
				}
			}
		}
	}
}

// halfOutput says that ONNX Runtime must be told the output's shape beforehand: the binding cannot take over memory of
// these types.
func (s Signature) halfOutput() bool { return s.OutputType == "float16" || s.OutputType == "bfloat16" }

// guesses lists the shapes that an output may have for an input of the given planes: those of its size, and of its
// size over 2, 4, 8, 16 and 32, rounded up.
func (s Signature) guesses(in [4]int64) [][]int64 {
	var list [][]int64
	for divisor := int64(1); divisor <= 32; divisor *= 2 {
		var shape []int64
		for i := range s.OutputLayout {
			switch s.OutputLayout[i] {
			case 'n':
				shape = append(shape, max(in[0], int64(s.Batch)))
			case 'c':
				shape = append(shape, int64(max(s.Classes, 1)))
			case 'h':
				shape = append(shape, (in[2]+divisor-1)/divisor)
			case 'w':
				shape = append(shape, (in[3]+divisor-1)/divisor)
			}
		}
		if shape != nil {
			list = append(list, shape)
		}
	}
	return list
}
