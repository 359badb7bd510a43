// Package record holds what one evaluation leaves behind: a record an image, and the summary of all of them. The
// pipeline fills them, the report writes them, and neither knows the other.
package record

import "time"

// Status says what became of an image.
type Status string

// The three things that can become of an image.
const (
	OK      Status = "ok"      // scored
	Failed  Status = "failed"  // could not be scored; Record.Error says why
	Skipped Status = "skipped" // left out by the policy on_error: skip; Record.Error says why
)

// Record is one image's row. Values and PerClass follow the columns of Columns; NaN is an undefined value.
type Record struct {
	Index       int
	Image       string // the item's name: a slash-separated path, relative to the dataset
	Status      Status
	Error       string // why it failed or was skipped; for status ok a warning such as counted NaN logits, or ""
	Width       int    // of the label
	Height      int
	ValidPixels int64
	Brightness  float64     // mean luma of the image, 0 to 255; NaN where it was not seen
	NaNPixels   int64       // valid pixels with a NaN or infinite logit: the image's losses are then undefined
	Losses      []float64   // one value a loss of Columns.Losses
	Means       []float64   // one value a metric of Columns.Means
	Gradients   []float64   // one value a column of Columns.Gradients
	PerClass    [][]float64 // [metric of Columns.PerClass][class]
	Confusion   []int64     // Classes×Classes counts, row by row, rows = truth; nil where labels may overlap
	LabelCounts []int64     // Classes×2×2 where labels may overlap: TN, FP, FN, TP of each label; otherwise nil
	ExactPixels int64       // valid pixels all of whose labels are right, where labels may overlap
	Stages      [4]time.Duration
	Parity      *Parity       // against the reference; nil without one
	Reference   time.Duration // that the reference's preprocessing and inference took
	Input       [2]int        // height and width of the model's input
	WarmUp      bool          // the first inference of its worker, which pays for what later ones find ready
	Runtime     bool          // it failed in the model or in the runtime library, not for its data
}

// The stages of an image in Record.Stages.
const (
	Decode = iota
	Preprocess
	Inference
	Scoring
)

// StageNames are the stages' names in manifest.json, in the order of Record.Stages.
var StageNames = [...]string{"decode", "preprocess", "inference", "scoring"}

// Columns names what the slices of a Record hold.
type Columns struct {
	Losses    []string // "ce", "soft_dice", …
	Means     []string // "aAcc", "mAcc", "mIoU", …
	Gradients []string // "gradient.ce.l1", …; empty unless report.gradients
	PerClass  []string // "IoU", "Acc", …
	Classes   []string
	Parity    bool // there is a reference
}

// Value is one aggregate figure. NaN is an undefined value; Status then says why.
type Value struct {
	Value  float64
	NValid int // images (a mean over images) or classes (a mean over classes) that entered it
	Status string
	// NUndefined is the number of images where the figure is undefined though what it measures is there.
	NUndefined int
	Values     []float64 // of a figure that is a list, such as a curve; Value is then NaN
	CI         *Interval // nil where intervals are not asked for
}

// Interval is a confidence interval; both ends are NaN where the figure has none.
type Interval struct{ Low, High float64 }

// Bootstrap says how the intervals were made.
type Bootstrap struct {
	Resamples  int     `json:"resamples"`
	Seed       uint64  `json:"seed"`
	Confidence float64 `json:"confidence"`
	Method     string  `json:"method"`
	Units      int     `json:"units"`           // that were drawn: images, groups of images, or runs of images
	Group      string  `json:"group,omitempty"` // column of the metadata that says which images belong together
	Span       int     `json:"span,omitempty"`  // images in a row that are a unit, where it is more than one
}

// LossValue is a loss over the dataset.
type LossValue struct {
	Name     string
	Value    Value     // mean over images
	Pooled   float64   // the dataset as one batch; NaN where the family does not allow it
	PooledCI *Interval // nil where intervals are not asked for
}

// MetricValue is an aggregate metric, a mean over classes or over pixels.
type MetricValue struct {
	Name  string
	Value Value
	Plain bool // not a share: to be shown as it is, and not as a percentage
}

