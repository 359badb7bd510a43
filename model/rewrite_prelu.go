package model

import "math"

func init() { registerRewrite("PRelu", rewritePRelu) }

// rewritePRelu writes PRelu, y = x where x > 0 and slope·x elsewhere, which ONNX Runtime's CPU provider computes element by
// element with a branch, as operators that it computes by vectors:
//
//   - max(x, slope·x) where no slope is above 1 or 0: for x > 0 the product is at most x, and for x < 0 at least x;
//   - max(x, 0) + slope·min(x, 0) elsewhere: one of the summands is 0.
//
// Rounding is that of slope·x in all of them, and NaN and Inf come out as PRelu gives them. A zero may have another sign, and a
// NaN other bits.
func rewritePRelu(n Node, g *rewriter) []Node {
	if g.opset < 8 || len(n.Inputs) != 2 || len(n.Outputs) != 1 { // from 8 on max and min broadcast
		return nil
	}
	slopes := g.floats(n.Inputs[1])
	if slopes == nil {
		return nil
	}
	below := true
	for _, s := range slopes {
		if f := float64(s); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil
		}
		below = below && s <= 1 && s != 0 // 0·Inf is NaN, which max would pass on for x = Inf
	}
	x, slope, y := n.Inputs[0], n.Inputs[1], n.Outputs[0]
	step := func(op string, inputs ...string) Node {
		name := g.newName()
		return Node{Op: op, Name: name, Inputs: inputs, Outputs: []string{name}}
	}
	last := Node{Op: "Max", Name: n.Name, Outputs: []string{y}}
	if below {
		scaled := step("Mul", x, slope)
		last.Inputs = []string{x, scaled.Outputs[0]}
		return []Node{scaled, last}
	}
	negative := step("Min", x, g.scalarZero())
	scaled := step("Mul", negative.Outputs[0], slope)
	positive := step("Relu", x)
	last.Op, last.Inputs = "Add", []string{positive.Outputs[0], scaled.Outputs[0]}
	return []Node{negative, scaled, positive, last}
}
