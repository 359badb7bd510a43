package model

import "fmt"

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
