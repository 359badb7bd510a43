package model

import (
	"encoding/binary"
	"math"

	"github.com/segmetry/segmetry/internal/fault"
)

// Elements are written to and read from a model in its own type. Preprocessing fills float32 and decoders read float32;
// integers round to the nearest and are held within their range.

// putters write one value in an element type, little-endian.
var putters = map[string]func(dst []byte, x float32){
	"float32": func(dst []byte, x float32) { binary.LittleEndian.PutUint32(dst, math.Float32bits(x)) },
	"float64": func(dst []byte, x float32) { binary.LittleEndian.PutUint64(dst, math.Float64bits(float64(x))) },
	"float16": func(dst []byte, x float32) { binary.LittleEndian.PutUint16(dst, toFloat16(x)) },
	"bfloat16": func(dst []byte, x float32) {
		bits := math.Float32bits(x)
		if x == x { // round to even; NaN stays NaN
			bits += 0x7fff + bits>>16&1
		}
		binary.LittleEndian.PutUint16(dst, uint16(bits>>16))
	},
	"uint8":  func(dst []byte, x float32) { dst[0] = uint8(whole(x, 0, math.MaxUint8)) },
	"int8":   func(dst []byte, x float32) { dst[0] = uint8(int8(whole(x, math.MinInt8, math.MaxInt8))) },
	"uint16": func(dst []byte, x float32) { binary.LittleEndian.PutUint16(dst, uint16(whole(x, 0, math.MaxUint16))) },
	"int16": func(dst []byte, x float32) {
		binary.LittleEndian.PutUint16(dst, uint16(int16(whole(x, math.MinInt16, math.MaxInt16))))
	},
	"int32": func(dst []byte, x float32) {
		binary.LittleEndian.PutUint32(dst, uint32(int32(whole(x, math.MinInt32, math.MaxInt32))))
	},
	"int64": func(dst []byte, x float32) {
		binary.LittleEndian.PutUint64(dst, uint64(whole(x, math.MinInt32, math.MaxInt32)))
	},
}

// getters read one value of an element type, little-endian.
var getters = map[string]func(b []byte) float32{
	"float32":  func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) },
	"float64":  func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) },
	"float16":  func(b []byte) float32 { return fromFloat16(binary.LittleEndian.Uint16(b)) },
	"bfloat16": func(b []byte) float32 { return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16) },
	"uint8":    func(b []byte) float32 { return float32(b[0]) },
	"bool":     func(b []byte) float32 { return float32(b[0]) },
	"int8":     func(b []byte) float32 { return float32(int8(b[0])) },
	"uint16":   func(b []byte) float32 { return float32(binary.LittleEndian.Uint16(b)) },
	"int16":    func(b []byte) float32 { return float32(int16(binary.LittleEndian.Uint16(b))) },
	"int32":    func(b []byte) float32 { return float32(int32(binary.LittleEndian.Uint32(b))) },
	"int64":    func(b []byte) float32 { return float32(int64(binary.LittleEndian.Uint64(b))) },
}

// whole rounds to the nearest integer within a range; NaN gives 0.
func whole(x float32, low, high float64) int64 {
	if x != x {
		return 0
	}
	return int64(math.RoundToEven(max(low, min(high, float64(x)))))
}

// toFloat16 rounds to the nearest half-precision number, ties to even; beyond its range infinity.
func toFloat16(x float32) uint16 {
	bits := math.Float32bits(x)
	sign := uint16(bits >> 16 & 0x8000)
	abs := bits &^ (1 << 31)
	switch {
	case abs > 0x7f800000:
		return sign | 0x7e00
	case abs >= 0x477ff000: // rounds to 65520 or more
		return sign | 0x7c00
	case abs < 0x38800000: // below the smallest normal number, 2⁻¹⁴: whole multiples of 2⁻²⁴
		return sign | uint16(math.RoundToEven(float64(math.Float32frombits(abs))*(1<<24)))
	}
	abs += 0xfff + abs>>13&1
	return sign | uint16((abs-0x38000000)>>13)
}

