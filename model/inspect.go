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
	Schema       int               `json:"schema"`
	File         string            `json:"file"`
	SHA256       string            `json:"sha256"`
	IRVersion    int64             `json:"ir_version"`
	Opset        int64             `json:"opset"`
	Opsets       map[string]int64  `json:"opsets"`             // by domain; "" is the default one
	Metadata     map[string]string `json:"metadata,omitempty"` // metadata_props
	Graph        string            `json:"graph,omitempty"`
	Producer     string            `json:"producer"`
	Parameters   int64             `json:"parameters"`   // elements of all constant tensors
	Bytes        int64             `json:"bytes"`        // of the file, without external data
	WeightBytes  int64             `json:"weight_bytes"` // of all constant tensors, external data included
	ExternalData []string          `json:"external_data,omitempty"`
	Precision    []string          `json:"precision"` // element types of the weights, the commonest (by elements) first
	Operators    map[string]int    `json:"operators"` // how often each operator type occurs in the main graph
	// Feeds are what the inputs beside the image are given: a word of model.inputs, or numbers.
	Feeds map[string]Feed `json:"feeds,omitempty"`
	// How integer elements stand for real numbers: scale·(element − zero point); null where they do not.
	InputQuantised  *Quantised `json:"input_quantised"`
	OutputQuantised *Quantised `json:"output_quantised"`
	Inputs          []Port     `json:"inputs"`
	Outputs         []Port     `json:"outputs"`
	Layout          *string    `json:"layout"`
	OutputLayout    *string    `json:"output_layout"`
	Channels        *int       `json:"input_channels"`
	Classes         *int       `json:"classes"`
	Kind            *string    `json:"kind"`
	Activation      *string    `json:"activation"` // null for labels
	Input           *string    `json:"input"`
	Output          *string    `json:"output"`
	Dynamic         bool       `json:"dynamic"`       // height or width of the input is free
	Size            *[2]int    `json:"size"`          // [height, width] where fixed
	SizeMultiple    *int       `json:"size_multiple"` // what height and width must be multiples of; null where fixed or not tried
	OutputStride    *int       `json:"output_stride"` // input size ÷ output size
	Batch           *int       `json:"batch"`         // fixed batch
	Runs            *bool      `json:"runs"`          // a trial run worked; null where none was made
	Sure            bool       `json:"sure"`
	Evidence        []string   `json:"evidence"`
	// Conclusions are the same one by one, each with its evidence and whether it is sure.
	Conclusions []Conclusion `json:"conclusions"`

	clues []Clue
}

// Conclusion is one thing that was concluded of a model, or that is asked.
type Conclusion struct {
	About    string   `json:"about"` // input, output, layout, output_layout, kind, activation, classes, inputs.NAME, trial
	Value    string   `json:"value"` // "" where it is unknown
	Sure     bool     `json:"sure"`
	Evidence []string `json:"evidence"`
	// Question is what must be answered, with the key that answers it; "" where it is sure.
	Question string `json:"question,omitempty"`
}

const aboutTrial = "trial"

// note adds a piece of evidence; in doubt, nothing is sure any more.
func (i *Inspection) note(about, text string, doubt bool) {
	i.Evidence = append(i.Evidence, text)
	i.clues = append(i.clues, Clue{about, text, doubt})
	if doubt && about != aboutTrial {
		i.Sure = false
	}
}

// InspectOption adds to what Inspect may use.
type InspectOption func(*inspector)

type inspector struct {
	options Options
	library *Library
}

// WithLibrary lets Inspect load the model and run it on a rendered picture, which tells the sizes that it takes and gives.
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
		out.note(aboutTrial, err.Error(), true)
	} else if in.library != nil {
		out.try(ctx, file, sig, *in.library)
	}
	out.sum(sig)
	return out, ctx.Err()
}