// ClassMetric is an aggregate metric for every class.
type ClassMetric struct {
	Name   string
	Values []Value // one a class
	Plain  bool    // not a share: to be shown as it is, and not as a percentage
}

// Counts counts images by what became of them.
type Counts struct {
	Images      int   `json:"images"`
	OK          int   `json:"ok"`
	Failed      int   `json:"failed"`
	Skipped     int   `json:"skipped"`
	ValidPixels int64 `json:"valid_pixels"`
	NaNPixels   int64 `json:"nan_pixels"`
}

// Model is what the summary says of the model: nothing that may differ between two equal runs.
type Model struct {
	Name       string `json:"name"` // file name
	SHA256     string `json:"sha256"`
	Kind       string `json:"kind"`       // logits | probabilities | labels
	Activation string `json:"activation"` // softmax | sigmoid
	Channels   int    `json:"channels"`
}

// Dataset is what the summary says of the dataset.
type Dataset struct {
	Name   string `json:"name"`
	Format string `json:"format"`
	Digest string `json:"digest"` // SHA-256 over the items' names and file contents, in order
}

// Summary is the aggregate over all images: the content of summary.json and summary.csv.
type Summary struct {
	Counts    Counts
	Partial   bool // the run was interrupted: the figures are of the images done so far
	Classes   []string
	Over      []string // classes that means over classes are of; nil: all
	Confusion []int64  // Classes×Classes, row by row, rows = truth; nil where labels may overlap
	// LabelCounts is Classes×2×2 where labels may overlap: TN, FP, FN, TP of each label; otherwise nil.
	LabelCounts []int64
	Metrics     []MetricValue
	PerClass    []ClassMetric
	Losses      []LossValue
	Gradients   []MetricValue // means over images of the gradients' figures
	Model       Model
	Dataset     Dataset
	Parity      *ParitySummary // nil without a reference
	Bootstrap   *Bootstrap     // nil where intervals are not asked for
	Slices      []Slice        // parts of the images, the worst first
	Compat      []CompatProfile
}

// Stage is the time that one stage took over all images.
type Stage struct {
	TotalS float64 `json:"total_s"`
	P50MS  float64 `json:"p50_ms"`
	P95MS  float64 `json:"p95_ms"`
	P99MS  float64 `json:"p99_ms"`
	// Histogram counts images by time, so that those of shards can be added: key k holds times from 1.01^k µs up to the next key's.
	Histogram map[int]int `json:"histogram,omitempty"`
}

// Latency is the time of inference of the images whose input had one size.
type Latency struct {
	Input  [2]int `json:"input"` // [height, width]; [0, 0]: all sizes beyond the first 64
	Images int    `json:"images"`
	Stage
}

// WarmUp is the time of each worker's first inference, which the latencies leave out.
type WarmUp struct {
	Images int `json:"images"`
	Stage
}

// Placement says which execution provider ran each node of the graph.
type Placement struct {
	// Source is profile: ONNX Runtime's own record of one run; or assumed, with Why: the provider that was asked for; or shards:
	// Parts say where those ran.
	Source    string             `json:"source"`
	Why       string             `json:"why,omitempty"`
	Nodes     map[string]int     `json:"nodes"`                // by provider, after the graph was optimised
	NodeShare map[string]float64 `json:"node_share,omitempty"` // of the nodes, by provider
	TimeShare map[string]float64 `json:"time_share,omitempty"` // of the nodes' time, by provider
	Rewritten map[string]int     `json:"rewritten,omitempty"`  // the file's operators that others with the same numbers stood for
	Tried     []Attempt          `json:"tried,omitempty"`      // providers that were tried before, and did not work
	FellBack  string             `json:"fell_back,omitempty"`  // which nodes ran elsewhere than on the GPU that was asked for
	Node      []Node             `json:"node,omitempty"`
	Parts     []PlacementPart    `json:"parts,omitempty"` // of merged shards that did not all run alike
}

// PlacementPart is where the shards of a merged run ran that ran alike.
type PlacementPart struct {
	Shards    []string  `json:"shards"` // I/N
	Placement Placement `json:"placement"`
}

// RuntimeMessage is what ONNX Runtime logged of one kind.
type RuntimeMessage struct {
	Severity string `json:"severity"` // warning | error
	Count    int64  `json:"count"`
	Place    string `json:"place"` // in ONNX Runtime's source
	First    string `json:"first"` // the first message
}

