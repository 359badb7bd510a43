package model

import (
	"context"
	"math"
	"slices"
	"testing"
)

// TestFloat16: every half-precision number survives, and known roundings are IEEE 754's.
func TestFloat16(t *testing.T) {
	for h := range 1 << 16 {
		x := fromFloat16(uint16(h))
		if got := toFloat16(x); got != uint16(h) && x == x {
			t.Fatalf("%#04x is %v and comes back as %#04x", h, x, got)
		}
		if x != x && toFloat16(x)&0x7c00 != 0x7c00 {
			t.Fatalf("NaN %#04x comes back as %#04x", h, toFloat16(x))
		}
	}
	for x, want := range map[float32]uint16{1: 0x3c00, -2: 0xc000, 65504: 0x7bff, 65519: 0x7bff, 65520: 0x7c00, 1e9: 0x7c00, 0x1p-24: 1, 0x1p-25: 0, 0x1.8p-24: 2, 0.1: 0x2e66, 1.00048828125: 0x3c00, 1.00146484375: 0x3c02} {
		if got := toFloat16(x); got != want {
			t.Errorf("%v is %#04x, want %#04x", x, got, want)
		}
	}
}

// TestElementTypes: what is written in a type is read back, rounded and held within its range.
func TestElementTypes(t *testing.T) {
	values := []float32{0, 1, -1, 2.5, 3.5, 200, -200, 70000, float32(math.NaN())}
	for kind, want := range map[string][]float32{
		"uint8": {0, 1, 0, 2, 4, 200, 0, 255, 0}, "int8": {0, 1, -1, 2, 4, 127, -128, 127, 0},
		"uint16": {0, 1, 0, 2, 4, 200, 0, 65535, 0}, "int16": {0, 1, -1, 2, 4, 200, -200, 32767, 0},
		"int32": {0, 1, -1, 2, 4, 200, -200, 70000, 0}, "int64": {0, 1, -1, 2, 4, 200, -200, 70000, 0},
		"float32": values, "float64": values,
		"float16":  {0, 1, -1, 2.5, 3.5, 200, -200, float32(math.Inf(1)), float32(math.NaN())},
		"bfloat16": {0, 1, -1, 2.5, 3.5, 200, -200, 70144, float32(math.NaN())},
	} {
		for i, x := range values {
			b := make([]byte, 8)
			one := []float32{0}
			codecs[kind].put(b, []float32{x})
			codecs[kind].get(one, b)
			if got := one[0]; got != want[i] && (got == got || want[i] == want[i]) {
				t.Errorf("%s: %v comes back as %v, want %v", kind, x, got, want[i])
			}
		}
	}
}

// TestLayoutsAndBatches: channels last is turned both ways, and a fixed batch is filled with copies of the picture.
func TestLayoutsAndBatches(t *testing.T) {
	s := Signature{InputType: "uint8", Layout: NHWC, Batch: 2, OutputType: "uint8", OutputLayout: NHWC}
	shape := [4]int64{1, 3, 1, 2}
	if got := s.inputShape(shape); !slices.Equal(got, []int64{2, 1, 2, 3}) {
		t.Errorf("fed shape %v", got)
	}
	fed := make([]byte, 12)
	var move shuttle
	move.pack(s, fed, []float32{1, 2, 3, 4, 5, 6}, shape)
	if !slices.Equal(fed, []byte{1, 3, 5, 2, 4, 6, 1, 3, 5, 2, 4, 6}) {
		t.Errorf("fed %v", fed)
	}
	out, err := move.unpack(s, fed, []int64{2, 1, 2, 3}, 1, nil)
	if err != nil || !slices.Equal(out.Data, []float32{1, 2, 3, 4, 5, 6}) || !slices.Equal(out.Shape, []int64{1, 3, 1, 2}) {
		t.Errorf("read %v %v, %v", out.Shape, out.Data, err)
	}
	if _, err := move.unpack(s, fed[:5], []int64{2, 1, 2, 3}, 1, nil); err == nil {
		t.Error("five bytes were read as twelve")
	}
}

// TestLabelMaps: axes of one may stand anywhere; fractions, negative numbers and other shapes are errors.
func TestLabelMaps(t *testing.T) {
	s := Signature{Output: "labels", OutputType: "int64"}
	for _, shape := range [][]int64{{1, 2, 3}, {1, 1, 2, 3}, {1, 2, 3, 1}, {2, 3}} {
		var p Prediction
		if err := (labelsDecoder{}).Decode(s, Tensor{shape, []float32{0, 1, 2, 3, 4, 5}}, &p); err != nil || p.Height != 2 || p.Width != 3 || p.Labels[5] != 5 {
			t.Errorf("%v: %+v, %v", shape, p, err)
		}
	}
	for name, raw := range map[string]Tensor{
		"fraction": {[]int64{1, 1, 2}, []float32{0.5, 1}}, "negative": {[]int64{1, 1, 2}, []float32{-1, 1}}, "NaN": {[]int64{1, 1, 2}, []float32{float32(math.NaN()), 1}},
		"too large": {[]int64{1, 1, 2}, []float32{40000, 1}}, "channels": {[]int64{1, 2, 1, 1}, []float32{0, 1}}, "values": {[]int64{1, 1, 3}, []float32{0, 1}},
	} {
		var p Prediction
		if err := (labelsDecoder{}).Decode(s, raw, &p); (err == nil) != (name == "channels") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFixedBatchRuns: a model with a batch of four scores one picture as one with a batch of one does.
func TestFixedBatchRuns(t *testing.T) {
	lib := runtimeLibrary(t)
	run := func(batch int64) Prediction {
		m := conv(3, 2, 8)
		m.inputs = [][]byte{valueInfo("image", 1, []int64{batch, 3, 8, 8})}
		m.outputs = [][]byte{valueInfo("out", 1, []int64{batch, 2, 8, 8})}
		o := DefaultOptions()
		o.Path, o.Kind = m.save(t), KindLogits
		s, err := Open(context.Background(), lib, o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		r, err := s.NewRunner()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		in, err := r.Input([]int64{1, 3, 8, 8})
		if err != nil {
			t.Fatal(err)
		}
		for i := range in {
			in[i] = float32(i % 17)
		}
		p, err := r.Run(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		p.Logits = slices.Clone(p.Logits)
		return p
	}
	one, four := run(1), run(4)
	if !slices.Equal(one.Logits, four.Logits) || four.Channels != 2 || four.Height != 8 {
		t.Errorf("a batch of four gives %d×%d×%d, and other values: %v", four.Channels, four.Height, four.Width, !slices.Equal(one.Logits, four.Logits))
	}
}
