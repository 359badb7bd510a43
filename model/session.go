package model

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// Session is one loaded model, shared by all workers.
type Session interface {
	// Signature is what the model takes and gives.
	Signature() Signature
	// NewRunner returns a runner for one worker: its own tensors over the shared session. Safe to call concurrently.
	NewRunner() (Runner, error)
	// Placement says which execution provider runs each node of the graph, by ONNX Runtime's own profile of a run on zeros in
	// a session of its own: on a GPU before the first image, on the CPU when it is asked for, on the last image's size (or the
	// model's fixed one).
	Placement() Placement
	// Close frees the model; its runners must have been closed.
	Close() error
}

// Runner runs one image at a time, or several of one size where the model takes them. It is not safe for concurrent use;
// several runners of one session are.
type Runner interface {
	// Input returns the buffer of the input tensor [n, C, H, W] for the caller to fill. It is valid until the next Input
	// with another shape. A shape that the model does not take is an error. n is at most Signature.Images, where that is not
	// 0; a fixed batch that n does not fill is filled up with the first image, whose results are dropped.
	Input(shape []int64) ([]float32, error)
	// Run runs the model on the input. When ctx ends, the run stops at the next operator and ctx's error is returned as it
	// is. The prediction aliases the runner's buffers until its next Run.
	Run(ctx context.Context) (Prediction, error)
	// Close frees the tensors.
	Close() error
}

// Sized is a runner whose model may be given the pictures' size before preprocessing: Original says it, before Input.
type Sized interface {
	Original(height, width int)
}

// Tiler is a runner that can take its picture piece by piece, so that it need not be held as a tensor: Tiles stands in
// Input's place, and fill writes the channels×height×width values from row top and column left on. fill is called until
// Run returns.
type Tiler interface {
	Tiles(shape []int64, fill func(top, left, height, width int, dst []float32)) error
}

// Streamer is a runner that can make its logits while they are read, so that those of a picture much larger than the
// model's window are never held as a whole: Stream stands in Run's place, and what it returns has Rows. Reading them runs
// the model, until ctx ends.
type Streamer interface {
	Stream(ctx context.Context) (Prediction, error)
}

// maxElements bounds a tensor: 8 GiB of float32.
const maxElements = 1 << 31

// session is the Session over an engine.
type session struct {
	path    string
	engine  *engine
	sig     Signature
	decoder Decoder
	nodes   int

	mu     sync.Mutex
	shapes map[[4]int64][]int64 // output shape by input shape, learned from runs
	same   bool                 // every output so far had its input's height and width
	last   [4]int64             // the shape of the last run

	placement record.Placement // once known
	tried     []record.Attempt // providers that did not work
	// allowFallback says that a GPU that runs no node is no error; unused is that error.
	allowFallback bool
	unused        error
	profile       func(shape []int64) ([]record.Node, error)
}

