package model

import (
	"fmt"
	"slices"
)

// Kinds of output and activations.
const (
	KindLogits        = "logits"
	KindProbabilities = "probabilities"
	KindLabels        = "labels"
	Softmax           = "softmax"
	Sigmoid           = "sigmoid"
	NCHW              = "nchw"
	NHWC              = "nhwc"
	CHW               = "chw" // without a batch axis
	HWC               = "hwc"
	NHW               = "nhw" // without a channel axis
	HW                = "hw"
)

// head is what an output's operators say about it. Empty fields are unknown; why is evidence or, for what is unknown,
// a question.
type head struct {
	kind, activation string
	why              []string
}

// headOf reads an output's kind from the operators that make it; q is how integer elements stand for real numbers. It concludes only what those operators imply.
func (g *graph) headOf(out Value, q Quantised) head {
	t := g.tailOf(out.Name)
	if t.last == nil {
		return head{why: []string{fmt.Sprintf("no operator makes output %q; what does it hold? (model.kind)", out.Name)}}
	}
	op := t.last.Op
	said := fmt.Sprintf("the last operator is %s", t.ops()[0])
	if len(t.passed) > 0 {
		said = fmt.Sprintf("the last operators are %s before %s", op, t.ops()[:len(t.passed)])
	}
	if t.last.Domain != "" {
		return head{why: []string{fmt.Sprintf("%s of the domain %q, which is not known here; are the values logits, probabilities or labels? (model.kind)", said, t.last.Domain)}}
	}
	if op == "ArgMax" || slices.Contains([]string{"Greater", "GreaterOrEqual", "Less", "LessOrEqual"}, op) {
		return head{kind: KindLabels, why: []string{said}}
	}
	if !isFloat(out.Type) && q.none() {
		return head{why: []string{fmt.Sprintf("%s and the output is %s; does it hold class numbers? (model.kind: labels; for quantised scores model.kind with model.output_scale)", said, out.Type)}}
	}
	return g.scoreHead(t, said, out)
}

// scoreHead is headOf for floating-point scores.
func (g *graph) scoreHead(t tail, said string, out Value) head {
	switch op := t.last.Op; {
	case t.cubic && (op == "Softmax" || op == "Sigmoid"):
		return head{kind: KindProbabilities, activation: map[string]string{"Softmax": Softmax, "Sigmoid": Sigmoid}[op],
			why: []string{said, "cubic interpolation may leave [0, 1]; such values are clamped"}}
	case op == "Softmax" || op == "LogSoftmax":
		if why := g.softmaxAxis(t, out); why != "" {
			return head{why: []string{said, why}}
		}
		if op == "LogSoftmax" {
			return head{kind: KindLogits, activation: Softmax, why: []string{said + ", whose results are logits of the same softmax"}}
		}
		return head{kind: KindProbabilities, activation: Softmax, why: []string{said}}
	case op == "Sigmoid":
		return head{kind: KindProbabilities, activation: Sigmoid, why: []string{said}}
	case op == "Sub" && g.complement(t.last):
		return head{kind: KindProbabilities, activation: Sigmoid, why: []string{said + ", which takes a probability from 1"}}
	case g.linear(out.Name):
		return head{kind: KindLogits, why: []string{said}}
	}
	return head{why: []string{said + "; are the values logits or probabilities? (model.kind)"}}
}

// softmaxAxis returns a complaint where a Softmax does not run over the class axis, "" where it does or where a reshape
// hides the axis of a single-rank tensor. Before opset 13, Softmax runs over all axes from the named one on.
func (g *graph) softmaxAxis(t tail, out Value) string {
	rank := int64(len(out.Dims))
	perm, ok := t.perm(int(rank))
	if !ok || rank != 4 {
		return "a reshape hides which axis the softmax runs over; are the values probabilities over the classes? (model.kind)"
	}
	axis := int64(-1)
	if g.Opset < 13 {
		axis = 1
	}
	if v := t.last.Ints["axis"]; len(v) == 1 {
		axis = v[0]
	}
	if axis < 0 {
		axis += rank
	}
	if g.Opset < 13 && axis != rank-1 {
		return fmt.Sprintf("before opset 13 a softmax with axis %d runs over all axes from there on, which is no distribution over classes; what do the values hold? (model.kind)", axis)
	}
	at := slices.Index(perm, axis) // the output's axis that holds what the softmax ran over
	if at != 1 && at != 3 {
		return fmt.Sprintf("the softmax runs over axis %d of the output, which is no class axis; what do the values hold? (model.kind)", at)
	}
	return ""
}

// complement reports whether a Sub computes 1 − p for a probability p, the result of a softmax or sigmoid.
func (g *graph) complement(n *Node) bool {
	if len(n.Inputs) != 2 {
		return false
	}
	c, ok := g.constants[n.Inputs[0]]
	if !ok || c.Scalar == nil || c.Type != "float32" && c.Type != "float16" || *c.Scalar != 1 {
		return false
	}
	from := g.tailOf(n.Inputs[1])
	return from.last != nil && from.last.Domain == "" && !from.cubic && (from.last.Op == "Softmax" || from.last.Op == "Sigmoid")
}

// cut checks scores that a Slice may have taken some of the classes from: one probability of a softmax is a sigmoid's, but
// any other selection is neither a softmax's nor a sigmoid's input or output.
func (g *graph) cut(s *Signature, out Value) {
	t := g.tailOf(out.Name)
	if !t.has("Slice") || s.Kind == KindLabels || s.Kind == "" {
		return
	}
	all := g.channelsOf(out.Name)
	switch {
	case s.Classes > 0 && all == int64(s.Classes): // it crops rows and columns
	case s.Kind == KindProbabilities && s.Classes == 1:
		s.Activation = Sigmoid
		s.say(aboutKind, "a Slice keeps one class's probability: read as a sigmoid head")
	default:
		s.Kind, s.Activation = "", ""
		s.ask(aboutKind, "a Slice may keep only some of the classes; what do the remaining values hold? (model.kind)")
	}
}
