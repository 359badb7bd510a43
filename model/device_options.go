package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

// ProviderOptions are options of ONNX Runtime's execution providers by device (cpu, cuda, tensorrt) and ONNX Runtime's own
// name; values are text as ONNX Runtime reads it. `true` and `false` stand for 1 and 0.
type ProviderOptions map[string]map[string]string

// SessionOptions are ONNX Runtime's session configuration entries by their own name, such as
// session.intra_op.allow_spinning.
type SessionOptions map[string]string

// providerOptionNames are the options that ONNX Runtime 1.27 reads, by device. Those that hold addresses of functions or
// streams are left out: a number from a configuration would be followed.
var providerOptionNames = map[string][]string{
	"cpu": {"use_arena"},
	"cuda": {"arena_extend_strategy", "cudnn_conv1d_pad_to_nc1d", "cudnn_conv_algo_search", "cudnn_conv_use_max_workspace", "device_id",
		"do_copy_in_default_stream", "enable_cuda_graph", "enable_skip_layer_norm_strict_mode", "fuse_conv_bias", "gpu_mem_limit", "prefer_nhwc",
		"sdpa_kernel", "tunable_op_enable", "tunable_op_max_tuning_duration_ms", "tunable_op_tuning_enable", "use_ep_level_unified_stream", "use_tf32"},
	"tensorrt": {"device_id", "trt_auxiliary_streams", "trt_bf16_enable", "trt_build_heuristics_enable", "trt_builder_optimization_level",
		"trt_context_memory_sharing_enable", "trt_cuda_graph_enable", "trt_detailed_build_log", "trt_dla_core", "trt_dla_enable", "trt_dump_subgraphs",
		"trt_engine_cache_enable", "trt_engine_cache_path", "trt_engine_cache_prefix", "trt_engine_hw_compatible", "trt_force_sequential_engine_build",
		"trt_force_timing_cache", "trt_fp16_enable", "trt_int8_calibration_table_name", "trt_int8_enable", "trt_int8_use_native_calibration_table",
		"trt_layer_norm_fp32_fallback", "trt_max_partition_iterations", "trt_max_workspace_size", "trt_min_subgraph_size", "trt_op_types_to_exclude",
		"trt_preview_features", "trt_profile_max_shapes", "trt_profile_min_shapes", "trt_profile_opt_shapes", "trt_sparsity_enable", "trt_tactic_sources",
		"trt_timing_cache_enable", "trt_timing_cache_path"},
}

// sessionOptionNames are the entries that change how a session runs; those that write files, load other formats or change
// what a session is for are left out. ONNX Runtime takes any name without a word, so a typing error would go unseen.
var sessionOptionNames = []string{
	"mlas.enable_gemm_fastmath_arm64_bfloat16", "mlas.use_lut_gemm",
	"optimization.constant_folding_max_output_size_in_bytes", "optimization.disable_specified_optimizers",
	"optimization.enable_cast_chain_elimination", "optimization.enable_gelu_approximation",
	"session.disable_aot_function_inlining", "session.disable_cpu_ep_fallback", "session.disable_double_qdq_remover", "session.disable_prepacking",
	"session.disable_qdq_constant_folding", "session.disable_quant_qdq", "session.dynamic_block_base", "session.enable_dq_matmulnbits_fusion",
	"session.enable_quant_qdq_cleanup", "session.force_spinning_stop", "session.graph_optimizations_loop_level",
	"session.inter_op.allow_spinning", "session.inter_op.spin_backoff_max", "session.inter_op.spin_duration_us",
	"session.intra_op.allow_spinning", "session.intra_op.spin_backoff_max", "session.intra_op.spin_duration_us", "session.intra_op_thread_affinities",
	"session.qdq_matmulnbits_accuracy_level", "session.qdq_matmulnbits_block_size", "session.qdqisint8allowed",
	"session.set_denormal_as_zero", "session.strict_shape_type_inference", "session.use_device_allocator_for_initializers", "session.x64quantprecision",
}

// sessionFlags are the entries of which ONNX Runtime takes everything but 1 for 0 without a word.
var sessionFlags = []string{
	"optimization.enable_cast_chain_elimination", "optimization.enable_gelu_approximation",
	"session.disable_aot_function_inlining", "session.disable_cpu_ep_fallback", "session.disable_double_qdq_remover", "session.disable_prepacking",
	"session.disable_qdq_constant_folding", "session.disable_quant_qdq", "session.enable_quant_qdq_cleanup", "session.force_spinning_stop",
	"session.inter_op.allow_spinning", "session.intra_op.allow_spinning", "session.qdqisint8allowed", "session.set_denormal_as_zero",
	"session.use_device_allocator_for_initializers", "session.x64quantprecision",
}

