package release

import (
	"errors"
	"fmt"
	"math"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/gate"
	"github.com/segmetry/segmetry/pipeline"
	"github.com/segmetry/segmetry/pipeline/slicing"
)

// Gate is a condition on a figure; see [ParseGate].
type Gate = gate.Gate

// Verdict is what a gate, or a comparison, says.
type Verdict = gate.Verdict

// The verdicts.
const (
	Passed       = gate.Passed
	Failed       = gate.Failed
	Inconclusive = gate.Inconclusive
)

// ParseGate reads a gate from a line of text: "mIoU: min 0.69", "IoU[*]: max drop 2%", "mIoU: non-inferior by 0.5pt at 95%",
// "mIoU: superior", "mIoU in size=*: no worse by 1pt".
func ParseGate(text string) (Gate, error) { return gate.Parse(text) }

// Expand holds gates against what an evaluation measures and how its images are sliced, and replaces IoU[*] by a gate for each
// class. Every unknown name and every gate that could fail an improvement is reported at once.
func Expand(gates []Gate, e *pipeline.Evaluator, list []slicing.Slicing) ([]Gate, error) {
	var by []string
	for _, s := range list {
		by = append(by, s.By)
	}
	return gate.Expand(gates, known(e), by, e.Measures().Lacking)
}

// CheckBase refuses gates on the change of figures that the baseline, whose folder is for the message, does not have. Gates are what
// [Expand] returned.
func CheckBase(gates []Gate, dir string, base *pipeline.Evaluator) error {
	has := map[string]bool{}
	for _, k := range known(base) {
		has[k.Label()] = true
	}
	var problems []error
	for _, g := range gates {
		if g.NeedsBase() && !has[g.Metric] {
			problems = append(problems, fmt.Errorf("gate %q: %s does not measure %s: run the baseline again with it (score.metrics, score.losses), or ask for a bound of the figure itself, min or max", g, dir, g.Metric))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return fault.Usagef("%w", err)
	}
	return nil
}

// known lists what gates may name, of an evaluation.
func known(e *pipeline.Evaluator) []gate.Known {
	var list []gate.Known
	bounds := e.Measures().Bounds()
	for _, f := range e.NewStatistics(0, nil).Figures() {
		if f.List {
			continue
		}
		k := gate.Known{Name: f.Name, Class: className(e.Columns().Classes, f.Class), Better: f.Better, Share: !f.Plain}
		k.Low, k.High = bounds[f.Name][0], bounds[f.Name][1]
		list = append(list, k)
	}
	for _, name := range MeasuredNames {
		better := -1
		if name == "images_per_s" {
			better = 1
		}
		list = append(list, gate.Known{Name: name, Better: better, NoInterval: true, High: math.Inf(1)})
	}
	return append(list, compared(MuchWorse), compared(LabelFlip))
}

// compared is a share that a comparison counts.
func compared(name string) gate.Known {
	return gate.Known{Name: name, Better: -1, NoInterval: true, Share: true, High: 1}
}
