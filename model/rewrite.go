package model

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// Rewritten is a session that runs some operators of its file as others that give the same numbers faster.
type Rewritten interface {
	// Rewritten counts them by operator; nil where the file runs as it is.
	Rewritten() map[string]int
}

// rewrite returns the nodes that stand in an operator's place, nil where it stays. They must compute the same numbers, to the
// last bit but for the sign of a zero and the bits of a NaN, and take less time on ONNX Runtime's CPU provider. A new one is a new file that calls
// registerRewrite in its init.
type rewrite func(n Node, g *rewriter) []Node

var rewrites = map[string]rewrite{}

func registerRewrite(operator string, r rewrite) { rewrites[operator] = r }

// maxRewritten bounds the files that are rewritten, because a rewritten model is held in memory while it is loaded.
const maxRewritten = 1 << 30

// rewriter writes an ONNX file anew with some nodes replaced. All else is copied byte by byte.
type rewriter struct {
	*onnxReader
	opset   int64
	weights map[string]span      // the graph's initializers
	values  map[string][]float32 // of those that were looked at
	names   int                  // made so far
	added   []piece              // initializers that replacements need
	zero    string               // the name of the scalar 0 among them
	count   map[string]int
}

// piece is a stretch of the file that is written: new bytes, or a span of the old file.
type piece struct {
	text []byte
	from span
}

func (p piece) size() int64 { return int64(len(p.text)) + p.from.size() }

// rewritten returns the model at path with operators replaced and their numbers by operator, nil where there are none to
// replace or where weights lie in other files, which ONNX Runtime finds by the model's path alone.
func rewritten(path string) ([]byte, map[string]int, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() > maxRewritten {
		return nil, nil, err
	}
	return rewriteONNX(f, info.Size())
}

// rewriteONNX is rewritten for a model of size bytes in src.
func rewriteONNX(src io.ReaderAt, size int64) ([]byte, map[string]int, error) {
	file, err := DecodeONNX(src, size)
	if err != nil || len(file.ExternalFiles) > 0 || !hasRewrites(file) {
		return nil, nil, err
	}
	w := &rewriter{opset: file.Opset, weights: map[string]span{}, values: map[string][]float32{}, count: map[string]int{},
		onnxReader: &onnxReader{wire: newWire(src), file: &File{Bytes: size, constants: map[string]Constant{}}}}
	pieces, err := w.modelPieces(span{0, size})
	if err != nil || len(w.count) == 0 {
		return nil, nil, err
	}
	text, err := w.join(pieces)
	if text == nil || err != nil {
		return nil, nil, err
	}
	return text, w.count, nil
}

func hasRewrites(f *File) bool {
	for _, n := range f.Nodes {
		if rewrites[n.Op] != nil {
			return true
		}
	}
	return false
}

// fields calls use with every field of the message and its extent, tag included.
func (w *rewriter) fields(s span, use func(f field, whole span) error) error {
	for {
		begin := s.pos
		f, ok, err := w.next(&s)
		if err != nil || !ok {
			return err
		}
		if err := use(f, span{begin, s.pos}); err != nil {
			return err
		}
	}
}

// modelPieces is ModelProto with its graph rewritten.
func (w *rewriter) modelPieces(s span) (pieces []piece, err error) {
	err = w.fields(s, func(f field, whole span) error {
		if f.num != 7 {
			pieces = append(pieces, piece{from: whole})
			return nil
		}
		graph, err := w.graphPieces(f.body)
		length := int64(0)
		for _, p := range graph {
			length += p.size()
		}
		head := protowire.AppendVarint(protowire.AppendTag(nil, 7, protowire.BytesType), uint64(length))
		pieces = append(append(pieces, piece{text: head}), graph...)
		return err
	})
	return pieces, err
}

// graphPieces is GraphProto with its nodes rewritten. Initializers are found first: files may have them behind the nodes. Where
// some are sparse, no initializer is known for what it is.
func (w *rewriter) graphPieces(s span) (pieces []piece, err error) {
	sparse := false
	err = w.fields(s, func(f field, _ span) error {
		sparse = sparse || f.num == 15
		if f.num != 5 {
			return nil
		}
		name, _, err := w.tensor(f.body)
		w.weights[name] = f.body
		return err
	})
	if err != nil {
		return nil, err
	}
	if sparse {
		clear(w.weights)
	}
	err = w.fields(s, func(f field, whole span) error {
		if f.num != 1 {
			pieces = append(pieces, piece{from: whole})
			return nil
		}
		n, err := w.node(f.body)
		if err != nil {
			return err
		}
		for _, text := range w.replaced(n) {
			pieces = append(pieces, piece{text: text})
			whole = span{}
		}
		pieces = append(pieces, piece{from: whole})
		return nil
	})
	return append(pieces, w.added...), err
}

// replaced are the graph's fields in a node's place, none where it stays.
func (w *rewriter) replaced(n Node) (list [][]byte) {
	if n.Domain != "" || rewrites[n.Op] == nil {
		return nil
	}
	for _, other := range rewrites[n.Op](n, w) {
		list = append(list, appendMessage(nil, 1, other.proto()))
	}
	if list != nil {
		w.count[n.Op]++
	}
	return list
}

// proto is the node's NodeProto, without attributes.
func (n Node) proto() []byte {
	var text []byte
	for _, name := range n.Inputs {
		text = appendMessage(text, 1, []byte(name))
	}
	for _, name := range n.Outputs {
		text = appendMessage(text, 2, []byte(name))
	}
	return appendMessage(appendMessage(text, 3, []byte(n.Name)), 4, []byte(n.Op))
}

func appendMessage(dst []byte, num protowire.Number, body []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(dst, num, protowire.BytesType), body)
}

// madeNames begin the names of tensors and nodes that the rewriter makes. A file that has it somewhere stays as it is.
const madeNames = "segmetry.rewritten."

// newName is a name that the file has not.
func (w *rewriter) newName() string {
	w.names++
	return madeNames + strconv.Itoa(w.names)
}

// scalarZero returns the name of a float32 scalar 0 among the initializers.
func (w *rewriter) scalarZero() string {
	if w.zero == "" {
		w.zero = w.newName()
		text := protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), 1) // data_type: float32
		text = appendMessage(appendMessage(text, 8, []byte(w.zero)), 9, make([]byte, 4))
		w.added = append(w.added, piece{text: appendMessage(nil, 5, text)})
	}
	return w.zero
}

// join reads the pieces into one file; nil where the old file has names such as the new ones.
func (w *rewriter) join(pieces []piece) ([]byte, error) {
	length := int64(0)
	for _, p := range pieces {
		length += p.size()
	}
	text := make([]byte, 0, length)
	for _, p := range pieces {
		text = append(text, p.text...)
		at := len(text)
		text = text[:at+int(p.from.size())]
		if n, err := w.src.ReadAt(text[at:], p.from.pos); n < len(text)-at {
			return nil, fmt.Errorf("reading %d bytes at offset %d: %w", len(text)-at, p.from.pos, errors.Join(err, io.ErrUnexpectedEOF))
		}
		if bytes.Contains(text[at:], []byte(madeNames)) {
			return nil, nil
		}
	}
	return text, nil
}
