package main

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// parts are the fields of an ONNX model with one 1×1 convolution of 3 channels to 2, which the cases change. Field numbers
// are those of onnx.proto.
type parts struct {
	ir, opset       int64
	nodes, weights  [][]byte
	inputs, outputs [][]byte
	more            []byte // of the graph
}

func message(num protowire.Number, fields ...[]byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, num, protowire.BytesType), bytes.Join(fields, nil))
}

func text(num protowire.Number, s string) []byte { return message(num, []byte(s)) }

func varint(num protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, num, protowire.VarintType), uint64(v))
}

func operator(op string, inputs []string, output string, more ...[]byte) []byte {
	var n []byte
	for _, in := range inputs {
		n = append(n, text(1, in)...)
	}
	return bytes.Join([][]byte{n, text(2, output), text(4, op), bytes.Join(more, nil)}, nil)
}

func port(name string, kind int64, dims ...int64) []byte {
	var shape []byte
	for _, d := range dims {
		shape = append(shape, message(1, varint(1, d))...)
	}
	return append(text(1, name), message(2, message(1, varint(1, kind), message(2, shape)))...)
}

func weights(name string, values int, dims ...int64) []byte {
	var raw, t []byte
	for i := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(i)))
	}
	for _, d := range dims {
		t = append(t, varint(1, d)...)
	}
	return bytes.Join([][]byte{t, varint(2, 1), text(8, name), message(9, raw)}, nil)
}

func sound() parts {
	return parts{ir: 8, opset: 17, nodes: [][]byte{operator("Conv", []string{"image", "w"}, "out")}, weights: [][]byte{weights("w", 6, 2, 3, 1, 1)},
		inputs: [][]byte{port("image", 1, 1, 3, 64, 64)}, outputs: [][]byte{port("out", 1, 1, 2, 64, 64)}}
}

func (p parts) bytes() []byte {
	var g []byte
	for _, list := range []struct {
		num    protowire.Number
		fields [][]byte
	}{{1, p.nodes}, {5, p.weights}, {11, p.inputs}, {12, p.outputs}} {
		for _, f := range list.fields {
			g = append(g, message(list.num, f)...)
		}
	}
	return bytes.Join([][]byte{varint(1, p.ir), message(7, g, text(2, "g"), p.more), message(8, text(1, ""), varint(2, p.opset))}, nil)
}

// changed is the sound model after a change.
func changed(change func(*parts)) []byte {
	p := sound()
	change(&p)
	return p.bytes()
}

// nested is a graph of If nodes within each other.
func nested(depth int) []byte {
	body := message(1, operator("Relu", []string{"a"}, "b"))
	for range depth {
		body = message(1, operator("If", []string{"c"}, "d", message(5, text(1, "then_branch"), message(6, body))))
	}
	return body
}

// external is a tensor whose contents lie in another file.
func external(location string, offset string) []byte {
	return bytes.Join([][]byte{varint(1, 2), varint(1, 3), varint(1, 1), varint(1, 1), varint(2, 1), text(8, "w"),
		message(13, text(1, "location"), text(2, location)), message(13, text(1, "offset"), text(2, offset)), varint(14, 1)}, nil)
}

func flipped(data []byte, at int, bit uint) []byte {
	data = bytes.Clone(data)
	data[at] ^= 1 << bit
	return data
}