// Open loads the model that the options name under the given runtime library. A missing file or a wrong option is a usage
// error; a file that is no ONNX model, missing external data, an output that no decoder takes and a device that the
// library does not have are runtime errors. ctx is looked at before the slow steps.
func Open(ctx context.Context, lib Library, o Options) (Session, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	file, err := ReadONNX(o.Path)
	if err != nil {
		return nil, err
	}
	if err := file.CheckExternalData(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := startRuntime(lib); err != nil {
		return nil, err
	}
	file.fillShapes()
	sig, err := ReadSignature(file, o)
	if err != nil {
		return nil, err
	}
	decoder, err := sig.usable(o.Path)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	eng, at, err := newEngine(sig, o)
	if err != nil {
		return nil, err
	}
	s := &session{path: o.Path, engine: eng, sig: sig, decoder: decoder, nodes: file.OperatorCount(), shapes: map[[4]int64][]int64{}, same: true, tried: at.tried, profile: eng.profile}
	s.allowFallback = o.AllowFallback || orAuto(o.Device) == "auto"
	s.place(at.nodes)
	return s, nil
}

// fillShapes asks ONNX Runtime for the shapes of outputs whose axes the file does not state; it infers more of them.
func (f *File) fillShapes() {
	complete := true
	for _, v := range f.Outputs {
		complete = complete && v.HasShape
	}
	if complete {
		return
	}
	shapes, err := inferredShapes(f.Path)
	if err != nil {
		return // opening the session reports what is wrong
	}
	for i := range f.Outputs {
		v := &f.Outputs[i]
		shape, ok := shapes[v.Name]
		if v.HasShape || !ok {
			continue
		}
		v.HasShape = true
		for _, n := range shape {
			v.Dims = append(v.Dims, Dim{Size: max(n, -1)})
		}
	}
}

// usable returns the decoder of a model that this version can run, else an error that names what was found and what is
// supported.
func (s Signature) usable(path string) (Decoder, error) {
	switch {
	case len(s.Inputs) == 0:
		return nil, fault.Runtimef("the model %q has no input", path)
	case s.Input == "":
		return nil, fault.Usagef("the model %q: %s", path, strings.Join(s.about(aboutInput), "; "))
	case s.Output == "":
		return nil, fault.Usagef("the model %q: %s", path, strings.Join(s.about(aboutOutput), "; "))
	case len(s.Open) > 0:
		return nil, fault.Usagef("the model %q: %s", path, strings.Join(s.about(aboutSide(s.Open[0])), "; "))
	case knownType("input", s.Input, s.InputType) != nil:
		return nil, fmt.Errorf("the model %q: %w", path, knownType("input", s.Input, s.InputType))
	case s.Layout == "":
		return nil, fault.Usagef("the model %q: %s", path, strings.Join(s.about(aboutLayout), "; "))
	}
	for _, p := range s.Inputs {
		least := slices.DeleteFunc(slices.Clone(p.Shape), func(n int64) bool { return n < 1 })
		if n := product(least); n > maxElements {
			return nil, fault.Runtimef("the model %q: input %q of shape %v has %d elements or more; at most %d can be fed", path, p.Name, p.Shape, n, int64(maxElements))
		}
	}
	d, err := decoderFor(s)
	if err != nil {
		return nil, fmt.Errorf("the model %q: %w", path, err)
	}
	return d, nil
}

// about returns what is said about a conclusion.
func (s *Signature) about(what string) []string {
	var list []string
	for _, c := range s.Clues {
		if c.About == what {
			list = append(list, c.Text)
		}
	}
	return list
}

// original says whether the output's size may depend on the picture's size before preprocessing.
func (s Signature) original() bool {
	return slices.ContainsFunc(s.Sides, func(side Side) bool { return side.picture() })
}

func portNames(ports []Port) string {
	list := make([]string, len(ports))
	for i, p := range ports {
		list[i] = fmt.Sprintf("%q", p.Name)
	}
	return strings.Join(list, ", ")
}

func (s *session) Signature() Signature { return s.sig }

// Rewritten implements Rewritten.
func (s *session) Rewritten() map[string]int { return s.engine.rewrote }

// Close implements Session.
func (s *session) Close() error { return s.engine.close() }

// expected returns the output shape that a run with this input shape will give, nil where it is not known.
func (s *session) expected(in [4]int64) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sig.original() {
		return nil
	}
	if shape, ok := s.shapes[in]; ok {
		return shape
	}
	if s.same && len(s.shapes) > 0 && s.sig.Classes > 0 {
		return []int64{in[0], int64(s.sig.Classes), in[2], in[3]}
	}
	return nil
}

// known returns the output shape that a run with this input shape has given, nil where there was none.
func (s *session) known(in [4]int64) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sig.original() {
		return nil
	}
	return s.shapes[in]
}

// maxShapes bounds what a session remembers of output shapes; beyond it, shapes are learned anew by each run.
const maxShapes = 1 << 14

// learn remembers the output shape of a run.
func (s *session) learn(in [4]int64, out []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = in
	if _, ok := s.shapes[in]; ok {
		return
	}
	if len(out) != 4 || out[2] != in[2] || out[3] != in[3] {
		s.same = false
	}
	if len(s.shapes) < maxShapes {
		s.shapes[in] = out
	}
}

// forget gives up the assumption that outputs have their input's size.
func (s *session) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.same = false
}
