package model

import (
	"encoding/binary"
	"math"

	"github.com/segmetry/segmetry/internal/fault"
)

// A codec writes and reads runs of a model's elements, little-endian. Preprocessing fills float32 and decoders read
// float32; integers round to the nearest, ties to even, and are held within their range; NaN gives 0. dst has room for
// src.
type codec struct {
	size int // bytes an element
	put  func(dst []byte, src []float32)
	get  func(dst []float32, src []byte)
}

var codecs = map[string]codec{
	"float32":  {4, putFloat32, getFloat32},
	"float64":  {8, putFloat64, getFloat64},
	"float16":  {2, putFloat16, getFloat16},
	"bfloat16": {2, putBfloat16, getBfloat16},
	"uint8":    {1, put8[uint8](0, math.MaxUint8), get8[uint8]},
	"int8":     {1, put8[int8](math.MinInt8, math.MaxInt8), get8[int8]},
	"uint16":   {2, put16[uint16](0, math.MaxUint16), get16[uint16]},
	"int16":    {2, put16[int16](math.MinInt16, math.MaxInt16), get16[int16]},
	"int32":    {4, putInt32, getInt32},
	"int64":    {8, putInt64, getInt64},
	"bool":     {1, putBool, get8[uint8]},
}

// rounder is 1.5·2²³: a float32 within ±2²² that is added to it is rounded to a whole number, ties to even, by the unit
// that adds.
const rounder = 12582912

// small rounds to a whole number within low and high, which are within ±2²²; NaN gives 0.
func small(x, low, high float32) int32 {
	switch {
	case x < low:
		x = low
	case x > high:
		x = high
	case x != x:
		x = 0
	}
	return int32(math.Float32bits(x+rounder)) - 0x4b400000
}

func put8[T uint8 | int8](low, high float32) func([]byte, []float32) {
	return func(dst []byte, src []float32) {
		dst = dst[:len(src)]
		for i, x := range src {
			dst[i] = byte(T(small(x, low, high)))
		}
	}
}

func get8[T uint8 | int8](dst []float32, src []byte) {
	src = src[:len(dst)]
	for i, b := range src {
		dst[i] = float32(T(b))
	}
}

func put16[T uint16 | int16](low, high float32) func([]byte, []float32) {
	return func(dst []byte, src []float32) {
		for i, x := range src {
			binary.LittleEndian.PutUint16(dst[2*i:], uint16(T(small(x, low, high))))
		}
	}
}

func get16[T uint16 | int16](dst []float32, src []byte) {
	for i := range dst {
		dst[i] = float32(T(binary.LittleEndian.Uint16(src[2*i:])))
	}
}

// whole rounds to a whole number within the range of int32; NaN gives 0.
func whole(x float32) int64 {
	if x != x {
		return 0
	}
	return int64(math.RoundToEven(max(math.MinInt32, min(math.MaxInt32, float64(x)))))
}

func putInt32(dst []byte, src []float32) {
	for i, x := range src {
		binary.LittleEndian.PutUint32(dst[4*i:], uint32(whole(x)))
	}
}

func getInt32(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = float32(int32(binary.LittleEndian.Uint32(src[4*i:])))
	}
}

func putInt64(dst []byte, src []float32) {
	for i, x := range src {
		binary.LittleEndian.PutUint64(dst[8*i:], uint64(whole(x)))
	}
}

func getInt64(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = float32(int64(binary.LittleEndian.Uint64(src[8*i:])))
	}
}

func putFloat32(dst []byte, src []float32) {
	for i, x := range src {
		binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(x))
	}
}

func getFloat32(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
	}
}

func putFloat64(dst []byte, src []float32) {
	for i, x := range src {
		binary.LittleEndian.PutUint64(dst[8*i:], math.Float64bits(float64(x)))
	}
}

func getFloat64(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:])))
	}
}

func putBool(dst []byte, src []float32) {
	for i, x := range src {
		dst[i] = 0
		if x != 0 {
			dst[i] = 1
		}
	}
}

// knownType reports element types that cannot be fed or read.
func knownType(what, name, kind string) error {
	if _, known := codecs[kind]; known {
		return nil
	}
	return fault.Runtimef("%s %q is %s, which cannot be %s", what, name, kind, map[string]string{"input": "fed", "output": "read"}[what])
}
