package model

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/segmetry/segmetry/internal/fault"
)

// File is what an ONNX file says of itself, read without ONNX Runtime and without its tensors' contents
// (onnx.proto of the ONNX project, IR version 1 to 13).
type File struct {
	Path            string
	Bytes           int64 // size of the file, external data not counted
	IRVersion       int64
	Opset           int64            // of the default domain, 0 where none is named
	Opsets          map[string]int64 // domain -> version; "" is the default domain
	Producer        string
	ProducerVersion string
	Metadata        map[string]string
	GraphName       string
	Inputs          []Value // without the initializers that old files repeat as inputs
	Outputs         []Value
	Nodes           []Node // in file order, which ONNX requires to be topological
	// Subgraphs counts the nodes inside If, Loop and Scan bodies, which are not in Nodes.
	Subgraphs        int
	Parameters       int64 // elements of all initializers and constant tensors
	InitializerBytes int64 // bytes of them, external data included where its length is stated
	ExternalFiles    []string

	constants map[string]Constant
}

// Value is an input or output of a graph. Dims has an entry an axis; HasShape is false where the file states no shape.
type Value struct {
	Name     string
	Type     string // float32, uint8, …; "sequence", "map", "optional" for values that are no tensors
	Dims     []Dim
	HasShape bool
}

// Dim is one axis: Size where it is fixed, else -1 and, where the exporter named it, its symbolic name.
type Dim struct {
	Size   int64
	Symbol string
}

// Node is one operator of a graph.
type Node struct {
	Op, Domain, Name string
	Inputs, Outputs  []string
	Ints             map[string][]int64 // integer attributes: axis, perm, to, keepdims …
	Strings          map[string]string  // string attributes: mode …
}

// Constant is an initializer: its type and dimensions, and its content only where that is a single number of a type that
// float64 holds.
type Constant struct {
	Type   string
	Dims   []int64
	Scalar *float64
}

// Shape returns the value's dimensions with -1 for dynamic axes, nil where the file states no shape.
func (v Value) Shape() []int64 {
	if !v.HasShape {
		return nil
	}
	shape := make([]int64, len(v.Dims))
	for i, d := range v.Dims {
		shape[i] = d.Size
	}
	return shape
}

// ReadONNX reads the ONNX file at path. A missing file is a usage error, anything that is not an ONNX model a runtime
// error that says so. Memory is bounded by the graph, not by the weights.
func ReadONNX(path string) (*File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Usagef("the model %q does not exist; set model.path or --model to an .onnx file", path)
	}
	if err != nil {
		return nil, fault.Usagef("opening the model %q: %w", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fault.Usagef("opening the model %q: %w", path, err)
	}
	if info.IsDir() {
		return nil, fault.Usagef("the model %q is a folder; name the .onnx file inside it", path)
	}
	file, err := DecodeONNX(f, info.Size())
	if err != nil {
		return nil, fault.Runtimef("%q is not an ONNX model: %w", path, err)
	}
	file.Path = path
	return file, nil
}

// DecodeONNX reads an ONNX model of size bytes from src. It never panics; errors are unclassified.
func DecodeONNX(src io.ReaderAt, size int64) (*File, error) {
	if size == 0 {
		return nil, errors.New("the file is empty")
	}
	r := &onnxReader{wire: newWire(src), file: &File{Bytes: size, constants: map[string]Constant{}}}
	if err := r.model(span{0, size}); err != nil {
		return nil, err
	}
	f := r.file
	if !r.hasGraph || f.IRVersion <= 0 {
		return nil, errors.New("it holds no graph")
	}
	if len(f.Outputs) == 0 {
		return nil, errors.New("its graph has no outputs")
	}
	f.dropInitializerInputs()
	return f, nil
}

// dropInitializerInputs removes the inputs that only give an initializer its type, as files before IR version 4 had to.
func (f *File) dropInitializerInputs() {
	kept := f.Inputs[:0]
	for _, in := range f.Inputs {
		if _, ok := f.constants[in.Name]; !ok {
			kept = append(kept, in)
		}
	}
	f.Inputs = kept
}

// OperatorCount is the number of operators that compute something: all nodes but Constant.
func (f *File) OperatorCount() int {
	n := f.Subgraphs
	for _, node := range f.Nodes {
		if node.Op != "Constant" {
			n++
		}
	}
	return n
}

// CheckExternalData reports the first external data file that the model names and that is missing beside it.
func (f *File) CheckExternalData() error {
	dir := filepath.Dir(f.Path)
	for _, name := range f.ExternalFiles {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return fault.Runtimef("the model %q names external data %q outside its own folder; export it again with a plain file name", f.Path, name)
		}
		at := filepath.Join(dir, filepath.FromSlash(name))
		if _, err := os.Stat(at); err != nil {
			return fault.Runtimef("the model %q keeps weights in %q, which is missing: copy %q beside the model", f.Path, at, name)
		}
	}
	return nil
}

// typeNames are the names of TensorProto.DataType.
var typeNames = map[uint64]string{
	1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string", 9: "bool",
	10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128", 16: "bfloat16",
	17: "float8e4m3fn", 18: "float8e4m3fnuz", 19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4", 23: "float4e2m1",
}

func typeName(code uint64) string {
	if name, ok := typeNames[code]; ok {
		return name
	}
	return fmt.Sprintf("type%d", code)
}

// typeBits are the bits that an element takes in an initializer; 0 where that is not fixed (strings).
var typeBits = map[string]int64{
	"float32": 32, "uint8": 8, "int8": 8, "uint16": 16, "int16": 16, "int32": 32, "int64": 64, "bool": 8, "float16": 16,
	"float64": 64, "uint32": 32, "uint64": 64, "complex64": 64, "complex128": 128, "bfloat16": 16, "float8e4m3fn": 8,
	"float8e4m3fnuz": 8, "float8e5m2": 8, "float8e5m2fnuz": 8, "uint4": 4, "int4": 4, "float4e2m1": 4,
}
