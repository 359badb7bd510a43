package model

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// The functions here write onnx.proto messages, so that tests make the models they need.

func bytesField(num protowire.Number, body []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), body)
}

func textField(num protowire.Number, s string) []byte { return bytesField(num, []byte(s)) }

func intField(num protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, num, protowire.VarintType), uint64(v))
}

func join(parts ...[]byte) []byte {
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// valueInfo is a ValueInfoProto; positive dims are fixed, others dynamic with the symbol "d". nil dims: no shape.
func valueInfo(name string, elem int64, dims []int64) []byte {
	tensor := intField(1, elem)
	if dims != nil {
		var shape []byte
		for _, d := range dims {
			if d > 0 {
				shape = append(shape, bytesField(1, intField(1, d))...)
			} else {
				shape = append(shape, bytesField(1, textField(2, "d"))...)
			}
		}
		tensor = append(tensor, bytesField(2, shape)...)
	}
	return join(textField(1, name), bytesField(2, bytesField(1, tensor)))
}

// floats is a TensorProto with raw_data.
func floats(name string, dims []int64, data ...float32) []byte {
	var raw, packed []byte
	for _, v := range data {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	for _, d := range dims {
		packed = protowire.AppendVarint(packed, uint64(d))
	}
	t := join(intField(2, 1), textField(8, name), bytesField(9, raw))
	if len(dims) > 0 {
		t = join(bytesField(1, packed), t)
	}
	return t
}

// integers is a TensorProto of integers in raw_data: elem 2 uint8, 3 int8, 6 int32, 7 int64.
func integers(name string, elem int64, dims []int64, data ...int64) []byte {
	width := map[int64]int{2: 1, 3: 1, 6: 4, 7: 8}[elem]
	var raw, packed []byte
	for _, v := range data {
		raw = append(raw, binary.LittleEndian.AppendUint64(nil, uint64(v))[:width]...)
	}
	for _, d := range dims {
		packed = protowire.AppendVarint(packed, uint64(d))
	}
	t := join(intField(2, elem), textField(8, name), bytesField(9, raw))
	if len(dims) > 0 {
		t = join(bytesField(1, packed), t)
	}
	return t
}

// intsAttr is an AttributeProto of a list of integers.
func intsAttr(name string, values ...int64) []byte {
	a := textField(1, name)
	for _, v := range values {
		a = append(a, intField(8, v)...)
	}
	return bytesField(5, append(a, intField(20, 7)...))
}

// intAttr is an AttributeProto of one integer.
func intAttr(name string, v int64) []byte {
	return bytesField(5, join(textField(1, name), intField(3, v), intField(20, 2)))
}

// nodeOf is a NodeProto with attributes.
func nodeOf(op string, inputs, outputs []string, attrs ...[]byte) []byte {
	var n []byte
	for _, in := range inputs {
		n = append(n, textField(1, in)...)
	}
	for _, out := range outputs {
		n = append(n, textField(2, out)...)
	}
	return join(n, textField(4, op), join(attrs...))
}

// spec is a model to build.
type spec struct {
	ir, opset       int64
	nodes, tensors  [][]byte
	inputs, outputs [][]byte
	sparse          [][]byte // SparseTensorProto
}

func (s spec) bytes() []byte {
	var g []byte
	for _, n := range s.nodes {
		g = append(g, bytesField(1, n)...)
	}
	g = append(g, textField(2, "graph")...)
	for _, t := range s.tensors {
		g = append(g, bytesField(5, t)...)
	}
	for _, t := range s.sparse {
		g = append(g, bytesField(15, t)...)
	}
	for _, v := range s.inputs {
		g = append(g, bytesField(11, v)...)
	}
	for _, v := range s.outputs {
		g = append(g, bytesField(12, v)...)
	}
	if s.ir == 0 {
		s.ir = 8
	}
	if s.opset == 0 {
		s.opset = 17
	}
	return join(intField(1, s.ir), textField(2, "test"), textField(3, "1.0"), bytesField(7, g),
		bytesField(8, join(textField(1, ""), intField(2, s.opset))),
		bytesField(14, join(textField(1, "author"), textField(2, "test"))))
}

// save writes a model into a folder of the test.
func (s spec) save(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m.onnx")
	if err := os.WriteFile(path, s.bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func (s spec) file(t testing.TB) *File {
	t.Helper()
	f, err := ReadONNX(s.save(t))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// conv is a model whose first operator is a 1×1 convolution of ch channels to cl classes with weight w[o][i] = (o+1)·(i+1)
// and no bias, with more operators behind it; the last result is called "out".
func conv(ch, cl int64, size int64, more ...[]byte) spec {
	weights := make([]float32, 0, ch*cl)
	for o := range cl {
		for i := range ch {
			weights = append(weights, float32((o+1)*(i+1)))
		}
	}
	to := "out"
	if len(more) > 0 {
		to = "z"
	}
	return spec{
		nodes:   append([][]byte{nodeOf("Conv", []string{"image", "w"}, []string{to})}, more...),
		tensors: [][]byte{floats("w", []int64{cl, ch, 1, 1}, weights...)},
		inputs:  [][]byte{valueInfo("image", 1, []int64{-1, ch, size, size})},
		outputs: [][]byte{valueInfo("out", 1, []int64{-1, cl, size, size})},
	}
}
