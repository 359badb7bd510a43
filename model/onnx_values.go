package model

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// single reads a field of a tensor's numbers (float_data, int32_data, int64_data, raw_data or double_data) that holds at
// most eight bytes: its bits, little-endian, and how many bytes there were. For anything longer width is -1, and stays so.
func (r *onnxReader) single(f field, before uint64, width int) (uint64, int, error) {
	switch {
	case width != 0: // a second field: more than one number
		return before, -1, nil
	case f.typ != protowire.BytesType:
		return f.number, 8, nil
	case f.body.size() == 0 || f.body.size() > 10:
		return 0, -1, nil
	}
	b, err := r.peek(f.body.pos, int(f.body.size()))
	if err != nil || int64(len(b)) < f.body.size() {
		return 0, -1, err
	}
	if f.num == 5 || f.num == 7 { // packed varints
		v, n := protowire.ConsumeVarint(b)
		if n != len(b) {
			return 0, -1, nil
		}
		return v, 8, nil
	}
	if len(b) > 8 {
		return 0, -1, nil
	}
	var eight [8]byte
	copy(eight[:], b)
	return binary.LittleEndian.Uint64(eight[:]), len(b), nil
}

// valueOf is the value of one element by its bits, nil for types that are not read.
func valueOf(kind string, bits uint64) *float64 {
	var v float64
	switch kind {
	case "float32":
		v = float64(math.Float32frombits(uint32(bits)))
	case "float64":
		v = math.Float64frombits(bits)
	case "float16":
		v = float64(fromFloat16(uint16(bits)))
	case "uint8", "bool":
		v = float64(uint8(bits))
	case "int8":
		v = float64(int8(bits))
	case "uint16":
		v = float64(uint16(bits))
	case "int16":
		v = float64(int16(bits))
	case "int32":
		v = float64(int32(bits))
	case "int64":
		v = float64(int64(bits))
	default:
		return nil
	}
	return &v
}

// value decodes ValueInfoProto and appends it to dst.
func (r *onnxReader) value(s span, dst *[]Value) error {
	if len(*dst) >= maxValues {
		return fmt.Errorf("more than %d inputs or outputs", maxValues)
	}
	var v Value
	err := r.each(s, func(f field) error {
		switch f.num {
		case 1:
			return r.str(f, &v.Name)
		case 2:
			return r.sub(f, func(s span) error { return r.valueType(s, &v) })
		}
		return nil
	})
	*dst = append(*dst, v)
	return err
}

// valueType decodes TypeProto: a tensor's element type and shape, the bare name of any other kind.
func (r *onnxReader) valueType(s span, v *Value) error {
	return r.each(s, func(f field) error {
		switch f.num {
		case 1:
			return r.sub(f, func(s span) error { return r.tensorType(s, v) })
		case 4:
			v.Type = "sequence"
		case 5:
			v.Type = "map"
		case 8:
			v.Type = "sparse tensor"
		case 9:
			v.Type = "optional"
		}
		return nil
	})
}

// tensorType decodes TypeProto.Tensor.
func (r *onnxReader) tensorType(s span, v *Value) error {
	return r.each(s, func(f field) error {
		switch f.num {
		case 1:
			v.Type = typeName(f.number)
		case 2:
			v.HasShape = true
			return r.sub(f, func(s span) error { return r.shape(s, v) })
		}
		return nil
	})
}

// shape decodes TensorShapeProto.
func (r *onnxReader) shape(s span, v *Value) error {
	return r.each(s, func(f field) error {
		if f.num != 1 {
			return nil
		}
		if len(v.Dims) >= maxRank {
			return fmt.Errorf("a shape of more than %d axes", maxRank)
		}
		d := Dim{Size: -1}
		err := r.sub(f, func(s span) error { return r.dim(s, &d) })
		v.Dims = append(v.Dims, d)
		return err
	})
}

// dim decodes TensorShapeProto.Dimension. Zero and negative sizes mean "dynamic", as exporters use them.
func (r *onnxReader) dim(s span, d *Dim) error {
	return r.each(s, func(f field) error {
		switch f.num {
		case 1:
			if size := int64(f.number); size > 0 {
				d.Size = size
			}
		case 2:
			return r.str(f, &d.Symbol)
		}
		return nil
	})
}
