package model

import (
	"fmt"
	"slices"
	"strings"
)

// neutral are the operators that may stand between an input and the first convolution without moving axes.
var neutral = []string{
	"Identity", "Cast", "QuantizeLinear", "DequantizeLinear", "Sub", "Add", "Mul", "Div", "Pad", "BatchNormalization",
	"Clip", "Concat", "Gather", "Slice", "Resize", "Upsample", "AveragePool", "MaxPool", "InstanceNormalization", "QLinearAdd",
}

// inputLayout says how an image input's axes are ordered, from the operators that use it and from its shape; "" where
// they are silent or disagree. Convolutions are channels-first in ONNX.
func (g *graph) inputLayout(in Value) (layout, why string) {
	if len(in.Dims) != 4 && len(in.Dims) != 3 {
		return "", fmt.Sprintf("input %q has %d axes, not 4, or 3 without a batch; which are channels, height and width?", in.Name, len(in.Dims))
	}
	byUse, useWhy := g.layoutByUse(in)
	byShape := layoutByShape(in.Shape())
	switch {
	case byUse != "" && byShape != "" && byUse != byShape && byUse != NHW:
		return "", fmt.Sprintf("%s, but the shape %v looks like %s; which is it? (model.layout)", useWhy, in.Shape(), byShape)
	case byUse != "":
		return byUse, useWhy
	case byShape != "":
		return byShape, fmt.Sprintf("the shape %v of input %q", in.Shape(), in.Name)
	}
	two := "nchw or nhwc"
	if len(in.Dims) == 3 {
		two = "chw or hwc"
	}
	return "", fmt.Sprintf("the shape %v of input %q fits both layouts; is it %s? (model.layout)", in.Shape(), in.Name, two)
}

// layoutByUse follows an input to the first convolution or transposition. An input of three axes gets its fourth on the
// way: at the front it is the batch, in second place it is the channel.
func (g *graph) layoutByUse(in Value) (layout, why string) {
	first, last, name := NCHW, NHWC, in.Name
	if len(in.Dims) == 3 {
		first, last = CHW, HWC
	}
	queue, seen := []string{name}, map[string]bool{name: true}
	for step := 0; len(queue) > 0 && step < maxWalk; step++ {
		value := queue[0]
		queue = queue[1:]
		for _, n := range g.consumers[value] {
			switch {
			case (n.Op == "Conv" || n.Op == "QLinearConv") && n.Inputs[0] == value:
				return first, fmt.Sprintf("input %q feeds a %s as it is", name, n.Op)
			case n.Op == "Transpose" && (slices.Equal(n.Ints["perm"], []int64{0, 3, 1, 2}) || slices.Equal(n.Ints["perm"], []int64{2, 0, 1})):
				return last, fmt.Sprintf("input %q is first transposed from %s to %s", name, strings.ToUpper(last), strings.ToUpper(first))
			case n.Op == "Transpose":
				return "", ""
			case n.Op == "Unsqueeze" && len(in.Dims) == 3 && g.axisOf(n) != 0:
				if g.axisOf(n) == 1 {
					return NHW, fmt.Sprintf("input %q gets its channel axis from an Unsqueeze", name)
				}
				return "", ""
			case slices.Contains(neutral, n.Op) || len(in.Dims) == 3 && n.Op == "Unsqueeze":
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

// axisOf is the one axis that a Squeeze or Unsqueeze names, as an attribute or, since opset 13, as an input; -100 where
// it names none or several.
func (g *graph) axisOf(n *Node) int64 {
	if v := n.Ints["axes"]; len(v) == 1 {
		return v[0]
	}
	if len(n.Inputs) > 1 {
		if v := g.scalar(n.Inputs[1]); v != nil {
			return int64(*v)
		}
	}
	return -100
}

// layoutByShape reads the layout from where a plausible number of channels stands.
func layoutByShape(shape []int64) string {
	few := func(n int64) bool { return n >= 1 && n <= 4 }
	first, last := few(shape[len(shape)-3]), few(shape[len(shape)-1])
	switch {
	case first && !last:
		return map[int]string{4: NCHW, 3: CHW}[len(shape)]
	case last && !first:
		return map[int]string{4: NHWC, 3: HWC}[len(shape)]
	}
	return ""
}

// outputLayout says how an output's axes are ordered; "" where that cannot be told.
func (g *graph) outputLayout(out, in Value, inLayout, kind string) (layout, why string) {
	switch {
	case len(out.Dims) == 3 && kind == KindLabels:
		return NHW, fmt.Sprintf("output %q has three axes", out.Name)
	case len(out.Dims) == 3:
		return g.threeAxes(out, in, inLayout)
	case len(out.Dims) == 2:
		return HW, fmt.Sprintf("output %q has two axes", out.Name)
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

// threeAxes is outputLayout for scores of three axes: they lack the batch, or the channel of a one-channel head.
func (g *graph) threeAxes(out, in Value, inLayout string) (layout, why string) {
	shape, classes := out.Shape(), g.channelsOf(out.Name)
	for _, n := range g.tailOf(out.Name).passed {
		if axis := g.axisOf(n); n.Op == "Squeeze" && (axis == 1 || axis == -3) && classes <= 1 {
			return NHW, fmt.Sprintf("a Squeeze takes the channel from output %q", out.Name)
		}
	}
	switch {
	case classes > 1 && shape[0] == classes && shape[2] != classes:
		return CHW, fmt.Sprintf("output %q of shape %v has its %d classes in front, and no batch", out.Name, shape, classes)
	case classes > 1 && shape[2] == classes && shape[0] != classes:
		return HWC, fmt.Sprintf("output %q of shape %v has its %d classes at the end, and no batch", out.Name, shape, classes)
	case classes == 1 && (shape[0] == 1 || shape[2] != 1):
		return NHW, fmt.Sprintf("output %q of shape %v is one channel", out.Name, shape)
	case len(in.Dims) == len(inLayout) && inLayout != "":
		h, w := axis(in.Shape(), inLayout, 'h'), axis(in.Shape(), inLayout, 'w')
		first, last := h > 0 && shape[1] == h && shape[2] == w, h > 0 && shape[0] == h && shape[1] == w
		if first != last {
			return map[bool]string{true: CHW, false: HWC}[first], fmt.Sprintf("output %q has the input's height and width", out.Name)
		}
	}
	return "", fmt.Sprintf("the shape %v of output %q fits both layouts; is it chw or hwc? (model.layout)", shape, out.Name)
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
	if len(in.Dims) == len(inLayout) && inLayout != "" {
		h, w := axis(in.Shape(), inLayout, 'h'), axis(in.Shape(), inLayout, 'w')
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
