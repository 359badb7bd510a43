package model

import (
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Limits of a plausible model; beyond them the file is damage or an attack. The largest public segmentation models have
// some ten thousand nodes.
const (
	maxNodes     = 1 << 20
	maxValues    = 1 << 16 // inputs, outputs, edges of a node
	maxRank      = 64
	maxAttrInts  = 1 << 12
	maxNesting   = 16
	maxMetadata  = 1 << 12
	maxConstants = 1 << 20
)

// onnxReader decodes onnx.proto's messages into a File.
type onnxReader struct {
	*wire
	file     *File
	hasGraph bool
	nesting  int
}

// each calls use with every field of the message.
func (r *onnxReader) each(s span, use func(field) error) error {
	for {
		f, ok, err := r.next(&s)
		if err != nil || !ok {
			return err
		}
		if err := use(f); err != nil {
			return err
		}
	}
}

// str reads a string field into dst.
func (r *onnxReader) str(f field, dst *string) (err error) {
	*dst, err = r.text(f)
	return err
}

// sub decodes a length-delimited field with decode.
func (r *onnxReader) sub(f field, decode func(span) error) error {
	body, err := f.message()
	if err != nil {
		return err
	}
	return decode(body)
}

// model decodes ModelProto.
func (r *onnxReader) model(s span) error {
	return r.each(s, func(f field) error {
		switch f.num {
		case 1:
			if f.typ != protowire.VarintType {
				return errWire
			}
			r.file.IRVersion = int64(f.number)
		case 2:
			return r.str(f, &r.file.Producer)
		case 3:
			return r.str(f, &r.file.ProducerVersion)
		case 7:
			r.hasGraph = true
			return r.sub(f, r.graph)
		case 8:
			return r.sub(f, r.opset)
		case 14:
			return r.sub(f, r.metadata)
		}
		return nil
	})
}

// opset decodes OperatorSetIdProto.
func (r *onnxReader) opset(s span) error {
	var domain string
	var version int64
	err := r.each(s, func(f field) error {
		switch f.num {
		case 1:
			return r.str(f, &domain)
		case 2:
			version = int64(f.number)
		}
		return nil
	})
	if domain == "ai.onnx" {
		domain = ""
	}
	if r.file.Opsets == nil {
		r.file.Opsets = map[string]int64{}
	}
	if len(r.file.Opsets) < maxMetadata {
		r.file.Opsets[domain] = version
	}
	r.file.Opset = r.file.Opsets[""]
	return err
}

// metadata decodes a StringStringEntryProto of the model's metadata.
func (r *onnxReader) metadata(s span) error {
	key, value, err := r.entry(s)
	if err != nil {
		return err
	}
	if r.file.Metadata == nil {
		r.file.Metadata = map[string]string{}
	}
	if len(r.file.Metadata) < maxMetadata {
		r.file.Metadata[key] = value
	}
	return nil
}

// entry decodes a StringStringEntryProto.
func (r *onnxReader) entry(s span) (key, value string, err error) {
	err = r.each(s, func(f field) error {
		switch f.num {
		case 1:
			return r.str(f, &key)
		case 2:
			return r.str(f, &value)
		}
		return nil
	})
	return key, value, err
}

// graph decodes the model's GraphProto.
func (r *onnxReader) graph(s span) error {
	return r.each(s, func(f field) error {
		switch f.num {
		case 1:
			return r.sub(f, r.topNode)
		case 2:
			return r.str(f, &r.file.GraphName)
		case 5:
			return r.sub(f, r.initializer)
		case 11:
			return r.sub(f, func(s span) error { return r.value(s, &r.file.Inputs) })
		case 12:
			return r.sub(f, func(s span) error { return r.value(s, &r.file.Outputs) })
		case 15:
			return r.sub(f, r.sparse)
		}
		return nil
	})
}

// topNode decodes a NodeProto of the model's graph and keeps it.
func (r *onnxReader) topNode(s span) error {
	if len(r.file.Nodes)+r.file.Subgraphs >= maxNodes {
		return fmt.Errorf("more than %d nodes", maxNodes)
	}
	n, err := r.node(s)
	r.file.Nodes = append(r.file.Nodes, n)
	return err
}

// node decodes NodeProto.
func (r *onnxReader) node(s span) (n Node, err error) {
	err = r.each(s, func(f field) error {
		switch f.num {
		case 1:
			return r.edge(f, &n.Inputs)
		case 2:
			return r.edge(f, &n.Outputs)
		case 3:
			return r.str(f, &n.Name)
		case 4:
			return r.str(f, &n.Op)
		case 5:
			return r.sub(f, func(s span) error { return r.attribute(s, &n) })
		case 7:
			return r.str(f, &n.Domain)
		}
		return nil
	})
	if n.Domain == "ai.onnx" {
		n.Domain = ""
	}
	return n, err
}

// edge appends the name of a node's input or output.
func (r *onnxReader) edge(f field, dst *[]string) error {
	if len(*dst) >= maxValues {
		return fmt.Errorf("a node with more than %d inputs or outputs", maxValues)
	}
	name, err := r.text(f)
	*dst = append(*dst, name)
	return err
}

// attribute decodes AttributeProto: integers, strings, the dimensions of constant tensors, and nested graphs, whose nodes
// are only counted.
func (r *onnxReader) attribute(s span, n *Node) error {
	var name, text string
	var ints []int64
	var hasText bool
	err := r.each(s, func(f field) (err error) {
		switch f.num {
		case 1:
			return r.str(f, &name)
		case 3, 8:
			ints, err = r.ints(f, ints, maxAttrInts)
			return err
		case 4:
			hasText = true
			text, err = r.text(f)
			return err
		case 5:
			return r.sub(f, func(s span) error { return r.constant(s, n) })
		case 6, 11:
			return r.sub(f, r.subgraph)
		}
		return nil
	})
	if ints != nil {
		if n.Ints == nil {
			n.Ints = map[string][]int64{}
		}
		n.Ints[name] = ints
	}
	if hasText {
		if n.Strings == nil {
			n.Strings = map[string]string{}
		}
		n.Strings[name] = text
	}
	return err
}

// subgraph counts the nodes and parameters inside a body of If, Loop or Scan.
func (r *onnxReader) subgraph(s span) error {
	if r.nesting++; r.nesting > maxNesting {
		return fmt.Errorf("graphs nested more than %d deep", maxNesting)
	}
	defer func() { r.nesting-- }()
	return r.each(s, func(f field) error {
		switch f.num {
		case 1:
			if r.file.Subgraphs++; r.file.Subgraphs > maxNodes {
				return fmt.Errorf("more than %d nodes", maxNodes)
			}
			return r.sub(f, func(s span) error { _, err := r.node(s); return err })
		case 5:
			return r.sub(f, func(s span) error { _, _, err := r.tensor(s); return err })
		}
		return nil
	})
}

// constant decodes the TensorProto of a Constant node's attribute; its first output is then known as a constant.
func (r *onnxReader) constant(s span, n *Node) error {
	_, c, err := r.tensor(s)
	if len(n.Outputs) > 0 && n.Op == "Constant" && len(r.file.constants) < maxConstants {
		r.file.constants[n.Outputs[0]] = c
	}
	return err
}

// initializer decodes a TensorProto of the graph.
func (r *onnxReader) initializer(s span) error {
	name, c, err := r.tensor(s)
	if err != nil {
		return err
	}
	if len(r.file.constants) >= maxConstants {
		return fmt.Errorf("more than %d initializers", maxConstants)
	}
	r.file.constants[name] = c
	return nil
}

// sparse decodes SparseTensorProto: its values count as parameters.
func (r *onnxReader) sparse(s span) error {
	return r.each(s, func(f field) error {
		if f.num == 1 {
			return r.sub(f, r.initializer)
		}
		return nil
	})
}

// tensor decodes TensorProto without its contents, adds its size to the file's and notes external data.
func (r *onnxReader) tensor(s span) (name string, c Constant, err error) {
	var code, bits uint64
	var width int
	var outside bool
	err = r.each(s, func(f field) (err error) {
		switch f.num {
		case 1:
			c.Dims, err = r.ints(f, c.Dims, maxRank)
			return err
		case 2:
			code = f.number
		case 4, 5, 7, 9, 10:
			bits, width, err = r.single(f, bits, width)
			return err
		case 8:
			return r.str(f, &name)
		case 13:
			outside = true
			return r.sub(f, r.external)
		}
		return nil
	})
	c.Type = typeName(code)
	elements := product(c.Dims)
	if elements/2 > r.file.Bytes && !outside { // 4-bit elements are the smallest
		return name, c, fmt.Errorf("tensor %q of shape %v has more elements than the file has bytes, %d", name, c.Dims, r.file.Bytes)
	}
	if elements == 1 && width > 0 {
		c.Scalar = valueOf(c.Type, bits)
	}
	r.file.Parameters = addSaturated(r.file.Parameters, elements)
	r.file.InitializerBytes = addSaturated(r.file.InitializerBytes, bytesOf(elements, typeBits[c.Type]))
	return name, c, err
}

// external notes the file named by an external_data entry.
func (r *onnxReader) external(s span) error {
	key, value, err := r.entry(s)
	if err != nil || key != "location" {
		return err
	}
	if !slices.Contains(r.file.ExternalFiles, value) && len(r.file.ExternalFiles) < maxMetadata {
		r.file.ExternalFiles = append(r.file.ExternalFiles, value)
	}
	return nil
}

// product multiplies dimensions; 0 for a negative one, the largest int64 where it would overflow.
func product(dims []int64) int64 {
	n := int64(1)
	for _, d := range dims {
		switch {
		case d <= 0:
			return 0
		case n > math.MaxInt64/d:
			return math.MaxInt64
		}
		n *= d
	}
	return n
}

func bytesOf(elements, bits int64) int64 {
	if bits != 0 && elements > math.MaxInt64/bits {
		return math.MaxInt64
	}
	return (elements*bits + 7) / 8
}

func addSaturated(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
