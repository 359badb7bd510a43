package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

// Signature is what a model takes and gives, as its file says and the options complete it.
type Signature struct {
	Inputs, Outputs []Port
	Input, Output   string // the names of the image input and of the output that is scored; "" where unknown
	InputType       string // element type of the image input
	OutputType      string
	Layout          string // nchw | nhwc; "" where unknown
	OutputLayout    string // nchw | nhwc | nhw; "" where unknown
	Channels        int    // of the input; 0 where it is dynamic or unknown
	Height, Width   int    // of the input; 0 where it is dynamic
	Batch           int    // fixed batch; 0 where it is dynamic
	Classes         int    // of the output; 0 where the file does not say
	Kind            string // logits | probabilities | labels; "" where unknown
	Activation      string // softmax | sigmoid; "" for labels and where unknown
	IntegerInput    bool   // the input takes integers, so that preprocessing does not scale to [0, 1] by default
	// Evidence says what each conclusion rests on, and asks where there is none.
	Evidence []string
}

// ReadSignature works out a model's signature from its file and the options, without ONNX Runtime. Wrong names of inputs
// and outputs are usage errors. What neither tells stays empty.
func ReadSignature(f *File, o Options) (Signature, error) {
	g := newGraph(f)
	s := Signature{Inputs: ports(f.Inputs), Outputs: ports(f.Outputs)}
	in, err := choose("input", o.Input, f.Inputs, imageInputs(f.Inputs), &s.Evidence)
	if err != nil {
		return s, err
	}
	out, err := choose("output", o.Output, f.Outputs, mapOutputs(f.Outputs), &s.Evidence)
	if err != nil {
		return s, err
	}
	if in != nil {
		s.readInput(g, *in, o)
	}
	if out != nil {
		s.readOutput(g, *out, in, o)
	}
	return s, nil
}

func ports(values []Value) []Port {
	list := make([]Port, len(values))
	for i, v := range values {
		list[i] = Port{Name: v.Name, Type: v.Type, Shape: v.Shape()}
	}
	return list
}

// choose returns the value that the options name; without a name the only candidate, or nil and a question.
func choose(what, name string, values, candidates []Value, evidence *[]string) (*Value, error) {
	if name != "" {
		for i := range values {
			if values[i].Name == name {
				return &values[i], nil
			}
		}
		return nil, fault.Usagef("model.%s is %q, but the model's %ss are %s%s", what, name, what, describe(values), didYouMean(name, names(values)))
	}
	if len(candidates) == 1 {
		if len(values) > 1 {
			*evidence = append(*evidence, fmt.Sprintf("%s %q is the only one of %d that can be it", what, candidates[0].Name, len(values)))
		}
		return &candidates[0], nil
	}
	*evidence = append(*evidence, fmt.Sprintf("which of the %ss %s is it? (model.%s)", what, describe(values), what))
	return nil, nil
}

// imageInputs are the inputs that could be an image: the only one there is, or those with four axes.
func imageInputs(values []Value) []Value {
	if len(values) == 1 {
		return values
	}
	return slices.DeleteFunc(slices.Clone(values), func(v Value) bool { return len(v.Dims) != 4 })
}

// mapOutputs are the outputs that could be a map of classes: the only one there is, or those with three or four axes, or
// without a stated shape.
func mapOutputs(values []Value) []Value {
	if len(values) == 1 {
		return values
	}
	return slices.DeleteFunc(slices.Clone(values), func(v Value) bool {
		return v.HasShape && len(v.Dims) != 3 && len(v.Dims) != 4
	})
}

func names(values []Value) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = v.Name
	}
	return list
}

