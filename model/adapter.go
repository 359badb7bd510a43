//go:build cgo

package model

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
	ort "github.com/yalue/onnxruntime_go"
)

// The files adapter*.go are the only ones that know onnxruntime_go. Facts it relies on, read in that module's source (v1.27.0):
// the environment is a process-wide global without locks; DynamicAdvancedSession may run concurrently; tensors alias the
// Go slices that they are made over without pinning them; a run option's terminate flag stays set until it is unset.

// environment is the one loaded ONNX Runtime of this process. It is never unloaded: its threads may outlive a session.
var environment struct {
	sync.Mutex
	path string
}

// startRuntime loads the library once. A second call with the same library does nothing; another library is an error,
// because one process can hold one.
func startRuntime(lib Library) error {
	environment.Lock()
	defer environment.Unlock()
	switch {
	case environment.path == lib.Path && environment.path != "":
		return nil
	case environment.path != "":
		return fault.Runtimef("ONNX Runtime is already loaded from %q; one process cannot load %q too", environment.path, lib.Path)
	}
	if lib.Path == "" {
		return fault.Runtimef("no ONNX Runtime library was named")
	}
	ort.SetSharedLibraryPath(lib.Path)
	err := startLog(lib.Path)
	if err == nil {
		err = ort.InitializeEnvironment(ort.WithLogLevelWarning())
	}
	if err != nil {
		return fault.Runtimef("loading ONNX Runtime from %q: %w; it must be a shared library of ONNX Runtime %s or later for %s/%s", lib.Path, err, minVersion, runtime.GOOS, runtime.GOARCH)
	}
	environment.path = lib.Path
	_ = ort.DisableTelemetry() // a courtesy: only Windows builds have any
	return nil
}

// loadedVersion is the version that the loaded library states, "" when none is loaded.
func loadedVersion() string {
	environment.Lock()
	defer environment.Unlock()
	if environment.path == "" {
		return ""
	}
	return ort.GetVersion()
}

// inferredShapes asks ONNX Runtime for the shapes of a model's outputs; dynamic axes are -1.
func inferredShapes(path string) (map[string][]int64, error) {
	opts, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer opts.Destroy()
	if err := opts.SetLogSeverityLevel(ort.LoggingLevelFatal); err != nil { // the session to come logs the same once more
		return nil, err
	}
	_, outputs, err := ort.GetInputOutputInfoWithOptions(path, opts)
	if err != nil {
		return nil, err
	}
	shapes := map[string][]int64{}
	for _, o := range outputs {
		if o.OrtValueType == ort.ONNXTypeTensor {
			shapes[o.Name] = o.Dimensions
		}
	}
	return shapes, nil
}

// engine is one session of ONNX Runtime.
type engine struct {
	session  *ort.DynamicAdvancedSession
	sig      Signature
	options  Options
	provider string // the one that was asked for and works
	rewrote  map[string]int
}

// createOnce makes a session on a provider; with a prefix, one that writes a profile when it is destroyed.
func (e *engine) createOnce(provider, profilePrefix string) (*ort.DynamicAdvancedSession, error) {
	opts, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer opts.Destroy()
	threads := max(e.options.Threads, 1)
	steps := []error{
		opts.SetLogSeverityLevel(ort.LoggingLevelWarning), // counted, see RuntimeLog
		opts.SetIntraOpNumThreads(threads),
		opts.SetInterOpNumThreads(1),
		addEntries(opts, e.options.sessionEntries()),
	}
	if profilePrefix != "" { // the session that ran the images has logged the same already
		steps = append(steps, opts.EnableProfiling(profilePrefix), opts.SetLogSeverityLevel(ort.LoggingLevelFatal))
	}
	if err := errors.Join(steps...); err != nil {
		return nil, err
	}
	if err := e.appendProvider(opts, provider); err != nil {
		return nil, err
	}
	if provider == cpuProvider && e.options.Rewrite {
		// Where the rewritten model is refused, the file as it is must say why.
		if session := e.createRewritten(opts); session != nil {
			return session, nil
		}
	}
	return ort.NewDynamicAdvancedSession(e.options.Path, e.sig.feeds(), []string{e.sig.Output}, opts)
}

// createRewritten makes a session on the file rewritten, nil where there is nothing to rewrite.
func (e *engine) createRewritten(opts *ort.SessionOptions) *ort.DynamicAdvancedSession {
	text, count, err := rewritten(e.options.Path)
	if err != nil || text == nil {
		return nil
	}
	session, err := ort.NewDynamicAdvancedSessionWithONNXData(text, e.sig.feeds(), []string{e.sig.Output}, opts)
	if err != nil {
		return nil
	}
	e.rewrote = count
	return session
}

func (e *engine) close() error { return e.session.Destroy() }

