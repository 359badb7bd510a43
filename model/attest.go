package model

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// Names of execution providers, as ONNX Runtime writes them in profiles.
const (
	cpuProvider      = "CPUExecutionProvider"
	cudaProvider     = "CUDAExecutionProvider"
	tensorrtProvider = "TensorrtExecutionProvider"
)

// providers are the execution providers by device.
var providers = map[string]string{"cpu": cpuProvider, "cuda": cudaProvider, "tensorrt": tensorrtProvider}

// providerError is an execution provider that the library or the machine does not have.
type providerError struct {
	provider string
	err      error
}

func (e *providerError) Error() string {
	text := plainCUDA(e.err.Error())
	hint := cudaHint(text)
	if hint == "" && e.provider == tensorrtProvider {
		hint = " (TensorRT's own libraries, libnvinfer and libnvonnxparser, come from NVIDIA and are not fetched)"
	}
	return fmt.Sprintf("no %s: %s%s", e.provider, text, hint)
}
func (e *providerError) Unwrap() error { return e.err }

// cudaFailure is how ONNX Runtime's CUDA provider begins what the driver or a card answered.
const cudaFailure = "CUDA failure "

// plainCUDA is what the driver answered, without where in ONNX Runtime's source it was asked.
func plainCUDA(text string) string {
	if i := strings.Index(text, cudaFailure); i >= 0 {
		text, _, _ = strings.Cut(text[i:], " ; ")
	} else if i := strings.Index(text, "Failed to load library"); i >= 0 {
		text = text[i:]
	}
	return strings.TrimRight(text, ".\n ")
}

// missingCUDA turns an error that is the driver's or the card's into one of the provider; others are returned as they are.
func missingCUDA(provider string, err error) error {
	if errors.As(err, new(*providerError)) {
		return err
	}
	if provider != cpuProvider && err != nil && strings.Contains(err.Error(), cudaFailure) {
		return &providerError{provider, err}
	}
	return err
}

// unusedError is an execution provider that was loaded and ran nothing.
type unusedError struct {
	provider string
	nodes    []record.Node
}

func (e *unusedError) Error() string {
	p := placement(e.nodes)
	return fmt.Sprintf("%s was loaded, but by ONNX Runtime's profile none of the %d nodes ran on it: all ran on %s", e.provider, len(e.nodes), strings.Join(slices.Sorted(maps.Keys(p.Nodes)), ", "))
}

// attest holds a profile against the provider that was asked for.
func attest(provider string, nodes []record.Node) error {
	if provider == cpuProvider || len(nodes) == 0 || slices.ContainsFunc(nodes, func(n record.Node) bool { return n.Provider == provider }) {
		return nil
	}
	return &unusedError{provider, nodes}
}

// placed is where a model was placed, and what was tried before.
type placed struct {
	nodes []record.Node // of the warm-up's profile on a GPU; nil where there is none
	tried []record.Attempt
}

// buildWithout is why auto does not try CUDA.
const buildWithout = "the ONNX Runtime library is a build without it"

// chooseDevice opens a model on the device of the options. auto takes CUDA where the library comes with it and it works,
// else the CPU; cuda and tensorrt are an error where they do not work, and fall back to the CPU only with AllowFallback.
// open is called with cpu, cuda or tensorrt. An option that ONNX Runtime refuses is a usage error and never a reason to fall
// back.
func chooseDevice(o Options, hasCUDA bool, open func(device string) ([]record.Node, error)) (placed, error) {
	var p placed
	device := orAuto(o.Device)
	gpu := map[string]string{"cuda": "cuda", "tensorrt": "tensorrt"}[device]
	if device == "auto" && hasCUDA {
		gpu = "cuda"
	} else if device == "auto" {
		p.tried = append(p.tried, record.Attempt{Provider: cudaProvider, Why: buildWithout})
	}
	var err error
	if gpu != "" {
		if p.nodes, err = open(gpu); err == nil {
			return p, nil
		}
		if err := deviceError(o, device, err); err != nil {
			return p, err
		}
		p.tried = append(p.tried, record.Attempt{Provider: providers[gpu], Why: err.Error()})
	}
	p.nodes, err = open("cpu")
	switch {
	case errors.As(err, new(*refusedError)):
		err = fault.Usagef("%w", err)
	case err != nil:
		err = fault.Wrap(fault.Runtime, fmt.Errorf("loading the model %q: %w", o.Path, err))
	}
	return p, err
}

// deviceError is the error of a GPU that does not work, nil where the CPU may stand in for it.
func deviceError(o Options, device string, err error) error {
	switch {
	case errors.As(err, new(*refusedError)):
		return fault.Usagef("%w", err)
	case device == "auto" || o.AllowFallback:
		return nil
	case errors.As(err, new(*unusedError)):
		return fault.Runtimef("device %s: %w; set model.allow_fallback: true to let them, or use --device cpu", device, err)
	case errors.As(err, new(*providerError)):
		return fault.Runtimef("device %s: %w; it needs an NVIDIA GPU, its driver, and ONNX Runtime with CUDA (segmetry runtime install --cuda fetches it, or name one with --runtime or %s); or use --device cpu", device, err, runtimeVariable)
	}
	return fault.Wrap(fault.Runtime, fmt.Errorf("loading the model %q on %s: %w", o.Path, device, err))
}

// cudaHint says in plain words what is missing where ONNX Runtime names a file or a code alone.
func cudaHint(text string) string {
	switch {
	case strings.Contains(text, "libcuda.so"):
		return " (libcuda.so.1 is part of the NVIDIA driver: this machine has no CUDA device, or no driver for it)"
	case strings.HasPrefix(text, cudaFailure+"100:"):
		return " (this machine has no CUDA device)"
	case strings.HasPrefix(text, cudaFailure+"35:"):
		return " (the NVIDIA driver is missing or older than the CUDA libraries)"
	}
	return ""
}

// warmUpShape is a shape to warm a model up with: its own, and freeAxis where an axis is free.
func (s Signature) warmUpShape() []int64 {
	const freeAxis = 256 // a multiple of what models divide their input by
	size := func(n, free int) int64 { return int64(cmp.Or(n, free)) }
	return []int64{1, size(s.Channels, 3), size(s.Height, freeAxis), size(s.Width, freeAxis)}
}

// fellBack says in one line which nodes ran on another provider than the one asked for, "" where none did.
func fellBack(provider string, p record.Placement) string {
	elsewhere, share := map[string]int{}, 0.0
	count := 0
	for _, n := range p.Node {
		if n.Provider != provider {
			elsewhere[n.Operator]++
			count++
		}
	}
	if provider == cpuProvider || count == 0 {
		return ""
	}
	for name, s := range p.TimeShare {
		if name != provider {
			share += s
		}
	}
	operators := slices.SortedFunc(maps.Keys(elsewhere), func(a, b string) int {
		return cmp.Or(elsewhere[b]-elsewhere[a], strings.Compare(a, b))
	})
	const named = 12
	var list []string
	for i, op := range operators {
		if i == named {
			list = append(list, fmt.Sprintf("%d more", len(operators)-named))
			break
		}
		list = append(list, fmt.Sprintf("%d %s", elsewhere[op], op))
	}
	others := slices.Sorted(maps.Keys(p.Nodes))
	others = slices.DeleteFunc(others, func(name string) bool { return name == provider })
	return fmt.Sprintf("%d of %d nodes ran on %s, not on %s (%.1f%% of the time): %s", count, len(p.Node), strings.Join(others, " and "), provider, 100*share, strings.Join(list, ", "))
}