// describe lists values as `"a" float32 [1 3 -1 -1], "b" …`, at most sixteen.
func describe(values []Value) string {
	var parts []string
	for i, v := range values {
		if i == 16 {
			parts = append(parts, fmt.Sprintf("and %d more", len(values)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%q %s %v", v.Name, v.Type, v.Shape()))
	}
	return strings.Join(parts, ", ")
}

// readInput fills in what concerns the image input.
func (s *Signature) readInput(g *graph, in Value, o Options) {
	s.Input, s.InputType = in.Name, in.Type
	s.IntegerInput = strings.HasPrefix(in.Type, "uint") || strings.HasPrefix(in.Type, "int")
	var why string
	s.Layout, why = g.inputLayout(in)
	if l := orAuto(o.Layout); l != "auto" && len(in.Dims) == 4 {
		s.Layout, why = l, "model.layout is "+l
	}
	s.Evidence = append(s.Evidence, why)
	if s.Layout == "" {
		return
	}
	shape := in.Shape()
	h, w := spatial(shape, s.Layout)
	s.Batch, s.Channels = fixed(shape[0]), fixed(shape[channelAxis(s.Layout)])
	s.Height, s.Width = fixed(h), fixed(w)
	setRole(s.Inputs, in.Name, "image")
}

// fixed returns a dimension that is stated and plausible, else 0.
func fixed(n int64) int {
	if n < 0 || n > 1<<31-1 {
		return 0
	}
	return int(n)
}

func setRole(list []Port, name, role string) {
	for i := range list {
		if list[i].Name == name {
			list[i].Role = role
		}
	}
}

// readOutput fills in what concerns the scored output.
func (s *Signature) readOutput(g *graph, out Value, in *Value, o Options) {
	s.Output, s.OutputType = out.Name, out.Type
	h := g.headOf(out)
	if kind := orAuto(o.Kind); kind != "auto" {
		h = head{kind: kind, activation: h.activation, why: []string{"model.kind is " + kind}}
	}
	s.Kind, s.Activation = h.kind, h.activation
	s.Evidence = append(s.Evidence, h.why...)
	s.readOutputLayout(g, out, in, o)
	if s.Kind == KindLabels {
		s.Activation, s.Classes = "", int(g.labelClasses(out.Name))
		setRole(s.Outputs, out.Name, "labels")
		return
	}
	if (s.OutputLayout == NCHW || s.OutputLayout == NHWC) && len(out.Dims) == 4 { // a shape that is not stated may be laid out all the same
		s.Classes = fixed(out.Shape()[channelAxis(s.OutputLayout)])
	}
	if s.Classes == 0 && !g.tailOf(out.Name).has("Slice") {
		s.Classes = fixed(g.channelsOf(out.Name))
	}
	if orAuto(o.Kind) == "auto" {
		g.cut(s, out)
	}
	s.readActivation(o)
	if s.Kind != "" {
		setRole(s.Outputs, out.Name, "scores")
	}
}

// readOutputLayout fills in the order of the output's axes.
func (s *Signature) readOutputLayout(g *graph, out Value, in *Value, o Options) {
	if !out.HasShape {
		s.Evidence = append(s.Evidence, fmt.Sprintf("the file states no shape for output %q", out.Name))
		if s.Layout == NCHW && s.Kind != KindLabels {
			s.OutputLayout = NCHW
		}
		return
	}
	var from Value
	if in != nil {
		from = *in
	}
	layout, why := g.outputLayout(out, from, s.Layout)
	if l := orAuto(o.Layout); layout == "" && l != "auto" && len(out.Dims) == 4 {
		layout, why = l, "model.layout is "+l+", and the output's cannot be told"
	}
	s.OutputLayout = layout
	s.Evidence = append(s.Evidence, why)
}

// readActivation settles what turns the logits into probabilities: what the options say, what the graph says, else
// sigmoid for one channel and softmax for several.
func (s *Signature) readActivation(o Options) {
	if a := orAuto(o.Activation); a != "auto" {
		s.Activation = a
		s.Evidence = append(s.Evidence, "model.activation is "+a)
		return
	}
	switch {
	case s.Activation != "" || s.Kind == "" || s.Classes == 0:
	case s.Classes == 1:
		s.Activation = Sigmoid
		s.Evidence = append(s.Evidence, "one channel: a sigmoid head")
	default:
		s.Activation = Softmax
		s.Evidence = append(s.Evidence, fmt.Sprintf("%d channels: taken as exclusive classes (softmax); set model.activation to sigmoid if labels overlap", s.Classes))
	}
}

// labelClasses is the number of classes whose largest an ArgMax takes, 2 for a threshold, 0 where it is unknown.
func (g *graph) labelClasses(out string) int64 {
	n := g.tailOf(out).last
	switch {
	case n == nil || len(n.Inputs) == 0:
		return 0
	case n.Op == "ArgMax":
		return g.channelsOf(n.Inputs[0])
	case strings.HasPrefix(n.Op, "Greater") || strings.HasPrefix(n.Op, "Less"):
		return 2
	}
	return 0
}
