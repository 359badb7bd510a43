package model

import (
	"fmt"
	"strings"
)

// Signature is what a model takes and gives, as its file says and the options complete it.
type Signature struct {
	Inputs, Outputs []Port
	Input, Output   string // the names of the image input and of the output that is scored; "" where unknown
	InputType       string // element type of the image input
	OutputType      string
	Layout          string // nchw | nhwc, chw | hwc without a batch axis, nhw without a channel axis; "" where unknown
	OutputLayout    string // the same, and hw; "" where unknown
	Channels        int    // of the input; 0 where it is dynamic or unknown
	Height, Width   int    // of the input; 0 where it is dynamic
	Batch           int    // fixed batch; 0 where it is dynamic
	Classes         int    // of the output; 0 where the file does not say
	Kind            string // logits | probabilities | labels; "" where unknown
	Activation      string // softmax | sigmoid; "" for labels and where unknown
	IntegerInput    bool   // the input takes integers, so that preprocessing does not scale to [0, 1] by default
	// InputQuantised and OutputQuantised are how integer elements stand for real numbers.
	InputQuantised, OutputQuantised Quantised
	// Sides are the inputs beside the image and what they are given; Open are those of which that is not known.
	Sides []Side
	Open  []string
	// Evidence says what each conclusion rests on, and asks where there is none.
	Evidence []string
	// Clues are the same by what they are about.
	Clues []Clue
}

// Clue is a piece of evidence, or a question.
type Clue struct {
	About string // input, output, layout, output_layout, kind, activation, classes, or inputs.NAME
	Text  string
	Doubt bool // it rests on a name alone, or asks
}

// What clues are about.
const (
	aboutInput        = "input"
	aboutOutput       = "output"
	aboutLayout       = "layout"
	aboutOutputLayout = "output_layout"
	aboutKind         = "kind"
	aboutActivation   = "activation"
	aboutClasses      = "classes"
)

func aboutSide(name string) string { return "inputs." + name }

// say, doubt and ask add a clue: evidence, evidence of a name alone, a question.
func (s *Signature) say(about, text string)   { s.clue(Clue{About: about, Text: text}) }
func (s *Signature) doubt(about, text string) { s.clue(Clue{About: about, Text: text, Doubt: true}) }
func (s *Signature) ask(about, text string)   { s.doubt(about, text) }

func (s *Signature) clue(c Clue) {
	s.Clues = append(s.Clues, c)
	s.Evidence = append(s.Evidence, c.Text)
}

// sure says whether nothing about a conclusion rests on a name alone or is asked.
func (s *Signature) sure(about string) bool {
	for _, c := range s.Clues {
		if c.About == about && c.Doubt {
			return false
		}
	}
	return true
}

// Images is how many pictures one run takes at most; 0: any number.
func (s Signature) Images() int {
	if !has(s.Layout, 'n') || s.OutputLayout != "" && !has(s.OutputLayout, 'n') {
		return 1
	}
	return s.Batch
}

// ReadSignature works out a model's signature from its file and the options, without ONNX Runtime. Wrong names of inputs
// and outputs are usage errors. What neither tells stays empty.
func ReadSignature(f *File, o Options) (Signature, error) {
	g := newGraph(f)
	s := Signature{Inputs: ports(f.Inputs), Outputs: ports(f.Outputs)}
	in, err := s.chooseInput(g, o.Input)
	if err != nil {
		return s, err
	}
	out, err := s.chooseOutput(g, o.Output)
	if err != nil {
		return s, err
	}
	if in != nil {
		if err := s.readInput(g, *in, o); err != nil {
			return s, err
		}
	}
	if err := s.readSides(f.Inputs, o); err != nil {
		return s, err
	}
	if out != nil {
		err = s.readOutput(g, *out, in, o)
	}
	return s, err
}

func ports(values []Value) []Port {
	list := make([]Port, len(values))
	for i, v := range values {
		list[i] = portOf(v)
	}
	return list
}

