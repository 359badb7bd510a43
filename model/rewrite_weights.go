package model

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxWeights bounds the elements of a tensor that a rewrite looks at: the weights of channels.
const maxWeights = 1 << 16

// floats returns the elements of a float32 initializer, nil where there is none of that name, it is of another type or it has
// more than maxWeights elements.
func (w *rewriter) floats(name string) []float32 {
	s, ok := w.weights[name]
	if !ok {
		return nil
	}
	var list []float32
	_, c, err := w.tensor(s)
	if n := product(c.Dims); err != nil || c.Type != "float32" || n < 1 || n > maxWeights {
		return nil
	}
	err = w.each(s, func(f field) error {
		if f.num != 4 && f.num != 9 { // float_data, raw_data
			return nil
		}
		if f.typ == protowire.Fixed32Type {
			list = append(list, math.Float32frombits(uint32(f.number)))
			return nil
		}
		body, err := f.message()
		if err != nil || body.size() > 4*maxWeights {
			return errWire
		}
		text := make([]byte, body.size())
		if _, err := w.src.ReadAt(text, body.pos); err != nil {
			return err
		}
		for ; len(text) >= 4; text = text[4:] {
			list = append(list, math.Float32frombits(binary.LittleEndian.Uint32(text)))
		}
		return nil
	})
	if err != nil || int64(len(list)) != product(c.Dims) {
		return nil
	}
	return list
}
