package model

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

func TestDeviceOptionNames(t *testing.T) {
	for name, c := range map[string]struct {
		provider ProviderOptions
		session  SessionOptions
		want     string // "" is accepted
	}{
		"none":            {},
		"known":           {provider: ProviderOptions{"cuda": {"device_id": "1"}, "tensorrt": {"trt_fp16_enable": "1"}, "cpu": {"use_arena": "false"}}},
		"entry":           {session: SessionOptions{"session.intra_op.allow_spinning": "1"}},
		"provider":        {provider: ProviderOptions{"cudda": {}}, want: `did you mean "cuda"?`},
		"option":          {provider: ProviderOptions{"cuda": {"gpu_memlimit": "1"}}, want: `did you mean "gpu_mem_limit"?`},
		"an address":      {provider: ProviderOptions{"cuda": {"user_compute_stream": "1"}}, want: "no option"},
		"another's":       {provider: ProviderOptions{"cpu": {"device_id": "1"}}, want: "model.provider_options.cpu"},
		"unknown entry":   {session: SessionOptions{"session.intra_op.allow_spining": "1"}, want: `did you mean "session.intra_op.allow_spinning"?`},
		"no switch":       {session: SessionOptions{"session.intra_op.allow_spinning": "maybe"}, want: "expected 0 or 1"},
		"arena":           {provider: ProviderOptions{"cpu": {"use_arena": "big"}}, want: "expected 0 or 1"},
		"a long value":    {session: SessionOptions{"optimization.disable_specified_optimizers": strings.Repeat("x", 2000)}, want: "at most 1024"},
		"several at a go": {provider: ProviderOptions{"gpu": {}}, session: SessionOptions{"x": "1"}, want: "model.session_options"},
	} {
		o := DefaultOptions()
		o.Path, o.ProviderOptions, o.SessionOptions = "m.onnx", c.provider, c.session
		err := o.Validate()
		if (err == nil) != (c.want == "") || err != nil && (fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for device := range providerOptionNames {
		if !slices.IsSorted(ProviderOptionNames(device)) {
			t.Errorf("the options of %s are not sorted", device)
		}
	}
	if !slices.IsSorted(SessionOptionNames()) {
		t.Error("the session options are not sorted")
	}
	for _, flag := range sessionFlags {
		if !slices.Contains(sessionOptionNames, flag) {
			t.Errorf("%s is a switch of nothing", flag)
		}
	}
}

// TestEntries: the user's options lie over this program's own.
func TestEntries(t *testing.T) {
	o := Options{SessionOptions: SessionOptions{"session.intra_op.allow_spinning": "true"}, ProviderOptions: ProviderOptions{"cuda": {"use_tf32": "1", "device_id": "2"}}}
	if got := o.sessionEntries(); got["session.intra_op.allow_spinning"] != "1" || got["session.inter_op.allow_spinning"] != "0" {
		t.Error(got)
	}
	if got := o.providerEntries("cuda"); got["use_tf32"] != "1" || got["device_id"] != "2" || got["cudnn_conv_algo_search"] != "HEURISTIC" {
		t.Error(got)
	}
	if got := o.providerEntries("tensorrt"); len(got) != 0 {
		t.Error(got)
	}
}

// TestSessionOptionsReachTheRuntime: an entry that ONNX Runtime refuses is named with its key; others change nothing.
func TestSessionOptionsReachTheRuntime(t *testing.T) {
	path := conv(3, 2, 8).save(t)
	_, r := runnerOf(t, path, func(o *Options) {
		o.SessionOptions = SessionOptions{"session.intra_op.allow_spinning": "true", "session.set_denormal_as_zero": "1"}
		o.ProviderOptions = ProviderOptions{"cpu": {"use_arena": "0"}}
	})
	if p := predict(t, r, []int64{1, 3, 8, 8}, func(int) float32 { return 1 }); p.Logits[0] != 6 {
		t.Errorf("%v", p.Logits[0])
	}
	o := DefaultOptions()
	o.Path, o.Device = path, "cpu"
	o.SessionOptions = SessionOptions{"session.intra_op.allow_spinning": "1", "session.graph_optimizations_loop_level": "many"}
	_, err := Open(context.Background(), runtimeLibrary(t), o)
	if err == nil || fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "model.session_options.session.graph_optimizations_loop_level") || !strings.Contains(err.Error(), `"many"`) {
		t.Errorf("%v", err)
	}
}

// nodesOn is a profile with a node an operator.
func nodesOn(provider string, operators ...string) []record.Node {
	var list []record.Node
	for _, op := range operators {
		list = append(list, record.Node{Name: provider + op, Operator: op, Provider: provider, MS: 1})
	}
	return list
}

// TestChooseDevice plays GPUs that work, are missing, refuse an option, and run nothing.
func TestChooseDevice(t *testing.T) {
	works := func(string) ([]record.Node, error) { return nodesOn(cudaProvider, "Conv"), nil }
	fails := func(err error) func(string) ([]record.Node, error) {
		return func(device string) ([]record.Node, error) {
			if device == "cpu" {
				return nil, nil
			}
			return nil, err
		}
	}
	missing := &providerError{cudaProvider, errors.New("libcuda.so.1: cannot open shared object file")}
	unused := attest(cudaProvider, nodesOn(cpuProvider, "Conv", "Relu"))
	refusal := &refusedError{"model.provider_options.cuda.device_id", "9", errors.New("invalid device ID")}
	for name, c := range map[string]struct {
		device   string
		fallback bool
		without  bool // the library is a build without CUDA
		open     func(string) ([]record.Node, error)
		kind     fault.Kind
		want     string // of the error; "" is none
		tried    string
	}{
		"cpu":                      {device: "cpu", open: works},
		"cuda works":               {device: "cuda", open: works},
		"tensorrt works":           {device: "tensorrt", open: works},
		"auto works":               {device: "auto", open: works},
		"cuda is missing":          {device: "cuda", open: fails(missing), kind: fault.Runtime, want: "no CUDA device"},
		"cuda may fall back":       {device: "cuda", fallback: true, open: fails(missing), tried: "libcuda.so.1"},
		"auto falls back":          {device: "auto", open: fails(missing), tried: "libcuda.so.1"},
		"auto without CUDA":        {device: "auto", without: true, open: fails(missing), tried: buildWithout},
		"cuda runs nothing":        {device: "cuda", open: fails(unused), kind: fault.Runtime, want: "none of the 2 nodes ran on it: all ran on CPUExecutionProvider; set model.allow_fallback"},
		"nothing, may fall back":   {device: "cuda", fallback: true, open: fails(unused), tried: "none of the 2 nodes"},
		"auto, nothing":            {device: "auto", open: fails(unused), tried: "none of the 2 nodes"},
		"an option is refused":     {device: "cuda", fallback: true, open: fails(refusal), kind: fault.Usage, want: `model.provider_options.cuda.device_id: ONNX Runtime refuses "9"`},
		"auto, option refused":     {device: "auto", open: fails(refusal), kind: fault.Usage, want: "device_id"},
		"the model cannot be read": {device: "cuda", open: fails(errors.New("bad graph")), kind: fault.Runtime, want: "loading the model"},
		"tensorrt is missing":      {device: "tensorrt", open: fails(&providerError{tensorrtProvider, errors.New("libnvinfer.so.10")}), kind: fault.Runtime, want: "no TensorrtExecutionProvider"},
	} {
		p, err := chooseDevice(Options{Path: "m.onnx", Device: c.device, AllowFallback: c.fallback}, !c.without, c.open)
		if (err == nil) != (c.want == "") || err != nil && (fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err != nil {
			continue
		}
		if (len(p.tried) > 0) != (c.tried != "") || c.tried != "" && (p.tried[0].Provider != cudaProvider || !strings.Contains(p.tried[0].Why, c.tried)) {
			t.Errorf("%s: tried %+v", name, p.tried)
		}
	}
}

// TestMissingCUDA reads what ONNX Runtime 1.27 said with a driver that finds no card, and without a driver.
func TestMissingCUDA(t *testing.T) {
	const said = "Error creating C session from file: /onnxruntime_src/cuda_call.cc:122 CudaCall [with ERRTYPE = cudaError] CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=-1 ; hostname=x ; expr=cudaSetDevice(info_.device_id);"
	err := missingCUDA(cudaProvider, errors.New(said))
	if want := "no CUDAExecutionProvider: CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version (the NVIDIA driver is missing or older than the CUDA libraries)"; err.Error() != want {
		t.Errorf("%v", err)
	}
	if err := missingCUDA(cpuProvider, errors.New(said)); errors.As(err, new(*providerError)) {
		t.Errorf("%v", err)
	}
	if err := (&providerError{cudaProvider, errors.New("CUDA failure 100: no CUDA-capable device is detected ; GPU=0")}); !strings.Contains(err.Error(), "this machine has no CUDA device") {
		t.Errorf("%v", err)
	}
	if err := (&providerError{tensorrtProvider, errors.New("Failed to load shared library")}); !strings.Contains(err.Error(), "libnvinfer") {
		t.Errorf("%v", err)
	}
}

// TestAttestation holds what a session says of a GPU's profile against the profile.
func TestAttestation(t *testing.T) {
	nodes := append(nodesOn(cudaProvider, "Conv", "Relu", "Conv", "Conv", "Conv", "Conv"), nodesOn(cpuProvider, "Gather", "Shape", "Gather")...)
	for i := range nodes {
		nodes[i].MS = map[string]float64{cudaProvider: 4, cpuProvider: 8}[nodes[i].Provider]
	}
	// the events that ONNX Runtime writes, one a node and run; a node may run twice
	var events strings.Builder
	for i, n := range nodes {
		for _, part := range []float64{0.25, 0.75} {
			fmt.Fprintf(&events, `,{"cat":"Node","name":"%s_%d_kernel_time","dur":%g,"ts":1,"ph":"X","args":{"op_name":"%s","provider":"%s","node_index":"%d"}}`, n.Operator, i, 1000*part*n.MS, n.Operator, n.Provider, i)
		}
		fmt.Fprintf(&events, `,{"cat":"Node","name":"%s_%d_fence_before","dur":9,"args":{"op_name":"%s"}}`, n.Operator, i, n.Operator)
	}
	file := filepath.Join(t.TempDir(), "p.json")
	if err := os.WriteFile(file, []byte(`[{"cat":"Session","name":"model_run","dur":50000,"args":{}}`+events.String()+"]"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &session{engine: &engine{provider: cudaProvider}, profile: func([]int64) ([]record.Node, error) { return readProfiles(filepath.Dir(file)) }}
	if err := s.attest([4]int64{1, 3, 8, 8}); err != nil {
		t.Fatal(err)
	}
	p := s.Placement()
	if want := "3 of 9 nodes ran on CPUExecutionProvider, not on CUDAExecutionProvider (50.0% of the time): 2 Gather, 1 Shape"; p.FellBack != want || !slices.Contains(s.Notes(), want) {
		t.Errorf("%q, want %q", p.FellBack, want)
	}
	if p.Source != "profile" || p.Nodes[cudaProvider] != 6 || p.NodeShare[cudaProvider] != 6./9 || p.TimeShare[cudaProvider] != 0.5 || len(p.Node) != 9 {
		t.Errorf("%+v", p)
	}
	if p := placement(nodesOn(cudaProvider, "Conv")); fellBack(cudaProvider, p) != "" {
		t.Error("nothing fell back")
	}
	for name, c := range map[string]struct {
		allow bool
		nodes []record.Node
		err   error
		want  string
	}{
		"nothing ran there":          {nodes: nodesOn(cpuProvider, "Conv"), want: "none of the 1 nodes"},
		"nothing, and it is allowed": {allow: true, nodes: nodesOn(cpuProvider, "Conv")},
		"the size does not fit":      {err: errors.New("a shape")},
	} {
		calls := 0
		s := &session{engine: &engine{provider: cudaProvider}, allowFallback: c.allow, profile: func([]int64) ([]record.Node, error) { calls++; return c.nodes, c.err }}
		for range 2 {
			err := s.attest([4]int64{1, 3, 8, 8})
			if (err == nil) != (c.want == "") || err != nil && (fault.KindOf(err) != fault.Runtime || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if want := 1; c.err == nil && calls != want {
			t.Errorf("%s: %d profiles", name, calls)
		}
	}
	cpu := &session{engine: &engine{provider: cpuProvider}, nodes: 7, profile: func([]int64) ([]record.Node, error) { panic("the model was run") }}
	if p := cpu.KnownPlacement("interrupted"); p.Source != "assumed" || p.Why != "interrupted" || p.Nodes[cpuProvider] != 7 {
		t.Errorf("%+v", p)
	}
	if p := s.KnownPlacement("interrupted"); p.Source != "profile" || p.Why != "" {
		t.Errorf("%+v", p)
	}
	if err := cpu.attest([4]int64{}); err != nil {
		t.Error(err)
	}
}