func portOf(v Value) Port {
	p := Port{Name: v.Name, Type: v.Type, Shape: v.Shape()}
	for i, d := range v.Dims {
		if d.Symbol != "" && p.Axes == nil {
			p.Axes = make([]string, len(v.Dims))
		}
		if p.Axes != nil {
			p.Axes[i] = d.Symbol
		}
	}
	return p
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
func (s *Signature) readInput(g *graph, in Value, o Options) error {
	s.Input, s.InputType = in.Name, in.Type
	s.IntegerInput = strings.HasPrefix(in.Type, "uint") || strings.HasPrefix(in.Type, "int")
	if err := s.readInputScale(g, in, o); err != nil {
		return err
	}
	var why string
	s.Layout, why = g.inputLayout(in)
	if l := orAuto(o.Layout); l != "auto" && len(in.Dims) == len(l) {
		s.Layout, why = l, "model.layout is "+l
	}
	if s.Layout == "" {
		s.ask(aboutLayout, why)
		return nil
	}
	s.say(aboutLayout, why)
	shape := in.Shape()
	s.Batch, s.Channels = fixed(axis(shape, s.Layout, 'n')), fixed(axis(shape, s.Layout, 'c'))
	s.Height, s.Width = fixed(axis(shape, s.Layout, 'h')), fixed(axis(shape, s.Layout, 'w'))
	setRole(s.Inputs, in.Name, "image")
	return nil
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
func (s *Signature) readOutput(g *graph, out Value, in *Value, o Options) error {
	s.Output, s.OutputType = out.Name, out.Type
	if err := s.readOutputScale(g, out, o); err != nil {
		return err
	}
	h := g.headOf(out, s.OutputQuantised)
	if kind := orAuto(o.Kind); kind != "auto" {
		h = head{kind: kind, activation: h.activation, why: []string{"model.kind is " + kind}}
	}
	s.Kind, s.Activation = h.kind, h.activation
	for _, why := range h.why {
		s.clue(Clue{About: aboutKind, Text: why, Doubt: h.kind == ""})
	}
	s.readOutputLayout(g, out, in, o)
	if s.Kind == KindLabels {
		if s.Activation, s.Classes = "", int(g.labelClasses(out.Name)); s.Classes > 0 {
			s.say(aboutClasses, fmt.Sprintf("the operator that makes the labels chooses among %d", s.Classes))
		}
		setRole(s.Outputs, out.Name, "labels")
		return nil
	}
	if len(s.OutputLayout) == len(out.Dims) && s.OutputLayout != "" { // a shape that is not stated may be laid out all the same
		s.Classes = fixed(axis(out.Shape(), s.OutputLayout, 'c'))
	}
	if s.Classes == 0 && !g.tailOf(out.Name).has("Slice") {
		s.Classes = fixed(g.channelsOf(out.Name))
	}
	if s.Classes > 0 {
		s.say(aboutClasses, fmt.Sprintf("output %q has %d channels", out.Name, s.Classes))
	}
	if orAuto(o.Kind) == "auto" {
		g.cut(s, out)
	}
	s.readActivation(o)
	if s.Kind != "" {
		setRole(s.Outputs, out.Name, "scores")
	}
	return nil
}

// readOutputLayout fills in the order of the output's axes.
func (s *Signature) readOutputLayout(g *graph, out Value, in *Value, o Options) {
	if !out.HasShape {
		s.say(aboutOutputLayout, fmt.Sprintf("the file states no shape for output %q", out.Name))
		if s.Layout == NCHW && s.Kind != KindLabels {
			s.OutputLayout = NCHW
		}
		return
	}
	var from Value
	if in != nil {
		from = *in
	}
	layout, why := g.outputLayout(out, from, s.Layout, s.Kind)
	if l := orAuto(o.Layout); layout == "" && l != "auto" && len(out.Dims) == len(l) {
		layout, why = l, "model.layout is "+l+", and the output's cannot be told"
	}
	s.OutputLayout = layout
	s.clue(Clue{About: aboutOutputLayout, Text: why, Doubt: layout == ""})
}

// readActivation settles what turns the logits into probabilities: what the options say, what the graph says, else
// sigmoid for one channel and softmax for several.
func (s *Signature) readActivation(o Options) {
	if a := orAuto(o.Activation); a != "auto" {
		s.Activation = a
		s.say(aboutActivation, "model.activation is "+a)
		return
	}
	switch {
	case s.Activation != "" || s.Kind == "" || s.Classes == 0:
	case s.Classes == 1:
		s.Activation = Sigmoid
		s.say(aboutActivation, "one channel: a sigmoid head")
	default:
		s.Activation = Softmax
		s.say(aboutActivation, fmt.Sprintf("%d channels: taken as exclusive classes (softmax); set model.activation to sigmoid if labels overlap", s.Classes))
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