// ProviderOptionNames are the options that a device's provider takes, in alphabetical order; nil for an unknown device.
func ProviderOptionNames(device string) []string { return slices.Clone(providerOptionNames[device]) }

// SessionOptionNames are the session configuration entries that model.session_options takes, in alphabetical order.
func SessionOptionNames() []string { return slices.Clone(sessionOptionNames) }

// validate returns a usage error for every name that is not known.
func (p ProviderOptions) validate() (errs []error) {
	devices := slices.Sorted(maps.Keys(providerOptionNames))
	for _, device := range slices.Sorted(maps.Keys(p)) {
		known, ok := providerOptionNames[device]
		if !ok {
			errs = append(errs, fault.Usagef("model.provider_options: no provider %q; expected %s%s", device, strings.Join(devices, ", "), didYouMean(device, devices)))
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(p[device])) {
			if !slices.Contains(known, name) {
				errs = append(errs, fault.Usagef("model.provider_options.%s: no option %q%s", device, name, didYouMean(name, known)))
			}
		}
	}
	if v := p["cpu"]["use_arena"]; v != "" && !isFlag(v) {
		errs = append(errs, fault.Usagef("model.provider_options.cpu.use_arena: found %q; expected 0 or 1", v))
	}
	return errs
}

// validate returns a usage error for every name that is not known and every switch that is neither 0 nor 1.
func (s SessionOptions) validate() (errs []error) {
	for _, name := range slices.Sorted(maps.Keys(s)) {
		switch v := s[name]; {
		case !slices.Contains(sessionOptionNames, name):
			errs = append(errs, fault.Usagef("model.session_options: no entry %q%s", name, didYouMean(name, sessionOptionNames)))
		case slices.Contains(sessionFlags, name) && !isFlag(v):
			errs = append(errs, fault.Usagef("model.session_options: %s: found %q; expected 0 or 1", name, v))
		case len(v) > 1024:
			errs = append(errs, fault.Usagef("model.session_options: %s: a value of %d bytes; ONNX Runtime takes at most 1024", name, len(v)))
		}
	}
	return errs
}

func isFlag(v string) bool { return slices.Contains([]string{"0", "1", "true", "false"}, v) }

// flagText is how ONNX Runtime reads a switch.
func flagText(v string) string {
	switch v {
	case "true":
		return "1"
	case "false":
		return "0"
	}
	return v
}

// sessionEntries are the entries of every session: this program's own choices under the user's.
func (o Options) sessionEntries() map[string]string {
	entries := map[string]string{
		"session.intra_op.allow_spinning": "0", // spinning steals the other stages' time
		"session.inter_op.allow_spinning": "0",
		"session.x64quantprecision":       "1", // without it int8 sums saturate on AVX2 and labels change
	}
	for name, v := range o.SessionOptions {
		entries[name] = flagText(v)
	}
	return entries
}

// providerEntries are a GPU provider's options: this program's own choices under the user's. TF32 is off: an evaluation
// should not depend on the card's shortcuts.
func (o Options) providerEntries(device string) map[string]string {
	entries := map[string]string{}
	if device == "cuda" {
		entries["cudnn_conv_algo_search"], entries["use_tf32"] = "HEURISTIC", "0"
	}
	for name, v := range o.ProviderOptions[device] {
		entries[name] = flagText(v)
	}
	return entries
}

// refusedError is an option whose value ONNX Runtime refuses.
type refusedError struct {
	key, value string
	err        error
}

func (e *refusedError) Error() string {
	return fmt.Sprintf("%s: ONNX Runtime refuses %q: %v", e.key, e.value, e.err)
}
func (e *refusedError) Unwrap() error { return e.err }

// refused finds which of the user's options is refused, by trying each of them alone; nil where none is, alone.
func refused(prefix string, options map[string]string, try func(map[string]string) error) error {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if err := try(map[string]string{name: flagText(options[name])}); err != nil {
			return &refusedError{prefix + name, options[name], err}
		}
	}
	return nil
}