func fromFloat16(h uint16) float32 {
	sign, exponent, mantissa := uint32(h&0x8000)<<16, uint32(h>>10&31), uint32(h&0x3ff)
	switch exponent {
	case 0:
		return math.Float32frombits(sign | math.Float32bits(float32(mantissa)/(1<<24)))
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | mantissa<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | mantissa<<13)
}

// pack writes float32 planes (1, C, H, W) as the model's input: its element type, its layout, and the picture repeated
// where the batch is fixed at more than one.
func (s Signature) pack(dst []byte, planes []float32, shape [4]int64) {
	put, size := putters[s.InputType], int(typeBits[s.InputType]/8)
	channels, plane := int(shape[1]), int(shape[2]*shape[3])
	at := 0
	if s.Layout == NHWC {
		for i := range plane {
			for c := range channels {
				put(dst[at:], planes[c*plane+i])
				at += size
			}
		}
	} else {
		for _, x := range planes {
			put(dst[at:], x)
			at += size
		}
	}
	for one := dst[:at]; at < len(dst); at += len(one) {
		copy(dst[at:], one)
	}
}

// inputShape is the shape that the model is fed for planes of shape (1, C, H, W).
func (s Signature) inputShape(shape [4]int64) []int64 {
	batch := int64(max(1, s.Batch))
	if s.Layout == NHWC {
		return []int64{batch, shape[2], shape[3], shape[1]}
	}
	return []int64{batch, shape[1], shape[2], shape[3]}
}

// plain says that the model's tensors are what preprocessing fills and the decoders read: float32, channels first, one
// picture.
func (s Signature) plain() bool {
	return s.InputType == "float32" && s.Layout == NCHW && s.Batch <= 1 && s.OutputType == "float32" && s.OutputLayout == NCHW
}

// unpack turns raw output elements into float32 values of the first picture, channels first.
func (s Signature) unpack(raw []byte, shape []int64, dst []float32) (Tensor, error) {
	get, size := getters[s.OutputType], int(typeBits[s.OutputType]/8)
	if s.OutputType == "bool" {
		size = 1
	}
	if get == nil || int64(len(raw)) < product(shape)*int64(size) {
		return Tensor{}, fault.Runtimef("output %q of type %s and shape %v in %d bytes cannot be read", s.Output, s.OutputType, shape, len(raw))
	}
	n := int(product(shape))
	if s.Batch > 1 && len(shape) > 0 && shape[0] == int64(s.Batch) {
		n /= s.Batch
		shape = append([]int64{1}, shape[1:]...)
	}
	if cap(dst) < n {
		dst = make([]float32, n)
	}
	dst = dst[:n]
	if s.OutputLayout == NHWC && len(shape) == 4 {
		channels, plane := int(shape[3]), int(shape[1]*shape[2])
		for i := range n {
			dst[i%channels*plane+i/channels] = get(raw[i*size:])
		}
		return Tensor{Shape: []int64{1, shape[3], shape[1], shape[2]}, Data: dst}, nil
	}
	for i := range dst {
		dst[i] = get(raw[i*size:])
	}
	return Tensor{Shape: shape, Data: dst}, nil
}

// knownType reports element types that cannot be fed or read.
func knownType(what, name, kind string, known bool) error {
	if known {
		return nil
	}
	return fault.Runtimef("%s %q is %s, which cannot be %s", what, name, kind, map[string]string{"input": "fed", "output": "read"}[what])
}

// halfOutput says that ONNX Runtime must be told the output's shape beforehand: the binding cannot take over memory of
// these types.
func (s Signature) halfOutput() bool { return s.OutputType == "float16" || s.OutputType == "bfloat16" }

// guesses lists the shapes that an output may have for an input of the given planes: those of its size, and of its
// size over 2, 4, 8, 16 and 32.
func (s Signature) guesses(in [4]int64) [][]int64 {
	var list [][]int64
	batch := int64(max(1, s.Batch))
	for divisor := int64(1); divisor <= 32; divisor *= 2 {
		h, w := (in[2]+divisor-1)/divisor, (in[3]+divisor-1)/divisor
		if s.OutputLayout == NHWC {
			list = append(list, []int64{batch, h, w, int64(s.Classes)})
		} else {
			list = append(list, []int64{batch, int64(s.Classes), h, w})
		}
	}
	return list
}