// describeFile fills in what the file states.
func describeFile(f *File) *Inspection {
	out := &Inspection{Schema: 1, File: f.Path, IRVersion: f.IRVersion, Opset: f.Opset, Parameters: f.Parameters, Bytes: f.Bytes,
		Producer: strings.TrimSpace(f.Producer + " " + f.ProducerVersion), ExternalData: f.ExternalFiles, Operators: map[string]int{},
		Opsets: f.Opsets, Metadata: f.Metadata, Graph: f.GraphName, WeightBytes: f.InitializerBytes}
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
	i.Inputs, i.Outputs, i.Evidence, i.clues = s.Inputs, s.Outputs, slices.Clone(s.Evidence), slices.Clone(s.Clues)
	i.Layout, i.OutputLayout, i.Kind, i.Activation = word(s.Layout), word(s.OutputLayout), word(s.Kind), word(s.Activation)
	i.Input, i.Output = word(s.Input), word(s.Output)
	i.Channels, i.Classes, i.Batch = count(s.Channels), count(s.Classes), count(s.Batch)
	if s.Height > 0 && s.Width > 0 {
		i.Size = &[2]int{s.Height, s.Width}
	}
	i.Dynamic = s.Layout != "" && i.Size == nil
	if s.Output != "" && s.Classes == 0 {
		i.note(aboutClasses, "how many classes are there? (dataset.classes)", true)
	}
	i.OutputStride = staticStride(s)
	for _, side := range s.Sides {
		if i.Feeds == nil {
			i.Feeds = map[string]Feed{}
		}
		i.Feeds[side.Name] = side.Feed
	}
	if q := s.InputQuantised; !q.none() {
		i.InputQuantised = &q
	}
	if q := s.OutputQuantised; !q.none() {
		i.OutputQuantised = &q
	}
	i.Sure = s.Input != "" && s.Output != "" && s.Layout != "" && s.OutputLayout != "" && s.Kind != "" && s.Classes > 0 &&
		s.Channels > 0 && (s.Activation != "" || s.Kind == KindLabels) && len(s.Open) == 0 &&
		!slices.ContainsFunc(s.Clues, func(c Clue) bool { return c.Doubt })
}

// sum gathers the conclusions with their evidence.
func (i *Inspection) sum(s Signature) {
	value := func(p *string) string {
		if p == nil {
			return ""
		}
		return *p
	}
	add := func(about, value string) {
		c := Conclusion{About: about, Value: value, Sure: value != "", Evidence: []string{}}
		for _, clue := range i.clues {
			if clue.About != about {
				continue
			}
			c.Evidence = append(c.Evidence, clue.Text)
			if clue.Doubt {
				c.Sure, c.Question = false, clue.Text
			}
		}
		i.Conclusions = append(i.Conclusions, c)
	}
	add(aboutInput, value(i.Input))
	add(aboutLayout, value(i.Layout))
	for _, p := range s.Inputs {
		if p.Name == s.Input || s.Input == "" {
			continue
		}
		f, ok := i.Feeds[p.Name]
		text := f.Word
		if ok && text == "" {
			text = strings.Trim(fmt.Sprint(f.Numbers), "[]")
		}
		add(aboutSide(p.Name), text)
	}
	add(aboutOutput, value(i.Output))
	add(aboutOutputLayout, value(i.OutputLayout))
	add(aboutKind, value(i.Kind))
	if i.Kind == nil || *i.Kind != KindLabels {
		add(aboutActivation, value(i.Activation))
	}
	classes := ""
	if i.Classes != nil {
		classes = fmt.Sprint(*i.Classes)
	}
	add(aboutClasses, classes)
	trial := ""
	if i.Runs != nil {
		trial = map[bool]string{true: "runs", false: "fails"}[*i.Runs]
	}
	add(aboutTrial, trial)
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
	if len(out) != len(layout) {
		return nil
	}
	h, w := axis(out, layout, 'h'), axis(out, layout, 'w')
	if h <= 0 || w <= 0 || height <= 0 || int64(height)%h != 0 || int64(width)%w != 0 || int64(height)/h != int64(width)/w {
		return nil
	}
	return count(int(int64(height) / h))
}
