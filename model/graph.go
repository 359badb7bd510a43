package model

import "slices"

// maxWalk bounds every walk along a graph's edges: heads are a few operators long.
const maxWalk = 64

// graph answers who makes and who uses a value of a File.
type graph struct {
	*File
	producer  map[string]*Node
	consumers map[string][]*Node
}

func newGraph(f *File) *graph {
	g := &graph{File: f, producer: make(map[string]*Node, len(f.Nodes)), consumers: make(map[string][]*Node, len(f.Nodes))}
	for i := range f.Nodes {
		n := &f.Nodes[i]
		for _, out := range n.Outputs {
			g.producer[out] = n
		}
		for _, in := range n.Inputs {
			g.consumers[in] = append(g.consumers[in], n)
		}
	}
	return g
}

// dataInput is the value that a node transforms: its first input that is not a constant, "" where there is none.
func (g *graph) dataInput(n *Node) string {
	for _, in := range n.Inputs {
		if in != "" && !g.isConstant(in) {
			return in
		}
	}
	return ""
}

// isConstant reports whether a value is an initializer or the output of a Constant node.
func (g *graph) isConstant(name string) bool {
	if _, ok := g.constants[name]; ok {
		return true
	}
	n := g.producer[name]
	return n != nil && n.Op == "Constant"
}

// carriers are operators that move, retype or interpolate scores without changing what they mean.
var carriers = []string{
	"Identity", "Cast", "Squeeze", "Unsqueeze", "Reshape", "Flatten", "Transpose", "Resize", "Upsample", "Dropout",
	"QuantizeLinear", "DequantizeLinear", "Slice", "Crop",
}

// tail is the way from an output back to the first operator that gives its numbers their meaning.
type tail struct {
	last   *Node   // the decisive operator; nil where the way ends at an input or a constant
	passed []*Node // the carriers behind it, output first
	cubic  bool    // one of them interpolates cubically, which leaves the range of its input
}

// tailOf walks from a value backwards over the carriers.
func (g *graph) tailOf(value string) tail {
	var t tail
	for range maxWalk {
		n := g.producer[value]
		if n == nil || n.Domain != "" || !slices.Contains(carriers, n.Op) {
			t.last = n
			return t
		}
		t.passed = append(t.passed, n)
		t.cubic = t.cubic || n.Strings["mode"] == "cubic"
		if len(n.Inputs) == 0 {
			return t
		}
		value = n.Inputs[0]
	}
	return t
}

// ops lists the operators from the output backwards, the decisive one included.
func (t tail) ops() []string {
	var ops []string
	for _, n := range t.passed {
		ops = append(ops, n.Op)
	}
	if t.last != nil {
		ops = append(ops, t.last.Op)
	}
	return ops
}

// has reports whether one of the carriers is op.
func (t tail) has(op string) bool {
	return slices.ContainsFunc(t.passed, func(n *Node) bool { return n.Op == op })
}

// perm returns the permutation of the axes between the decisive operator and the output: perm[i] is the axis of the
// operator's result that is axis i of the output. ok is false where a reshape hides it.
func (t tail) perm(rank int) (perm []int64, ok bool) {
	perm = make([]int64, rank)
	for i := range perm {
		perm[i] = int64(i)
	}
	for _, n := range t.passed {
		switch n.Op {
		case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
			return nil, false
		case "Transpose":
			p := n.Ints["perm"]
			if len(p) != rank {
				return nil, false
			}
			for i, axis := range perm {
				if axis < 0 || axis >= int64(rank) || p[axis] < 0 || p[axis] >= int64(rank) {
					return nil, false
				}
				perm[i] = p[axis]
			}
		}
	}
	return perm, true
}

// linear reports whether a value is the result of an unbounded linear operator, so that it holds logits and no
// probabilities: a convolution or matrix product, and sums, batch normalisations and concatenations of them.
func (g *graph) linear(value string) bool {
	budget := 256 // operators looked at: a bound for crafted graphs
	return g.linearWithin(value, &budget)
}

func (g *graph) linearWithin(value string, budget *int) bool {
	n := g.tailOf(value).last
	if *budget--; n == nil || n.Domain != "" || *budget < 0 {
		return false
	}
	switch n.Op {
	case "Conv", "ConvTranspose", "Gemm", "MatMul", "QLinearConv", "ConvInteger":
		return true
	case "BatchNormalization", "InstanceNormalization", "Add", "Sum", "Concat":
		return g.allLinear(n, budget)
	}
	return false
}

// allLinear reports whether every input of n that is not a constant is linear, and there is one.
func (g *graph) allLinear(n *Node, budget *int) bool {
	found := false
	for _, in := range n.Inputs {
		if in == "" || g.isConstant(in) {
			continue
		}
		if !g.linearWithin(in, budget) {
			return false
		}
		found = true
	}
	return found
}

// channelsOf returns how many channels the convolution that makes a value has, from its weights' shape; 0 if unknown.
func (g *graph) channelsOf(value string) int64 {
	n := g.tailOf(value).last
	for range maxWalk {
		if n == nil || len(n.Inputs) == 0 {
			return 0
		}
		switch n.Op {
		case "Conv":
			return g.weightDim(n, 0)
		case "ConvTranspose":
			groups := int64(1)
			if v := n.Ints["group"]; len(v) == 1 {
				groups = v[0]
			}
			return g.weightDim(n, 1) * groups
		case "QLinearConv":
			if len(n.Inputs) > 3 {
				return g.dimOf(n.Inputs[3], 0)
			}
			return 0
		case "Softmax", "LogSoftmax", "Sigmoid", "BatchNormalization", "Relu":
			n = g.tailOf(n.Inputs[0]).last
		default:
			return 0
		}
	}
	return 0
}

// weightDim returns a dimension of a convolution's weights, looking through their dequantisation; 0 if unknown.
func (g *graph) weightDim(n *Node, axis int) int64 {
	if len(n.Inputs) < 2 {
		return 0
	}
	return g.dimOf(n.Inputs[1], axis)
}

// dimOf is weightDim for the weights' name.
func (g *graph) dimOf(name string, axis int) int64 {
	for range maxWalk {
		if c, ok := g.constants[name]; ok {
			if axis < len(c.Dims) {
				return c.Dims[axis]
			}
			return 0
		}
		p := g.producer[name]
		if p == nil || len(p.Inputs) == 0 || (p.Op != "DequantizeLinear" && p.Op != "Identity" && p.Op != "Cast") {
			return 0
		}
		name = p.Inputs[0]
	}
	return 0
}
