//go:build cgo

package model

import (
	"context"
	"encoding/binary"
	"fmt"

	ort "github.com/yalue/onnxruntime_go"
)

// bindTyped makes the input tensor of the model's own type over data.
func (s *slot) bindTyped(shape []int64, data []byte) error {
	s.dropInput()
	s.pinIn.Pin(&data[0])
	t, err := ort.NewCustomDataTensor(ort.Shape(shape), data, elementTypes[s.engine.sig.InputType])
	if err != nil {
		s.pinIn.Unpin()
		return err
	}
	s.typed = t
	return nil
}

// runTyped runs into buf of the given shape, or, where shape is nil, into memory that ONNX Runtime allocates, and returns
// the output's elements as bytes.
func (s *slot) runTyped(ctx context.Context, shape []int64, buf []byte) (raw []byte, found []int64, err error) {
	s.inputs[0], s.outputs[0] = s.typed, nil
	if shape != nil {
		s.pinOut.Pin(&buf[0])
		defer s.pinOut.Unpin()
		t, err := ort.NewCustomDataTensor(ort.Shape(shape), buf, elementTypes[s.engine.sig.OutputType])
		if err != nil {
			return nil, nil, err
		}
		defer t.Destroy()
		s.outputs[0] = t
	}
	if err := s.runUntil(ctx); err != nil {
		return nil, nil, err
	}
	if shape != nil {
		return buf, shape, nil
	}
	out := s.outputs[0]
	defer out.Destroy()
	raw, err = elementBytes(out)
	return raw, out.GetShape().Clone(), err
}

// elementBytes copies a tensor's elements, little-endian as this program's machines are.
func elementBytes(v ort.Value) ([]byte, error) {
	switch t := v.(type) {
	case *ort.Tensor[float32]:
		return bytesOfSlice(t.GetData()), nil
	case *ort.Tensor[float64]:
		return bytesOfSlice(t.GetData()), nil
	case *ort.Tensor[uint8]:
		return bytesOfSlice(t.GetData()), nil
	case *ort.Tensor[int8]:
		return bytesOfSlice(t.GetData()), nil
	case *ort.Tensor[uint16]:
		return bytesOfSlice(t.GetData()), nil
	case *ort.Tensor[int16]:
		return bytesOfSlice(t.GetData()), nil
	case *ort.Tensor[int32]:
		return bytesOfSlice(t.GetData()), nil
	case *ort.Tensor[int64]:
		return bytesOfSlice(t.GetData()), nil
	case *ort.Tensor[bool]:
		return bytesOfSlice(t.GetData()), nil
	}
	return nil, fmt.Errorf("an output of %T cannot be read", v)
}

func bytesOfSlice[T any](data []T) []byte {
	b, err := binary.Append(nil, binary.LittleEndian, data)
	if err != nil {
		panic(err) // numbers of fixed size always encode
	}
	return b
}
