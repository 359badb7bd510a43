package model

// Options is the `model:` section of a configuration.
type Options struct {
	Path          string   `yaml:"path"`
	Input         string   `yaml:"input,omitempty"`
	Output        string   `yaml:"output,omitempty"`
	Kind          string   `yaml:"kind"`       // auto | logits | probabilities | labels
	Activation    string   `yaml:"activation"` // auto | softmax | sigmoid
	Layout        string   `yaml:"layout"`     // auto | nchw | nhwc
	Threshold     float64  `yaml:"threshold"`  // sigmoid heads: foreground where p >= threshold
	ClassMap      ClassMap `yaml:"class_map,omitempty"`
	Device        string   `yaml:"device"`  // cpu | cuda | tensorrt | auto
	Threads       int      `yaml:"threads"` // per session; 0 = chosen
	AllowFallback bool     `yaml:"allow_fallback,omitempty"`
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
	Role  string  `json:"role"`
}
