//go:build cgo

package model

import (
	"context"
	"fmt"

	ort "github.com/yalue/onnxruntime_go"
)

// elementTypes are ONNX Runtime's codes of the element types that a trial run can feed.
var elementTypes = map[string]ort.TensorElementDataType{
	"float32": ort.TensorElementDataTypeFloat, "float16": ort.TensorElementDataTypeFloat16, "float64": ort.TensorElementDataTypeDouble,
	"uint8": ort.TensorElementDataTypeUint8, "int8": ort.TensorElementDataTypeInt8, "uint16": ort.TensorElementDataTypeUint16,
	"int16": ort.TensorElementDataTypeInt16, "int32": ort.TensorElementDataTypeInt32, "int64": ort.TensorElementDataTypeInt64,
	"bfloat16": ort.TensorElementDataTypeBFloat16,
}

// trial runs a model of any element type on zeros, to see what sizes it takes and gives.
type trial struct {
	slot *slot
	sig  Signature
	kind ort.TensorElementDataType
}

// newTrial opens the model on the CPU. The signature names one input and one output.
func newTrial(path string, sig Signature) (*trial, error) {
	kind, ok := elementTypes[sig.InputType]
	if !ok {
		return nil, fmt.Errorf("no trial run for an input of type %s", sig.InputType)
	}
	e := &engine{sig: sig, options: Options{Path: path}, provider: cpuProvider}
	session, err := e.create(cpuProvider, "")
	if err != nil {
		return nil, err
	}
	e.session = session
	s, err := e.newSlot()
	if err != nil {
		session.Destroy()
		return nil, err
	}
	return &trial{slot: s, sig: sig, kind: kind}, nil
}

// run runs on zeros of a shape and returns the output's shape, and its values where they are float32. Half-precision
// outputs need their shape beforehand: guesses are tried in turn.
func (t *trial) run(ctx context.Context, shape []int64, guesses [][]int64) ([]int64, []float32, error) {
	zeros := make([]byte, bytesOf(product(shape), typeBits[t.sig.InputType]))
	t.slot.pinIn.Pin(&zeros[0])
	defer t.slot.pinIn.Unpin()
	in, err := ort.NewCustomDataTensor(ort.Shape(shape), zeros, t.kind)
	if err != nil {
		return nil, nil, err
	}
	defer in.Destroy()
	t.slot.inputs[0], t.slot.outputs[0] = in, nil
	if typeBits[t.sig.OutputType] == 16 && t.sig.OutputType[0] != 'u' && t.sig.OutputType[0] != 'i' {
		return t.guess(ctx, guesses)
	}
	if err := t.slot.runUntil(ctx); err != nil {
		return nil, nil, err
	}
	out := t.slot.outputs[0]
	defer out.Destroy()
	if f, ok := out.(*ort.Tensor[float32]); ok {
		return f.GetShape(), f.GetData(), nil
	}
	return out.GetShape().Clone(), nil, nil
}

// guess runs into preallocated outputs of the guessed shapes until one fits.
func (t *trial) guess(ctx context.Context, guesses [][]int64) ([]int64, []float32, error) {
	err := fmt.Errorf("an output of type %s whose shape is not known", t.sig.OutputType)
	for _, shape := range guesses {
		var fits bool
		if fits, err = t.fits(ctx, shape); fits {
			return shape, nil, nil
		}
	}
	return nil, nil, err
}

// fits runs into a preallocated output of one shape.
func (t *trial) fits(ctx context.Context, shape []int64) (bool, error) {
	buf := make([]byte, bytesOf(product(shape), typeBits[t.sig.OutputType]))
	t.slot.pinOut.Pin(&buf[0])
	defer t.slot.pinOut.Unpin()
	out, err := ort.NewCustomDataTensor(ort.Shape(shape), buf, elementTypes[t.sig.OutputType])
	if err != nil {
		return false, err
	}
	defer out.Destroy()
	t.slot.outputs[0] = out
	err = t.slot.runUntil(ctx)
	return err == nil, err
}

func (t *trial) close() {
	_ = t.slot.close()
	_ = t.slot.engine.close()
}
