package model

import (
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
)

// headCase is a model and what must be concluded of it; empty fields must stay open.
type headCase struct {
	spec             spec
	kind, activation string
	layout, output   string
	classes          int
	says             string
}

func withOutput(s spec, elem int64, dims ...int64) spec {
	s.outputs = [][]byte{valueInfo("out", elem, dims)}
	return s
}

func withOpset(s spec, n int64) spec { s.opset = n; return s }

func TestHeads(t *testing.T) {
	op := func(name string, attrs ...[]byte) []byte {
		return nodeOf(name, []string{"z"}, []string{"out"}, attrs...)
	}
	one := func(s spec) spec { s.tensors = append(s.tensors, floats("one", nil, 1)); return s }
	nhwc := func(attrs ...[]byte) spec {
		s := conv(3, 4, 8)
		s.nodes = [][]byte{
			nodeOf("Transpose", []string{"image"}, []string{"x"}, intsAttr("perm", 0, 3, 1, 2)),
			nodeOf("Conv", []string{"x", "w"}, []string{"y"}),
			nodeOf("Softmax", []string{"y"}, []string{"p"}, intAttr("axis", 1)),
			nodeOf("Transpose", []string{"p"}, []string{"out"}, intsAttr("perm", 0, 2, 3, 1)),
		}
		s.inputs = [][]byte{valueInfo("image", 1, []int64{1, 8, 8, 3})}
		return withOutput(s, 1, 1, 8, 8, 4)
	}
	for name, c := range map[string]headCase{
		"conv":             {conv(3, 4, 8), KindLogits, Softmax, NCHW, NCHW, 4, "the last operator is Conv"},
		"one channel":      {conv(3, 1, 8), KindLogits, Sigmoid, NCHW, NCHW, 1, "a sigmoid head"},
		"dynamic":          {conv(3, 4, -1), KindLogits, Softmax, NCHW, NCHW, 4, ""},
		"softmax":          {conv(3, 4, 8, op("Softmax", intAttr("axis", 1))), KindProbabilities, Softmax, NCHW, NCHW, 4, "Softmax"},
		"softmax on width": {conv(3, 4, 8, op("Softmax", intAttr("axis", 2))), "", "", NCHW, NCHW, 4, "no class axis"},
		"old softmax":      {withOpset(conv(3, 4, 8, op("Softmax", intAttr("axis", 1))), 11), "", "", NCHW, NCHW, 4, "before opset 13"},
		"log softmax":      {conv(3, 4, 8, op("LogSoftmax", intAttr("axis", 1))), KindLogits, Softmax, NCHW, NCHW, 4, ""},
		"sigmoid":          {conv(3, 1, 8, op("Sigmoid")), KindProbabilities, Sigmoid, NCHW, NCHW, 1, ""},
		"nhwc softmax":     {nhwc(), KindProbabilities, Softmax, NHWC, NHWC, 4, "transposed to NHWC"},
		"relu":             {conv(3, 4, 8, op("Relu")), "", "", NCHW, NCHW, 4, "model.kind"},
		"one minus p": {one(conv(3, 1, 8, nodeOf("Sigmoid", []string{"z"}, []string{"p"}), nodeOf("Sub", []string{"one", "p"}, []string{"out"}))),
			KindProbabilities, Sigmoid, NCHW, NCHW, 1, "from 1"},
		"one minus logit": {one(conv(3, 1, 8, nodeOf("Sub", []string{"one", "z"}, []string{"out"}))), "", "", NCHW, NCHW, 1, "model.kind"},
		"one of a softmax": {withOutput(conv(3, 4, 8, nodeOf("Softmax", []string{"z"}, []string{"p"}, intAttr("axis", 1)), nodeOf("Slice", []string{"p"}, []string{"out"})), 1, 1, 1, 8, 8),
			KindProbabilities, Sigmoid, NCHW, NCHW, 1, "keeps one class"},
		"two of four logits": {withOutput(conv(3, 4, 8, nodeOf("Slice", []string{"z"}, []string{"out"})), 1, 1, 2, 8, 8),
			"", "", NCHW, NCHW, 2, "only some of the classes"},
		"sum of logits": {conv(3, 4, 8, nodeOf("Add", []string{"z", "z"}, []string{"out"})), KindLogits, Softmax, NCHW, NCHW, 4, ""},
		"argmax":        {withOutput(conv(3, 4, 8, op("ArgMax", intAttr("axis", 1), intAttr("keepdims", 0))), 7, 1, 8, 8), KindLabels, "", NCHW, NHW, 4, "ArgMax"},
		"threshold":     {withOutput(conv(3, 1, 8, nodeOf("Greater", []string{"z", "w"}, []string{"out"})), 9, 1, 1, 8, 8), KindLabels, "", NCHW, "", 2, "Greater"},
		"integers":      {withOutput(conv(3, 4, 8, op("Relu")), 7, 1, 4, 8, 8), "", "", NCHW, NCHW, 4, "class numbers"},
		"foreign":       {conv(3, 4, 8, append(op("Thing"), textField(7, "acme")...)), "", "", NCHW, "", 4, "acme"},
	} {
		t.Run(name, func(t *testing.T) { c.check(t) })
	}
}

