package model

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Inspection is what can be said of a model: the JSON of `segmetry inspect --json`. A nil pointer is unknown or does not
// apply; Sure is false where one of kind, activation, layouts, classes, input and output is unknown, and Evidence then
// asks. Nothing in it is a guess.
type Inspection struct {
	Schema       int            `json:"schema"`
	File         string         `json:"file"`
	SHA256       string         `json:"sha256"`
	IRVersion    int64          `json:"ir_version"`
	Opset        int64          `json:"opset"`
	Producer     string         `json:"producer"`
	Parameters   int64          `json:"parameters"` // elements of all constant tensors
	Bytes        int64          `json:"bytes"`      // of the file, without external data
	ExternalData []string       `json:"external_data,omitempty"`
	Precision    []string       `json:"precision"` // element types of the weights, the commonest (by elements) first
	Operators    map[string]int `json:"operators"` // how often each operator type occurs in the main graph
	Inputs       []Port         `json:"inputs"`
	Outputs      []Port         `json:"outputs"`
	Layout       *string        `json:"layout"`
	OutputLayout *string        `json:"output_layout"`
	Channels     *int           `json:"input_channels"`
	Classes      *int           `json:"classes"`
	Kind         *string        `json:"kind"`
	Activation   *string        `json:"activation"` // null for labels
	Input        *string        `json:"input"`
	Output       *string        `json:"output"`
	Dynamic      bool           `json:"dynamic"`       // height or width of the input is free
	Size         *[2]int        `json:"size"`          // [height, width] where fixed
	SizeMultiple *int           `json:"size_multiple"` // what height and width must be multiples of; null where fixed or not tried
	OutputStride *int           `json:"output_stride"` // input size ÷ output size
	Batch        *int           `json:"batch"`         // fixed batch
	Sure         bool           `json:"sure"`
	Evidence     []string       `json:"evidence"`
}

// InspectOption adds to what Inspect may use.
type InspectOption func(*inspector)

type inspector struct {
	options Options
	library *Library
}

// WithLibrary lets Inspect load the model and run it on zeros, which tells the sizes that it takes and gives.
func WithLibrary(lib Library) InspectOption { return func(i *inspector) { i.library = &lib } }

// WithOptions gives Inspect the user's answers: names of input and output, kind, activation, layout. The path is ignored.
func WithOptions(o Options) InspectOption { return func(i *inspector) { i.options = o } }

// Inspect says what the model at path is, from the file alone, and with WithLibrary from trial runs too. Errors are those
// of ReadONNX and of wrong names; a model that cannot be loaded or run is no error but evidence.
func Inspect(ctx context.Context, path string, opts ...InspectOption) (*Inspection, error) {
	in := inspector{options: DefaultOptions()}
	for _, o := range opts {
		o(&in)
	}
	file, err := ReadONNX(path)
	if err != nil {
		return nil, err
	}
	if in.library != nil {
		if err := startRuntime(*in.library); err == nil {
			file.fillShapes()
		}
	}
	sig, err := ReadSignature(file, in.options)
	if err != nil {
		return nil, err
	}
	out := describeFile(file)
	if out.SHA256, _, err = hashFile(path); err != nil {
		return nil, fmt.Errorf("reading the model %q: %w", path, err)
	}
	out.conclude(sig)
	if err := file.CheckExternalData(); err != nil {
		out.Evidence = append(out.Evidence, err.Error())
	} else if in.library != nil {
		out.try(ctx, file, sig, *in.library)
	}
	return out, ctx.Err()
}

// describeFile fills in what the file states.
func describeFile(f *File) *Inspection {
	out := &Inspection{Schema: 1, File: f.Path, IRVersion: f.IRVersion, Opset: f.Opset, Parameters: f.Parameters, Bytes: f.Bytes,
		Producer: strings.TrimSpace(f.Producer + " " + f.ProducerVersion), ExternalData: f.ExternalFiles, Operators: map[string]int{}}
	for _, n := range f.Nodes {
		out.Operators[n.Op]++
	}
	elements := map[string]int64{}
	for _, c := range f.constants {
		elements[c.Type] = addSaturated(elements[c.Type], product(c.Dims))
	}
	for name := range elements {
		out.Precision = append(out.Precision, name)
	}
	slices.SortFunc(out.Precision, func(a, b string) int {
		if elements[a] != elements[b] {
			return map[bool]int{true: -1, false: 1}[elements[a] > elements[b]]
		}
		return strings.Compare(a, b)
	})
	return out
}

// conclude fills in what the signature says, with null for what it leaves open.
func (i *Inspection) conclude(s Signature) {
	i.Inputs, i.Outputs, i.Evidence = s.Inputs, s.Outputs, s.Evidence
	i.Layout, i.OutputLayout, i.Kind, i.Activation = word(s.Layout), word(s.OutputLayout), word(s.Kind), word(s.Activation)
	i.Input, i.Output = word(s.Input), word(s.Output)
	i.Channels, i.Classes, i.Batch = count(s.Channels), count(s.Classes), count(s.Batch)
	if s.Height > 0 && s.Width > 0 {
		i.Size = &[2]int{s.Height, s.Width}
	}
	i.Dynamic = s.Layout != "" && i.Size == nil
	if s.Output != "" && s.Classes == 0 {
		i.Evidence = append(i.Evidence, "how many classes are there? (dataset.classes)")
	}
	i.OutputStride = staticStride(s)
	i.Sure = s.Input != "" && s.Output != "" && s.Layout != "" && s.OutputLayout != "" && s.Kind != "" && s.Classes > 0 &&
		s.Channels > 0 && (s.Activation != "" || s.Kind == KindLabels)
}

func word(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func count(n int) *int {
	if n <= 0 {
		return nil
	}
	return &n
}

// staticStride is the output's stride where the file fixes both sizes.
func staticStride(s Signature) *int {
	for _, p := range s.Outputs {
		if p.Name == s.Output {
			return strideOf(s.Height, s.Width, p.Shape, s.OutputLayout)
		}
	}
	return nil
}

// strideOf is input size ÷ output size where both axes agree on a whole number, else nil.
func strideOf(height, width int, out []int64, layout string) *int {
	var h, w int64
	switch {
	case layout == NHW && len(out) == 3:
		h, w = out[1], out[2]
	case (layout == NCHW || layout == NHWC) && len(out) == 4:
		h, w = spatial(out, layout)
	}
	if h <= 0 || w <= 0 || height <= 0 || int64(height)%h != 0 || int64(width)%w != 0 || int64(height)/h != int64(width)/w {
		return nil
	}
	return count(int(int64(height) / h))
}
