package model

import (
	"fmt"
	"math"
	"slices"

	"github.com/segmetry/segmetry/internal/fault"
)

// Quantised is how integer elements stand for real numbers: real = Scale·(element − Zero), as ONNX's QuantizeLinear and
// DequantizeLinear have it. The zero value is none: elements are numbers as they are.
type Quantised struct {
	Scale float32 `json:"scale"`
	Zero  float32 `json:"zero_point"`
}

// none says that elements are numbers as they are.
func (q Quantised) none() bool { return q.Scale == 0 }

// put turns real numbers into elements in place, rounded and not yet held within their range.
func (q Quantised) put(row []float32) {
	for i, x := range row {
		row[i] = float32(math.RoundToEven(float64(x/q.Scale))) + q.Zero
	}
}

// get turns elements into real numbers in place.
func (q Quantised) get(row []float32) {
	for i, x := range row {
		row[i] = (x - q.Zero) * q.Scale
	}
}

// checkScales reports wrong scales and zero points.
func (o Options) checkScales() (errs []error) {
	for _, q := range []struct {
		what        string
		scale, zero float64
	}{{"input", o.InputScale, o.InputZeroPoint}, {"output", o.OutputScale, o.OutputZeroPoint}} {
		switch {
		case !(q.scale >= 0 && q.scale < math.MaxFloat32):
			errs = append(errs, fault.Usagef("model.%s_scale is %v; expected a positive number", q.what, q.scale))
		case !(math.Abs(q.zero) <= 1<<16) || q.zero != math.Trunc(q.zero):
			errs = append(errs, fault.Usagef("model.%s_zero_point is %v; expected a whole number of the %[1]s's type", q.what, q.zero))
		case q.zero != 0 && q.scale == 0:
			errs = append(errs, fault.Usagef("model.%s_zero_point belongs to model.%[1]s_scale, which is missing", q.what))
		}
	}
	return errs
}

// isFloat and isSmall sort the element types that can be fed and read; small integers may be quantised.
func isFloat(kind string) bool {
	return slices.Contains([]string{"float32", "float16", "float64", "bfloat16"}, kind)
}

func isSmall(kind string) bool {
	return slices.Contains([]string{"uint8", "int8", "uint16", "int16", "int32"}, kind)
}

// quantised reads scale and zero point from a node's inputs; ok is false where they are no single constants.
func (g *graph) quantised(n *Node, scale, zero int) (q Quantised, ok bool) {
	if scale >= len(n.Inputs) {
		return q, false
	}
	s := g.scalar(n.Inputs[scale])
	if s == nil || !(*s > 0) {
		return q, false
	}
	q.Scale = float32(*s)
	if zero < len(n.Inputs) && n.Inputs[zero] != "" {
		z := g.scalar(n.Inputs[zero])
		if z == nil {
			return Quantised{}, false
		}
		q.Zero = float32(*z)
	}
	return q, true
}

// scalar is the number that a constant holds, nil where it holds none or several.
func (g *graph) scalar(name string) *float64 { return g.constants[name].Scalar }

// inputQuantised says how an integer input stands for real numbers, from the operators that it feeds.
func (g *graph) inputQuantised(in Value) (q Quantised, why string) {
	if !isSmall(in.Type) {
		return q, ""
	}
	for i, n := range g.consumers[in.Name] {
		if (n.Op != "DequantizeLinear" && n.Op != "QLinearConv") || n.Inputs[0] != in.Name {
			return Quantised{}, ""
		}
		one, ok := g.quantised(n, 1, 2)
		if !ok || i > 0 && one != q {
			return Quantised{}, ""
		}
		q = one
		why = fmt.Sprintf("input %q feeds a %s: an element e stands for %v·(e − %v)", in.Name, n.Op, q.Scale, q.Zero)
	}
	return q, why
}

// outputQuantised says how an integer output stands for real numbers: by the QuantizeLinear at its end.
func (g *graph) outputQuantised(out Value) (q Quantised, why string) {
	if !isSmall(out.Type) {
		return q, ""
	}
	t := g.tailOf(out.Name)
	for _, n := range t.passed {
		switch n.Op {
		case "QuantizeLinear":
			q, ok := g.quantised(n, 1, 2)
			if !ok {
				return q, ""
			}
			return q, fmt.Sprintf("a QuantizeLinear makes output %q: an element e stands for %v·(e − %v)", out.Name, q.Scale, q.Zero)
		case "DequantizeLinear", "Cast":
			return q, ""
		}
	}
	if t.last != nil && t.last.Op == "QLinearConv" {
		if q, ok := g.quantised(t.last, 6, 7); ok {
			return q, fmt.Sprintf("a QLinearConv makes output %q: an element e stands for %v·(e − %v)", out.Name, q.Scale, q.Zero)
		}
	}
	return q, ""
}

// readInputScale settles how the input's elements stand for real numbers.
func (s *Signature) readInputScale(g *graph, in Value, o Options) error {
	q, why := g.inputQuantised(in)
	if o.InputScale > 0 {
		if !isSmall(in.Type) {
			return fault.Usagef("model.input_scale is for integer inputs, and input %q is %s", in.Name, in.Type)
		}
		q = Quantised{float32(o.InputScale), float32(o.InputZeroPoint)}
		why = fmt.Sprintf("model.input_scale: an element e of input %q stands for %v·(e − %v)", in.Name, q.Scale, q.Zero)
	}
	if q.none() {
		return nil
	}
	s.say(aboutInput, why)
	if high := q.Scale * (largest(in.Type) - q.Zero); high > 128 { // a pixel's own 0 to 255
		s.say(aboutInput, fmt.Sprintf("it reaches %v, so pixels go in as they are", high))
	} else {
		s.IntegerInput = false
	}
	s.InputQuantised = q
	return nil
}

// largest is an integer type's largest number.
func largest(kind string) float32 {
	return map[string]float32{"uint8": math.MaxUint8, "int8": math.MaxInt8, "uint16": math.MaxUint16, "int16": math.MaxInt16, "int32": math.MaxInt32}[kind]
}

// readOutputScale settles how the output's elements stand for real numbers; the kind is not settled yet.
func (s *Signature) readOutputScale(g *graph, out Value, o Options) error {
	q, why := g.outputQuantised(out)
	if o.OutputScale > 0 {
		if !isSmall(out.Type) {
			return fault.Usagef("model.output_scale is for integer outputs, and output %q is %s", out.Name, out.Type)
		}
		q = Quantised{float32(o.OutputScale), float32(o.OutputZeroPoint)}
		why = fmt.Sprintf("model.output_scale: an element e of output %q stands for %v·(e − %v)", out.Name, q.Scale, q.Zero)
	}
	if s.OutputQuantised = q; !q.none() {
		s.say(aboutKind, why)
	}
	return nil
}
