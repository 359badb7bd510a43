package record

// Parity says how an image's labels differ between a model and its reference. Figures are of valid pixels but for All,
// which counts ignored ones too; NaN is an undefined figure.
type Parity struct {
	All, Valid Share
	// Margins are the largest logit minus the next one, of the reference where it has logits.
	MarginMedian     float64 // within a sixteenth
	FlipMarginMedian float64 // of the pixels that differ; within a sixteenth
	FlipMarginMax    float64
	Logits           Difference // defined where both models give logits
	Probabilities    Difference // defined where both models have scores of one kind of head
	// The reference's losses and scalar metrics, as Columns names them; nil where it has none.
	ReferenceLosses, ReferenceMeans []float64
}

// Share is how many pixels differ.
type Share struct {
	Pixels int64   `json:"pixels"`
	Differ int64   `json:"differ"`
	Share  float64 `json:"-"` // NaN without a pixel
}

// Difference is the absolute difference of two models' values, over classes and valid pixels.
type Difference struct {
	Max, Mean float64
	NonFinite int64 // differences that are NaN or infinite, left out above
}

// MarginBin is a bar of the margins' histogram: margins from From on, below To.
type MarginBin struct {
	From, To       float64 // the last one's To is +Inf
	Pixels, Differ int64
}

// ParityImage is one of the images that differ most.
type ParityImage struct {
	Image string
	Share Share // of valid pixels
}

// Comparison is one figure of both models. Name and Class are those of summary.csv; NaN where a model has no such figure.
type Comparison struct {
	Name, Class      string
	Model, Reference float64
	Plain            bool // not a share: shown as it is, and not as a percentage
}

// ParitySummary is the parity of a model with its reference over a dataset.
type ParitySummary struct {
	Parity
	Model, Reference Model
	Device           string // the reference's, as it was asked for; "" where it is not known
	MarginOf         string // reference, model, or "" where neither has logits
	Images           int
	Pairs            []int64 // Classes×Classes valid pixels, rows = the reference's class, columns = the model's
	Histogram        []MarginBin
	Undefined        int64 // valid pixels whose margin is NaN
	Comparisons      []Comparison
	Most             []ParityImage // the images whose share is largest, at most 20
}
