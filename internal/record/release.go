package record

import "github.com/segmetry/segmetry/internal/gate"

// Release is what a comparison of two runs says: may the new model take the baseline's place?
type Release struct {
	Verdict     gate.Verdict
	Comparable  bool // nothing differs but what was allowed
	Differences []RunDifference
	Base, New   RunSide
	Classes     []string
	Palette     [][3]uint8 // the dataset's own colours of the classes
	Paired      int        // images that both runs have scored
	OnlyBase    int
	OnlyNew     int
	Gates       []GateResult
	Changes     []Change              // of every figure, in the order of summary.csv
	Definitions map[string]Definition // of the figures, by name
	Bootstrap   Bootstrap
	Correction  string  // of the classes' p-values: holm | bh
	Alpha       float64 // a change whose p-value is above it is shown as ~
	Effect      Effect
	// Flips are the valid pixels whose label became right or wrong; nil where that is not known, and FlipsWhy says why.
	Flips        *Flips
	FlipsWhy     string
	Worst, Best  []ImageChange // images whose figure changed most, the most changed first
	PicturesWhy  string        // why the images that changed most have no pictures; "" where all have
	Correlations []Correlation
	Slices       []SliceChange // of the effect's metric, the worst first
	SlicesWhy    string        // why there are none though they were asked for
}

// SliceChange is the change of one figure over a slice of the images.
type SliceChange struct {
	By, Name string
	Images   int
	Change   Change // Adjusted for the number of slices
	Telling  bool   // it has images enough that its difference means something
}

// RunSide is what a comparison says of one run.
type RunSide struct {
	Dir     string
	Model   Model
	Dataset Dataset
}

// RunDifference is something in which two runs differ beside their figures.
type RunDifference struct {
	What      string `json:"what"` // model.sha256, preprocess.size
	Base      string `json:"base"`
	New       string `json:"new"`
	Allowed   bool   `json:"allowed"`
	Allowance string `json:"allow"` // the name that allows it
}

// GateResult is a gate with its evidence and verdict.
type GateResult struct {
	Gate       gate.Gate
	Name       string // of the figure
	Class      string // "" for all classes
	Slice      string // BY=NAME of the slice; "" for all images
	Images     int    // that it was judged by
	Base, New  float64
	CI         Interval // of the difference, at the gate's confidence; NaN where there is none
	Noise      float64  // what the figure varies by between runs of one model; 0 where that is not known
	Verdict    gate.Verdict
	Why        string
	Needed     int
	Plain      bool
	Difference float64
}

// Change is a figure of both runs, over the images that both have.
type Change struct {
	Name, Class           string
	Plain                 bool
	Better                int // 1: higher is better, −1: lower is, 0: neither
	Base, New, Difference float64
	CI                    Interval // of the difference
	P                     float64  // of a permutation test; NaN where there is none
	Adjusted              float64  // P corrected for the number of classes; P itself for figures of all classes
}

// Effect counts images by what became of one figure of theirs.
type Effect struct {
	Metric              string
	Better, Same, Worse int
}

// Flips are valid pixels that only one of two runs has right. Pairs of labels: From is the baseline's, To the new one's.
type Flips struct {
	RightToWrong, WrongToRight int64
	Images                     int // compared pixel by pixel; the others have the same labels in both
	Pairs                      []FlipPair
}

// FlipPair counts the pixels of a class of truth whose label went from one class to another.
type FlipPair struct {
	Truth, From, To int
	Pixels          int64
}

// ImageChange is one image's change.
type ImageChange struct {
	Image                 string
	Base, New, Difference float64 // of the effect's metric
	Pixels                int64   // valid
	Pictures              *ChangePictures
}

// ChangePictures are an image's pictures side by side, complete PNG files.
type ChangePictures struct {
	Width, Height                     int
	Picture, Truth, Base, New, Change []byte
}

// Correlation says how an image's change goes with a property of the image: Spearman's rank correlation.
type Correlation struct {
	With string // image size, brightness
	Rho  float64
	P    float64 // two-sided, by the normal approximation
	N    int
}

// GateVerdict is the verdict of a gate on one run, in manifest.json.
type GateVerdict struct {
	Gate    string       `json:"gate"`
	Metric  string       `json:"metric"`
	Class   string       `json:"class"`
	Slice   string       `json:"slice,omitempty"`
	Value   *float64     `json:"value"` // nil: undefined
	Verdict gate.Verdict `json:"verdict"`
	Why     string       `json:"why"`
}
