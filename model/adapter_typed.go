//go:build cgo

package model

import (
	"context"
	"fmt"
	"unsafe"

	ort "github.com/yalue/onnxruntime_go"
)

// elementTypes are ONNX Runtime's codes of the element types that can be fed and read.
var elementTypes = map[string]ort.TensorElementDataType{
	"float32": ort.TensorElementDataTypeFloat, "float16": ort.TensorElementDataTypeFloat16, "float64": ort.TensorElementDataTypeDouble,
	"uint8": ort.TensorElementDataTypeUint8, "int8": ort.TensorElementDataTypeInt8, "uint16": ort.TensorElementDataTypeUint16,
	"int16": ort.TensorElementDataTypeInt16, "int32": ort.TensorElementDataTypeInt32, "int64": ort.TensorElementDataTypeInt64,
	"bfloat16": ort.TensorElementDataTypeBFloat16, "bool": ort.TensorElementDataTypeBool,
}

// bindSides makes the tensors of the inputs beside the image, for planes of a shape and pictures of a size before
// preprocessing.
func (s *slot) bindSides(sides []Side, planes [4]int64, original [2]int64) error {
	s.dropSides()
	for i, side := range sides {
		shape, data, err := side.fill(max(planes[0], int64(s.engine.sig.Batch)), [2]int64{planes[2], planes[3]}, original)
		if err != nil {
			return err
		}
		s.pinSide.Pin(&data[0])
		t, err := newSide(shape, data, side.Type)
		if err != nil {
			return err
		}
		s.inputs[1+i] = t
	}
	return nil
}

// newSide makes a tensor of any number of axes; the binding has another type for those without.
func newSide(shape []int64, data []byte, kind string) (ort.Value, error) {
	if len(shape) > 0 {
		return ort.NewCustomDataTensor(ort.Shape(shape), data, elementTypes[kind])
	}
	var one [1]float32
	codecs[kind].get(one[:], data)
	switch x := one[0]; kind {
	case "float32":
		return ort.NewScalar(x)
	case "float64":
		return ort.NewScalar(float64(x))
	case "int32":
		return ort.NewScalar(int32(x))
	case "int64":
		return ort.NewScalar(int64(x))
	case "bool":
		return ort.NewScalar(x != 0)
	}
	return nil, fmt.Errorf("a single %s without axes cannot be fed", kind)
}

func (s *slot) dropSides() {
	for i, v := range s.inputs[1:] {
		if v != nil {
			v.Destroy()
			s.inputs[1+i] = nil
		}
	}
	s.pinSide.Unpin()
}

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

// elementBytes are a tensor's elements, little-endian as this program's machines are. They are Go memory, and outlive the
// tensor.
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
	if len(data) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), len(data)*int(unsafe.Sizeof(data[0])))
}
