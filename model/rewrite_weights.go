package model

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxWeights bounds the elements of a tensor that a rewrite looks at: the weights of channels.
const maxWeights = 1 << 16

// floats returns the elements of a float32 initializer, nil where there is none of that name, it is of another type, it is
// damaged, or it has more than maxWeights elements. Nodes may share one: it is read once.
func (w *rewriter) floats(name string) []float32 {
	s, ok := w.weights[name]
	if !ok {
		return nil
	}
	list, known := w.values[name]
	if !known {
		list, _ = w.readFloats(s)
		w.values[name] = list
	}
	return list
}

func (w *rewriter) readFloats(s span) ([]float32, error) {
	_, c, err := w.tensor(s)
	n := product(c.Dims)
	if err != nil || c.Type != "float32" || n < 1 || n > maxWeights {
		return nil, err
	}
	var text []byte
	err = w.each(s, func(f field) error {
		switch {
		case f.num != 4 && f.num != 9: // float_data, raw_data
			return nil
		case f.typ == protowire.Fixed32Type:
			text = binary.LittleEndian.AppendUint32(text, uint32(f.number))
		default:
			body, err := f.message()
			if err != nil || int64(len(text))+body.size() > 4*n {
				return errWire
			}
			at := len(text)
			text = append(text, make([]byte, body.size())...)
			if _, err := w.src.ReadAt(text[at:], body.pos); err != nil {
				return err
			}
		}
		if int64(len(text)) > 4*n {
			return errWire
		}
		return nil
	})
	if err != nil || int64(len(text)) != 4*n {
		return nil, err
	}
	list := make([]float32, n)
	for i := range list {
		list[i] = math.Float32frombits(binary.LittleEndian.Uint32(text[4*i:]))
	}
	return list, nil
}