func (c headCase) check(t *testing.T) {
	sig, err := ReadSignature(c.spec.file(t), DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	if sig.Kind != c.kind || sig.Activation != c.activation || sig.Layout != c.layout || sig.Classes != c.classes {
		t.Errorf("got %q %q %q, %d classes; want %q %q %q, %d (%q)", sig.Kind, sig.Activation, sig.Layout, sig.Classes, c.kind, c.activation, c.layout, c.classes, sig.Evidence)
	}
	if c.output != "" && sig.OutputLayout != c.output {
		t.Errorf("output layout %q, want %q (%q)", sig.OutputLayout, c.output, sig.Evidence)
	}
	if !strings.Contains(strings.Join(sig.Evidence, "; "), c.says) {
		t.Errorf("evidence %q does not say %q", sig.Evidence, c.says)
	}
}

func TestAmbiguousLayoutStaysOpen(t *testing.T) {
	s := conv(3, 4, 8)
	s.nodes = [][]byte{nodeOf("Reshape", []string{"image", "w"}, []string{"out"})}
	s.inputs = [][]byte{valueInfo("image", 1, []int64{1, 3, 8, 3})}
	sig, err := ReadSignature(s.file(t), DefaultOptions())
	if err != nil || sig.Layout != "" || !strings.Contains(strings.Join(sig.Evidence, "; "), "model.layout") {
		t.Errorf("%+v, %v", sig, err)
	}
	o := DefaultOptions()
	o.Layout = NHWC
	if sig, _ = ReadSignature(s.file(t), o); sig.Layout != NHWC || sig.Channels != 3 || sig.Height != 3 {
		t.Errorf("with the option: %+v", sig)
	}
}

func TestNamesOfPorts(t *testing.T) {
	s := conv(3, 4, 8, nodeOf("Relu", []string{"z"}, []string{"out"}))
	s.outputs = append(s.outputs, valueInfo("z", 1, []int64{-1, 4, 8, 8}))
	f := s.file(t)
	sig, err := ReadSignature(f, DefaultOptions())
	if err != nil || sig.Output != "" || !strings.Contains(strings.Join(sig.Evidence, "; "), "model.output") {
		t.Errorf("two outputs: %q %v", sig.Output, err)
	}
	o := DefaultOptions()
	o.Output = "z"
	if sig, err = ReadSignature(f, o); err != nil || sig.Kind != KindLogits || sig.Outputs[1].Role != "scores" {
		t.Errorf("named: %+v, %v", sig, err)
	}
	o.Output, o.Input = "", "imgae"
	if _, err = ReadSignature(f, o); err == nil || fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), `did you mean "image"?`) {
		t.Errorf("misspelt: %v", err)
	}
}

func TestOptions(t *testing.T) {
	o := DefaultOptions()
	o.Path = "m.onnx"
	if err := o.Validate(); err != nil {
		t.Error(err)
	}
	bad := Options{Kind: "logit", Activation: "relu", Layout: "hcw", Device: "gpu", Threshold: Threshold{2}, Threads: -1}
	err := bad.Validate()
	if err == nil || fault.KindOf(err) != fault.Usage {
		t.Fatal(err)
	}
	for _, want := range []string{"model.path", `did you mean "logits"?`, "model.activation", "model.layout", "model.device", "model.threshold", "model.threads"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func TestDecoderKinds(t *testing.T) {
	if got := DecoderKinds(); !slices.Contains(got, KindLogits) || !slices.Contains(got, KindProbabilities) {
		t.Error(got)
	}
	defer func() {
		if recover() == nil {
			t.Error("registering a kind twice must panic")
		}
	}()
	RegisterDecoder(logitsDecoder{})
}