// TestDamagedModels: each damage gives one line that names the file and what is wrong, exit code 2 or 4, within ten seconds
// and 300 MiB of what Go allocates.
func TestDamagedModels(t *testing.T) {
	whole, err := os.ReadFile(models + "labels2_dyn_sigmoid.onnx")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":                     {nil, "the file is empty"},
		"cut after a byte":          {whole[:1], "not an ONNX model"},
		"cut after ten bytes":       {whole[:10], "not an ONNX model"},
		"cut after 100 bytes":       {whole[:100], "cut short"},
		"cut in half":               {whole[:len(whole)/2], "cut short"},
		"cut before the last byte":  {whole[:len(whole)-1], "cut short"},
		"text":                      {[]byte("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"), "not an ONNX model"},
		"zeros":                     {make([]byte, 1000), "not an ONNX model"},
		"a PNG":                     {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"), "not an ONNX model"},
		"a zip":                     {[]byte("PK\x03\x04\x14\x00\x00\x00\x08\x00archive/data.pkl"), "not an ONNX model"},
		"first tag's wire type":     {flipped(whole, 0, 1), "not an ONNX model"},
		"first tag's number":        {flipped(whole, 0, 4), "not an ONNX model"},
		"IR version's continuation": {flipped(whole, 1, 7), "not an ONNX model"},
		"no graph":                  {varint(1, 8), "no graph"},
		"no outputs":                {changed(func(p *parts) { p.outputs = nil }), "no outputs"},
		"no inputs":                 {changed(func(p *parts) { p.inputs = nil }), "no input"},
		"no operators":              {changed(func(p *parts) { p.nodes = nil }), "no operator makes output"},
		"IR version 0":              {changed(func(p *parts) { p.ir = 0 }), "no graph"},
		"IR version 999":            {changed(func(p *parts) { p.ir = 999 }), "IR version"},
		"opset 0":                   {changed(func(p *parts) { p.opset = 0 }), "opset"},
		"opset 999":                 {changed(func(p *parts) { p.opset = 999 }), "opset"},
		"a cycle of two": {changed(func(p *parts) {
			p.nodes = [][]byte{operator("Conv", []string{"b", "w"}, "a"), operator("Conv", []string{"a", "w"}, "b"), operator("Add", []string{"a", "b"}, "out")}
		}), "model"},
		"an operator on itself":       {changed(func(p *parts) { p.nodes = [][]byte{operator("Conv", []string{"out", "w"}, "out")} }), "model"},
		"a missing initializer":       {changed(func(p *parts) { p.weights = nil }), "'w'"},
		"an output that nobody makes": {changed(func(p *parts) { p.outputs = [][]byte{port("nothing", 1, 1, 2, 64, 64)} }), `"nothing"`},
		"a value made twice":          {changed(func(p *parts) { p.nodes = append(p.nodes, p.nodes[0]) }), "model"},
		"an unknown operator":         {changed(func(p *parts) { p.nodes = append(p.nodes, operator("Frobnicate", []string{"image"}, "x")) }), "Frobnicate"},
		"an unknown domain":           {changed(func(p *parts) { p.nodes = [][]byte{operator("Conv", []string{"image", "w"}, "out", text(7, "acme"))} }), "acme"},
		"negative dimensions":         {changed(func(p *parts) { p.weights = [][]byte{weights("w", 6, 2, -3, 1, 1)} }), "negative"},
		"dimensions of 2⁸⁰":           {changed(func(p *parts) { p.weights = [][]byte{weights("w", 6, 1<<40, 1<<40, 1, 1)} }), "model"},
		"a tensor of 4 TiB":           {changed(func(p *parts) { p.weights = append(p.weights, weights("x", 1, 1<<40)) }), "model"},
		"too few weights":             {changed(func(p *parts) { p.weights = [][]byte{weights("w", 5, 2, 3, 1, 1)} }), "model"},
		"weights of other channels":   {changed(func(p *parts) { p.weights = [][]byte{weights("w", 8, 2, 4, 1, 1)} }), "model"},
		"an image of 2⁶² pixels":      {changed(func(p *parts) { p.inputs = [][]byte{port("image", 1, 1, 3, 1<<31, 1<<31)} }), "image"},
		"an image of 2³⁰ pixels":      {changed(func(p *parts) { p.inputs = [][]byte{port("image", 1, 1, 3, 1<<15, 1<<15)} }), "image"},
		"a batch of 2³⁰":              {changed(func(p *parts) { p.inputs = [][]byte{port("image", 1, 1<<30, 3, 64, 64)} }), "image"},
		"a shape of 5000 axes":        {changed(func(p *parts) { p.inputs = [][]byte{port("image", 1, make([]int64, 5000)...)} }), "axes"},
		"text for an image":           {changed(func(p *parts) { p.inputs = [][]byte{port("image", 8, 1, 3, 64, 64)} }), "string"},
		"an image without axes":       {changed(func(p *parts) { p.inputs = [][]byte{port("image", 1)} }), "0 axes"},
		"graphs 1000 deep":            {changed(func(p *parts) { p.more = nested(1000) }), "deep"},
		"a name of 2 MB":              {changed(func(p *parts) { p.more = message(1, operator("Relu", []string{strings.Repeat("a", 2<<20)}, "x")) }), "a name of"},
		"external data outside":       {changed(func(p *parts) { p.weights = [][]byte{external("../../etc/weights", "0")} }), "outside its own folder"},
		"external data by full path":  {changed(func(p *parts) { p.weights = [][]byte{external("/etc/weights", "0")} }), "outside its own folder"},
		"external data missing":       {changed(func(p *parts) { p.weights = [][]byte{external("weights.bin", "0")} }), "is missing"},
		"external data too short":     {changed(func(p *parts) { p.weights = [][]byte{external("damaged.onnx", "999999999")} }), "model"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "damaged.onnx")
			if err := os.WriteFile(path, c.data, 0o644); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			started := time.Now()
			_, stderr := evaluateAny(t, "--model", path, "--limit", "1")
			runtime.ReadMemStats(&after)
			if took := time.Since(started); took > time.Minute { // a tenth of a second alone; a loaded machine takes longer
				t.Errorf("took %v", took)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 300<<20 {
				t.Errorf("took %d MiB", used>>20)
			}
			if strings.Count(strings.TrimSpace(stderr), "\n") > 0 || !strings.Contains(stderr, "damaged.onnx") || !strings.Contains(stderr, c.want) {
				t.Errorf("want one line that names the file and says %q:\n%s", c.want, stderr)
			}
		})
	}
}

// evaluateAny is evaluate for a model that must not run: exit code 2 or 4.
func evaluateAny(t *testing.T, flags ...string) (code int, stderr string) {
	t.Helper()
	args := append([]string{"run", "--images", data + "images", "--masks", data + "masks", "--classes", "a,b", "--set", "dataset.label_map={2: 1}", "--out", filepath.Join(t.TempDir(), "run"), "--quiet"}, flags...)
	code, _, stderr = command(t, args...)
	if code != 2 && code != 4 {
		t.Errorf("exit %d, want 2 or 4: %s", code, stderr)
	}
	return code, stderr
}
