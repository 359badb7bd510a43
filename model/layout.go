package model

import (
	"fmt"
	"slices"
)

// neutral are the operators that may stand between an input and the first convolution without moving axes.
var neutral = []string{
	"Identity", "Cast", "QuantizeLinear", "DequantizeLinear", "Sub", "Add", "Mul", "Div", "Pad", "BatchNormalization",
	"Clip", "Concat", "Gather", "Slice", "Resize", "Upsample", "AveragePool", "MaxPool", "InstanceNormalization",
}

// inputLayout says whether an image input is NCHW or NHWC, from the operators that use it and from its shape; "" where
// they are silent or disagree. Convolutions are channels-first in ONNX.
func (g *graph) inputLayout(in Value) (layout, why string) {
	if len(in.Dims) != 4 {
		return "", fmt.Sprintf("input %q has %d axes, not 4; which are channels, height and width?", in.Name, len(in.Dims))
	}
	byUse, useWhy := g.layoutByUse(in.Name)
	byShape := layoutByShape(in.Shape())
	switch {
	case byUse != "" && byShape != "" && byUse != byShape:
		return "", fmt.Sprintf("%s, but the shape %v looks like %s; which is it? (model.layout)", useWhy, in.Shape(), byShape)
	case byUse != "":
		return byUse, useWhy
	case byShape != "":
		return byShape, fmt.Sprintf("the shape %v of input %q", in.Shape(), in.Name)
	}
	return "", fmt.Sprintf("the shape %v of input %q fits both layouts; is it nchw or nhwc? (model.layout)", in.Shape(), in.Name)
}

// layoutByUse follows an input to the first convolution or transposition.
func (g *graph) layoutByUse(name string) (layout, why string) {
	queue, seen := []string{name}, map[string]bool{name: true}
	for step := 0; len(queue) > 0 && step < maxWalk; step++ {
		value := queue[0]
		queue = queue[1:]
		for _, n := range g.consumers[value] {
			switch {
			case n.Op == "Conv" && n.Inputs[0] == value:
				return NCHW, fmt.Sprintf("input %q feeds a Conv as it is", name)
			case n.Op == "Transpose" && slices.Equal(n.Ints["perm"], []int64{0, 3, 1, 2}):
				return NHWC, fmt.Sprintf("input %q is first transposed from NHWC to NCHW", name)
			case n.Op == "Transpose":
				return "", ""
			case slices.Contains(neutral, n.Op):
				for _, out := range n.Outputs {
					if !seen[out] {
						seen[out] = true
						queue = append(queue, out)
					}
				}
			}
		}
	}
	return "", ""
}

// layoutByShape reads the layout from where a plausible number of channels stands.
func layoutByShape(shape []int64) string {
	few := func(n int64) bool { return n >= 1 && n <= 4 }
	first, last := few(shape[1]), few(shape[3])
	switch {
	case first && !last:
		return NCHW
	case last && !first:
		return NHWC
	}
	return ""
}

// outputLayout says how an output's axes are ordered: nchw, nhwc, nhw for label maps without channels, or "".
func (g *graph) outputLayout(out, in Value, inLayout string) (layout, why string) {
	switch {
	case len(out.Dims) == 3:
		return NHW, fmt.Sprintf("output %q has three axes", out.Name)
	case len(out.Dims) != 4:
		return "", fmt.Sprintf("output %q has %d axes; which are classes, height and width?", out.Name, len(out.Dims))
	}
	t := g.tailOf(out.Name)
	if perm, ok := t.perm(4); ok && g.channelsFirst(t.last) {
		switch {
		case slices.Equal(perm, []int64{0, 1, 2, 3}):
			return NCHW, fmt.Sprintf("no operator moves the axes of output %q", out.Name)
		case slices.Equal(perm, []int64{0, 2, 3, 1}):
			return NHWC, fmt.Sprintf("output %q is transposed to NHWC at the end", out.Name)
		}
	}
	return layoutBySize(out, in, inLayout)
}

// channelsFirst reports whether the value that a decisive operator makes is NCHW: it is, or only adds element by element
// to, a convolution's result.
func (g *graph) channelsFirst(n *Node) bool {
	for range maxWalk {
		switch {
		case n == nil || n.Domain != "" || len(n.Inputs) == 0:
			return false
		case slices.Contains([]string{"Conv", "ConvTranspose", "QLinearConv"}, n.Op):
			return true
		case !slices.Contains([]string{"Softmax", "LogSoftmax", "Sigmoid", "Add", "Sub", "Sum", "BatchNormalization", "ArgMax", "Clip", "Relu", "PRelu"}, n.Op):
			return false
		}
		t := g.tailOf(g.dataInput(n))
		if len(t.passed) > 0 {
			if perm, ok := t.perm(4); !ok || !slices.Equal(perm, []int64{0, 1, 2, 3}) {
				return false
			}
		}
		n = t.last
	}
	return false
}

// layoutBySize compares an output's shape with the input's height and width.
func layoutBySize(out, in Value, inLayout string) (layout, why string) {
	shape := out.Shape()
	if len(in.Dims) == 4 && inLayout != "" {
		h, w := spatial(in.Shape(), inLayout)
		first := h > 0 && w > 0 && shape[2] == h && shape[3] == w
		last := h > 0 && w > 0 && shape[1] == h && shape[2] == w
		if first != last {
			return map[bool]string{true: NCHW, false: NHWC}[first], fmt.Sprintf("output %q has the input's height and width", out.Name)
		}
	}
	if out.HasShape && len(shape) == 4 { // sizes that are not stated are height and width; what is stated is the classes
		first := shape[1] > 0 && shape[2] <= 0 && shape[3] <= 0
		last := shape[3] > 0 && shape[1] <= 0 && shape[2] <= 0
		if first != last {
			return map[bool]string{true: NCHW, false: NHWC}[first], fmt.Sprintf("output %q states the size of one axis alone, %v", out.Name, shape)
		}
	}
	return "", fmt.Sprintf("the shape %v of output %q fits both layouts; is it nchw or nhwc? (model.layout)", shape, out.Name)
}

// spatial returns height and width of a four-axis shape.
func spatial(shape []int64, layout string) (h, w int64) {
	if layout == NHWC {
		return shape[1], shape[2]
	}
	return shape[2], shape[3]
}

// channelAxis is the axis of the channels or classes.
func channelAxis(layout string) int {
	if layout == NHWC {
		return 3
	}
	return 1
}
