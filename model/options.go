package model

import (
	"errors"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/segmetry/segmetry/internal/fault"
)

// Options is the `model:` section of a configuration.
type Options struct {
	Path          string    `yaml:"path"`
	Input         string    `yaml:"input,omitempty"`
	Output        string    `yaml:"output,omitempty"`
	Kind          string    `yaml:"kind"`       // auto | logits | probabilities | labels
	Activation    string    `yaml:"activation"` // auto | softmax | sigmoid
	Layout        string    `yaml:"layout"`     // auto | nchw | nhwc | chw | hwc
	Threshold     Threshold `yaml:"threshold"`  // sigmoid heads: a label is there where p >= threshold
	ClassMap      ClassMap  `yaml:"class_map,omitempty"`
	Device        string    `yaml:"device"`  // cpu | cuda | tensorrt | auto
	Threads       int       `yaml:"threads"` // intra-op threads of the session; 0 = 1, since workers carry images in parallel
	AllowFallback bool      `yaml:"allow_fallback,omitempty"`
	// Rewrite lets the CPU run operators that it is slow at as others that give the same numbers; without it, the file runs as it is.
	Rewrite bool `yaml:"rewrite"`
	// ProviderOptions and SessionOptions are passed through to ONNX Runtime by its own names.
	ProviderOptions ProviderOptions `yaml:"provider_options,omitempty"`
	SessionOptions  SessionOptions  `yaml:"session_options,omitempty"`
	// Inputs are what the inputs beside the image are given, by name.
	Inputs map[string]Feed `yaml:"inputs,omitempty"`
	// Integer inputs and outputs stand for scale·(element − zero point) where a scale is given; 0: as the graph says.
	InputScale      float64 `yaml:"input_scale,omitempty"`
	InputZeroPoint  float64 `yaml:"input_zero_point,omitempty"`
	OutputScale     float64 `yaml:"output_scale,omitempty"`
	OutputZeroPoint float64 `yaml:"output_zero_point,omitempty"`
	// Reference is a variant of the model that labels are held against: another ONNX file, or ReferenceCPU.
	Reference string `yaml:"reference,omitempty"`
}

// Tensor is a dense float32 tensor in row-major order. Data aliases whoever made it.
type Tensor struct {
	Shape []int64
	Data  []float32
}

// Port is one input or output of a model.
type Port struct {
	Name  string  `json:"name"`
	Type  string  `json:"type"`  // float32, uint8, …
	Shape []int64 `json:"shape"` // -1 where the axis is dynamic
	Role  string  `json:"role"`  // image | scores | labels | image_size, … | "" where it is unknown
	// Axes are the names that the exporter gave to dynamic axes, "" where it gave none; nil where none has a name.
	Axes []string `json:"axes,omitempty"`
}

// DefaultOptions are the defaults of the `model:` section; Path has none.
func DefaultOptions() Options {
	return Options{Kind: "auto", Activation: "auto", Layout: "auto", Threshold: Threshold{0.5}, Device: "auto", Rewrite: true}
}

// The words that the options take.
var (
	kindWords       = []string{"auto", KindLogits, KindProbabilities, KindLabels}
	activationWords = []string{"auto", Softmax, Sigmoid}
	layoutWords     = []string{"auto", NCHW, NHWC, CHW, HWC}
	deviceWords     = []string{"auto", "cpu", "cuda", "tensorrt"}
)

// Validate reports every option that is wrong, all of them usage errors joined into one. It does not look at the file.
func (o Options) Validate() error {
	var errs []error
	if o.Path == "" {
		errs = append(errs, fault.Usagef("model.path is missing; name an .onnx file there or with --model"))
	}
	for _, w := range []struct {
		key, value string
		words      []string
	}{
		{"model.kind", o.Kind, kindWords}, {"model.activation", o.Activation, activationWords},
		{"model.layout", o.Layout, layoutWords}, {"model.device", o.Device, deviceWords},
	} {
		if w.value != "" && !slices.Contains(w.words, w.value) {
			errs = append(errs, fault.Usagef("%s is %q; expected %s%s", w.key, w.value, strings.Join(w.words, ", "), didYouMean(w.value, w.words)))
		}
	}
	if err := o.Threshold.validate(); err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, o.checkScales()...)
	if o.Threads < 0 || o.Threads > 1024 {
		errs = append(errs, fault.Usagef("model.threads is %d; expected 0 (chosen) to 1024", o.Threads))
	}
	errs = append(errs, o.ProviderOptions.validate()...)
	errs = append(errs, o.SessionOptions.validate()...)
	if len(errs) == 0 {
		return nil
	}
	return fault.Usagef("%w", errors.Join(errs...))
}

// orAuto returns the word, "auto" for an empty one.
func orAuto(word string) string {
	if word == "" {
		return "auto"
	}
	return word
}

// didYouMean returns `; did you mean "x"?` for the nearest of the known words, "" where none is near.
func didYouMean(word string, known []string) string {
	best, at := len(word)/2+2, ""
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(word), strings.ToLower(k)); d < best {
			best, at = d, k
		}
	}
	if at == "" {
		return ""
	}
	return "; did you mean \"" + at + "\"?"
}
