//go:build cgo

package model

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
	ort "github.com/yalue/onnxruntime_go"
)

// newEngine creates the session on the device of the options, see chooseDevice.
func newEngine(sig Signature, o Options) (*engine, placed, error) {
	e := &engine{sig: sig, options: o}
	p, err := chooseDevice(o, hasCUDA(), e.open)
	if err != nil {
		return nil, p, err
	}
	return e, p, nil
}

// open makes the session on a device. On a GPU it also takes the profile of a warm-up: nodes are nil where the model
// could not be run on a guessed size.
func (e *engine) open(device string) ([]record.Node, error) {
	provider := providers[device]
	session, err := e.create(provider, "")
	if err != nil {
		return nil, missingCUDA(provider, err)
	}
	e.session, e.provider = session, provider
	if provider == cpuProvider {
		return nil, nil
	}
	nodes, err := e.profile(e.sig.warmUpShape())
	if err != nil {
		return nil, nil //nolint:nilerr // the first image's size may do: see session.attest
	}
	if err := attest(provider, nodes); err != nil {
		return nil, errors.Join(err, session.Destroy())
	}
	return nodes, nil
}

// hasCUDA reports whether the loaded library comes with the CUDA provider.
func hasCUDA() bool {
	environment.Lock()
	defer environment.Unlock()
	for _, name := range []string{"libonnxruntime_providers_cuda.so", "onnxruntime_providers_cuda.dll"} {
		if _, err := os.Stat(filepath.Join(filepath.Dir(environment.path), name)); err == nil {
			return true
		}
	}
	return false
}

// create is createOnce; where the user's session options are what is refused, its error names the key.
func (e *engine) create(provider, profilePrefix string) (*ort.DynamicAdvancedSession, error) {
	session, err := e.createOnce(provider, profilePrefix)
	if err == nil || len(e.options.SessionOptions) == 0 || errors.As(err, new(*refusedError)) || errors.As(err, new(*providerError)) {
		return session, err
	}
	try := func(entries map[string]string) error {
		probe := *e
		probe.options.SessionOptions = entries
		session, err := probe.createOnce(provider, "")
		if err != nil {
			return err
		}
		return session.Destroy()
	}
	if try(nil) != nil { // the model's fault
		return nil, err
	}
	if found := refused("model.session_options.", e.options.SessionOptions, try); found != nil {
		return nil, found
	}
	return nil, fault.Usagef("model.session_options: ONNX Runtime refuses them together: %w", err)
}

// addEntries adds session configuration entries.
func addEntries(opts *ort.SessionOptions, entries map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		if err := opts.AddSessionConfigEntry(name, entries[name]); err != nil {
			return &refusedError{"model.session_options." + name, entries[name], err}
		}
	}
	return nil
}

// appendProvider adds a GPU provider to session options. TensorRT takes the operators that it can, CUDA the rest.
func (e *engine) appendProvider(opts *ort.SessionOptions, provider string) error {
	if provider == cpuProvider {
		return opts.SetCpuMemArena(flagText(e.options.ProviderOptions["cpu"]["use_arena"]) != "0")
	}
	if err := preloadCUDA(); err != nil {
		return &providerError{provider, err}
	}
	if provider == tensorrtProvider {
		if err := e.appendTensorRT(opts); err != nil {
			return err
		}
	}
	return e.appendCUDA(opts)
}

func (e *engine) appendTensorRT(opts *ort.SessionOptions) error {
	trt, err := ort.NewTensorRTProviderOptions()
	if err != nil {
		return &providerError{tensorrtProvider, err}
	}
	defer trt.Destroy()
	if err := trt.Update(e.options.providerEntries("tensorrt")); err != nil {
		if found := refused("model.provider_options.tensorrt.", e.options.ProviderOptions["tensorrt"], trt.Update); found != nil && missingCUDA(tensorrtProvider, found) == found && trt.Update(map[string]string{"device_id": "0"}) == nil {
			return found
		}
		return &providerError{tensorrtProvider, err}
	}
	if err := opts.AppendExecutionProviderTensorRT(trt); err != nil {
		return &providerError{tensorrtProvider, err}
	}
	return nil
}

func (e *engine) appendCUDA(opts *ort.SessionOptions) error {
	cuda, err := ort.NewCUDAProviderOptions()
	if err != nil {
		return &providerError{cudaProvider, err}
	}
	defer cuda.Destroy()
	if err := cuda.Update(e.options.providerEntries("cuda")); err != nil { // every update begins at ONNX Runtime's defaults
		if found := refused("model.provider_options.cuda.", e.options.ProviderOptions["cuda"], cuda.Update); found != nil && missingCUDA(cudaProvider, found) == found && cuda.Update(map[string]string{"use_tf32": "0"}) == nil {
			return found
		}
		return &providerError{cudaProvider, err}
	}
	if err := opts.AppendExecutionProviderCUDA(cuda); err != nil {
		return &providerError{cudaProvider, err}
	}
	return nil
}