// Attempt is a provider that was tried and did not work.
type Attempt struct {
	Provider string `json:"provider"`
	Why      string `json:"why"`
}

// Node is one node of the optimised graph.
type Node struct {
	Name     string  `json:"name"`
	Operator string  `json:"operator"`
	Provider string  `json:"provider"`
	MS       float64 `json:"ms"`
}

// Reference is how the reference of a comparison ran: its times are in no other figure, but for that of scoring.
type Reference struct {
	SessionS  float64   `json:"session_s"`
	Inference Stage     `json:"inference"` // preprocessing and inference
	Placement Placement `json:"placement"`
}

// Rescored says of what run's statistics figures were formed again.
type Rescored struct {
	Run        string    `json:"run"` // its folder
	Images     int       `json:"images"`
	Statistics string    `json:"statistics_sha256"`
	Config     string    `json:"config_sha256"`
	Changes    []string  `json:"changes,omitempty"`  // of the configuration
	Left       []string  `json:"left_out,omitempty"` // what the run had and the statistics do not suffice for
	Manifest   *Manifest `json:"manifest"`           // the run's
}

// Merge is the process that joined shards, in whose manifest all other figures are of the shards.
type Merge struct {
	Started      time.Time `json:"started"`
	WallS        float64   `json:"wall_s"`
	PeakRSSBytes int64     `json:"peak_rss_bytes"`
	Host         string    `json:"host"`
}

// Manifest is everything that may differ between two equal runs.
type Manifest struct {
	Schema         int               `json:"schema"`
	Partial        bool              `json:"partial"`
	Started        time.Time         `json:"started"`
	WallS          float64           `json:"wall_s"`
	ImagesPerS     float64           `json:"images_per_s"`
	Images         int               `json:"images,omitempty"`  // that the run has evaluated
	Resumed        int               `json:"resumed,omitempty"` // images that an earlier process evaluated, before it was stopped
	Shard          string            `json:"shard,omitempty"`   // I/N; "" for the whole dataset
	Shards         []*Manifest       `json:"shards,omitempty"`  // of the runs that were merged
	Merge          *Merge            `json:"merge,omitempty"`   // what merging them took
	RescoredFrom   *Rescored         `json:"rescored_from,omitempty"`
	PeakRSSBytes   int64             `json:"peak_rss_bytes"`
	Stages         map[string]Stage  `json:"stages"`
	InferenceShare float64           `json:"inference_share"` // of the stages' total time
	SessionS       float64           `json:"session_s"`       // making the session: reading and optimising the model
	WarmUp         WarmUp            `json:"warm_up"`
	Latency        []Latency         `json:"latency"` // of inference, by size of the input
	Workers        int               `json:"workers"`
	Threads        int               `json:"threads"`
	Host           string            `json:"host"`
	OS             string            `json:"os"`
	Arch           string            `json:"arch"`
	CPUs           int               `json:"cpus"`
	Versions       map[string]string `json:"versions"`  // segmetry, go, onnxruntime, …
	Library        string            `json:"library"`   // the runtime library's file
	Providers      map[string]int    `json:"providers"` // nodes by the provider that ran them
	Placement      Placement         `json:"placement"`
	Reference      *Reference        `json:"reference,omitempty"` // the variant that labels were held against
	Device         string            `json:"device"`              // what was asked for
	RuntimeLog     []RuntimeMessage  `json:"runtime_log"`         // what ONNX Runtime logged: the first message of each kind
	Command        []string          `json:"command"`
	Decoders       map[string]string `json:"decoders,omitempty"`
	Oriented       int               `json:"oriented"` // images whose EXIF asks to turn them; preprocess.orientation says whether they were
	Digests        map[string]string `json:"digests,omitempty"`
	Gates          []GateVerdict     `json:"gates,omitempty"` // that a run alone can be judged by: latency varies
}

// ModelRan says whether the model ran on an image in the process: it did not where there was none, where none could be read, or
// where a run that was resumed had done all before.
func (m *Manifest) ModelRan() bool { return m.Stages[StageNames[Inference]].TotalS > 0 }
