package gate

import (
	"fmt"
	"math"
)

// Verdict is what a gate says.
type Verdict string

// The verdicts of a gate, and of a comparison.
const (
	Passed       Verdict = "pass"
	Failed       Verdict = "fail"
	Inconclusive Verdict = "inconclusive" // there are not enough images to tell
)

// Evidence is what a gate is judged by. NaN is undefined.
type Evidence struct {
	Base, New float64
	Low, High float64 // interval of New − Base at the gate's confidence
	Better    int     // 1: higher is better, −1: lower is
	Noise     float64 // how far the figure varies between runs of one model; 0 where that is not known
	Images    int
}

// Result is a gate's verdict and why.
type Result struct {
	Verdict Verdict
	Why     string
	// Needed is how many images would tell, about, if the figures stayed as they are; 0 where that is not the question.
	Needed int
}

// Judge judges a gate.
func (g Gate) Judge(e Evidence) Result {
	if math.IsNaN(e.New) {
		return Result{Failed, "the figure is undefined in the new run", 0}
	}
	if g.NeedsBase() && math.IsNaN(e.Base) {
		return Result{Inconclusive, "the figure is undefined in the baseline", 0}
	}
	switch g.Kind {
	case Min:
		return fixed(e.New >= g.Value, "%v is %s than %v", e.New, g.Value, "no less", "less")
	case Max:
		return fixed(e.New <= g.Value, "%v is %s than %v", e.New, g.Value, "no more", "more")
	case MaxDrop:
		return g.change(e, e.Base-e.New, "dropped")
	case MaxIncrease:
		return g.change(e, e.New-e.Base, "increased")
	case NoWorse:
		return g.change(e, -float64(e.Better)*(e.New-e.Base), "got worse")
	}
	return g.statistical(e)
}

func fixed(ok bool, format string, x, bound float64, yes, no string) Result {
	if ok {
		return Result{Passed, fmt.Sprintf(format, short(x), yes, bound), 0}
	}
	return Result{Failed, fmt.Sprintf(format, short(x), no, bound), 0}
}

// margin is the gate's, in the figure's unit.
func (g Gate) margin(e Evidence) float64 {
	if g.Relative {
		return g.Value * math.Abs(e.Base)
	}
	return g.Value
}

// change holds a change in the bad direction against the margin and the noise.
func (g Gate) change(e Evidence, bad float64, verb string) Result {
	margin := g.margin(e)
	switch {
	case bad <= 0:
		return Result{Passed, "it has not " + past(verb), 0}
	case bad <= margin:
		return Result{Passed, fmt.Sprintf("it %s by %s, within the margin of %s", verb, short(bad), short(margin)), 0}
	case bad <= margin+e.Noise:
		return Result{Passed, fmt.Sprintf("it %s by %s, beyond the margin of %s but within the noise of %s between runs", verb, short(bad), short(margin), short(e.Noise)), 0}
	}
	return Result{Failed, fmt.Sprintf("it %s by %s, more than the margin of %s", verb, short(bad), short(margin)), 0}
}

func past(verb string) string {
	if verb == "got worse" {
		return "become worse"
	}
	return verb
}

// statistical holds the interval of the improvement against the least improvement that the gate asks for: −margin for
// non-inferiority, +margin for superiority.
func (g Gate) statistical(e Evidence) Result {
	better := float64(e.Better)
	estimate, low, high := better*(e.New-e.Base), better*e.Low, better*e.High
	if e.Better < 0 {
		low, high = high, low
	}
	least, what := -g.margin(e), fmt.Sprintf("worse by %s", short(g.margin(e)))
	if g.Kind == Superior {
		least, what = g.margin(e), fmt.Sprintf("better by more than %s", short(g.margin(e)))
	}
	interval := fmt.Sprintf("the interval of the improvement is %s to %s", short(low), short(high))
	switch {
	case math.IsNaN(low) || math.IsNaN(high):
		return Result{Inconclusive, "the change has no interval: too few images have the figure", 0}
	case g.Kind == NonInferior && low > least, g.Kind == NonInferior && low == high && low >= least:
		return Result{Passed, interval + ", which excludes " + what, 0}
	case g.Kind == Superior && low > least:
		return Result{Passed, interval + ", all of it " + what, 0}
	case g.Kind == NonInferior && high < least:
		return Result{Failed, interval + ", all of it " + what + " or more", 0}
	case g.Kind == Superior && high <= least:
		return Result{Failed, interval + ", which excludes " + what, 0}
	}
	r := Result{Verdict: Inconclusive, Needed: needed(estimate, low, high, least, e.Images)}
	r.Why = fmt.Sprintf("%s, which does not tell whether it is %s", interval, what)
	if r.Needed > 0 {
		r.Why += fmt.Sprintf("; about %d images would", r.Needed)
	} else {
		r.Why += ", and no number of images would, as the estimate is at the margin"
	}
	return r
}

// needed is the number of images with which the interval would reach from the estimate no farther than to the bound, as
// widths go by the root of the number; 0 where it would be more than a hundred million.
func needed(estimate, low, high, least float64, images int) int {
	distance := estimate - least
	side := estimate - low
	if distance < 0 {
		distance, side = -distance, high-estimate
	}
	n := float64(images) * (side / distance) * (side / distance)
	if !(n < 1e8) {
		return 0
	}
	return max(images+1, int(math.Ceil(n)))
}

// short is a figure for people.
func short(x float64) string { return fmt.Sprintf("%.4g", x) }