// profile runs the model once on zeros in a session of its own that writes ONNX Runtime's profile, and returns the nodes.
func (e *engine) profile(shape []int64) ([]record.Node, error) {
	dir, err := os.MkdirTemp("", "segmetry-profile-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	session, err := e.create(e.provider, filepath.Join(dir, "p"))
	if err != nil {
		return nil, err
	}
	probe := &engine{session: session, sig: e.sig, options: e.options, provider: e.provider}
	err = probe.once(shape)
	if err := errors.Join(err, session.Destroy()); err != nil {
		return nil, err
	}
	return readProfiles(dir)
}

// once runs the model on zeros of a shape.
func (e *engine) once(shape []int64) error {
	if n := product(e.sig.inputShape([4]int64(shape))); n > maxElements {
		return fmt.Errorf("an input of shape %v has more than %d elements", shape, int64(maxElements))
	}
	s, err := e.newSlot()
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.bindSides(e.sig.Sides, [4]int64(shape), [2]int64{}); err != nil {
		return err
	}
	if !e.sig.plain() {
		fed := e.sig.inputShape([4]int64(shape))
		if err := s.bindTyped(fed, make([]byte, product(fed)*int64(codecs[e.sig.InputType].size))); err != nil {
			return err
		}
		_, _, err = s.runTyped(context.Background(), nil, nil)
		return err
	}
	if err := s.bindInput(shape, make([]float32, product(shape))); err != nil {
		return err
	}
	_, err = s.run(context.Background(), nil, nil)
	return err
}

// slot holds one worker's tensors and run options.
type slot struct {
	engine  *engine
	opts    *ort.RunOptions
	input   *ort.Tensor[float32]
	typed   *ort.CustomDataTensor // the input of models that take another type
	output  *ort.Tensor[float32]
	outFor  []float32 // the slice that output is made over
	pinIn   runtime.Pinner
	pinSide runtime.Pinner
	pinOut  runtime.Pinner
	inputs  []ort.Value // the image, then the inputs beside it
	outputs [1]ort.Value
}

func (e *engine) newSlot() (*slot, error) {
	opts, err := ort.NewRunOptions()
	if err != nil {
		return nil, fault.Runtimef("making run options: %w", err)
	}
	return &slot{engine: e, opts: opts, inputs: make([]ort.Value, 1+len(e.sig.Sides))}, nil
}

// bindInput makes the input tensor over data. The slice is pinned while the tensor lives, because C holds its address.
func (s *slot) bindInput(shape []int64, data []float32) error {
	s.dropInput()
	s.pinIn.Pin(&data[0])
	t, err := ort.NewTensor(ort.Shape(shape), data)
	if err != nil {
		s.pinIn.Unpin()
		return err
	}
	s.input = t
	return nil
}

func (s *slot) dropInput() {
	if s.typed != nil {
		s.typed.Destroy()
		s.typed = nil
	}
	if s.input != nil {
		s.input.Destroy()
		s.input = nil
	}
	s.pinIn.Unpin()
}

// bindOutput makes the output tensor over buf, or keeps the one that is there already.
func (s *slot) bindOutput(shape []int64, buf []float32) error {
	if s.output != nil && s.output.GetShape().Equals(shape) && len(s.outFor) == len(buf) && &s.outFor[0] == &buf[0] {
		return nil
	}
	s.dropOutput()
	s.pinOut.Pin(&buf[0])
	t, err := ort.NewTensor(ort.Shape(shape), buf)
	if err != nil {
		s.pinOut.Unpin()
		return err
	}
	s.output, s.outFor = t, buf
	return nil
}

func (s *slot) dropOutput() {
	if s.output != nil {
		s.output.Destroy()
		s.output, s.outFor = nil, nil
	}
	s.pinOut.Unpin()
}

// run runs the session into buf of the given shape, or, where shape is nil, into memory that ONNX Runtime allocates (a
// copy of which is returned).
func (s *slot) run(ctx context.Context, shape []int64, buf []float32) (Tensor, error) {
	s.inputs[0], s.outputs[0] = s.input, nil
	if shape != nil {
		if err := s.bindOutput(shape, buf); err != nil {
			return Tensor{}, err
		}
		s.outputs[0] = s.output
	}
	if err := s.runUntil(ctx); err != nil {
		return Tensor{}, err
	}
	if shape != nil {
		return Tensor{Shape: shape, Data: buf}, nil
	}
	defer s.outputs[0].Destroy() // its data is Go memory and outlives the tensor
	t, ok := s.outputs[0].(*ort.Tensor[float32])
	if !ok {
		return Tensor{}, fmt.Errorf("output %q is not a float32 tensor", s.engine.sig.Output)
	}
	return Tensor{Shape: t.GetShape(), Data: t.GetData()}, nil
}

// runUntil runs, and asks ONNX Runtime to stop at the next operator when ctx ends.
func (s *slot) runUntil(ctx context.Context) error {
	asked := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(asked)
		_ = s.opts.Terminate()
	})
	err := s.engine.session.RunWithOptions(s.inputs, s.outputs[:], s.opts)
	runtime.KeepAlive(s)
	if !stop() {
		<-asked // Terminate must be over before the flag is cleared or the options are freed
		if err := s.opts.UnsetTerminate(); err != nil {
			return err
		}
		return ctx.Err()
	}
	return err
}

// close frees the tensors and options.
func (s *slot) close() error {
	s.dropInput()
	s.dropOutput()
	s.dropSides()
	return s.opts.Destroy()
}
