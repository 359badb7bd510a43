package record

// CompatProfile is what another system would report of the same predictions.
type CompatProfile struct {
	Name, Library, Version string
	Figures                []CompatFigure
	Absent                 []CompatAbsent // figures that this run cannot give
	Notes                  []string
}

// CompatFigure is a figure of another system, with the way that leads from ours to it. NaN is an undefined value.
type CompatFigure struct {
	Name      string
	Call      string // where the system has it
	Ours      string // our figure that it would be taken for
	OursValue float64
	Value     float64
	NValid    int          // classes, images, or pairs of both that entered it
	Plain     bool         // not a share
	Steps     []CompatStep // By adds up to Value − OursValue, where all are defined
	Choices   []CompatStep // options of the system, each alone: By is against Value
	Classes   []float64    // every class's; nil where the figure has none
}

// CompatStep is one convention.
type CompatStep struct {
	Convention string
	By         float64 // what it moves the figure by, after those before it
	Alone      float64 // what it moves our figure by, with no other
	Value      float64 // the figure then
}

// CompatAbsent is a figure that this run cannot give.
type CompatAbsent struct{ Name, Why string }
