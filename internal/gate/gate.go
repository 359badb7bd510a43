// Package gate holds conditions on the figures of a model's release against its baseline, and judges them.
//
// A gate names one figure (mIoU, IoU[border], loss.ce, latency.p95_ms) and one condition. Fixed conditions hold the figure
// itself, or its change, against a number. Statistical ones hold the confidence interval of the change against a margin:
// they say pass or fail only where the interval leaves no doubt, and inconclusive otherwise.
package gate

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

// Kind is what a gate asks of its figure.
type Kind string

// The kinds, named as in a configuration.
const (
	Min         Kind = "min"          // the figure is no less than this
	Max         Kind = "max"          // the figure is no more than this
	MaxDrop     Kind = "max_drop"     // it is no more than this below the baseline's
	MaxIncrease Kind = "max_increase" // it is no more than this above the baseline's
	NoWorse     Kind = "no_worse"     // it is no more than this worse than the baseline's, whichever direction is worse
	NonInferior Kind = "non_inferior" // the interval of the change excludes that it is worse by this or more
	Superior    Kind = "superior"     // the interval of the change excludes that it is not better by more than this
)

var kinds = []Kind{Min, Max, MaxDrop, MaxIncrease, NoWorse, NonInferior, Superior}

// What becomes of a gate that cannot tell.
const (
	Fail = "fail" // it counts as failed: exit code 1
	Warn = "warn" // it is said, and the exit code stays 0
	Pass = "pass" // it counts as passed
)

// DefaultConfidence is that of the interval, both sides together: a model that is worse by the margin passes a
// non-inferiority gate with a chance of at most half of what is left of 1.
const DefaultConfidence = 0.95

// Gate is one condition.
type Gate struct {
	Metric       string // name, name[class] or name[*]
	Kind         Kind
	Value        float64
	Relative     bool    // Value is a share of the baseline's figure
	Confidence   float64 // of statistical gates
	Inconclusive string  // Fail, Warn or Pass
	Slices       string  // of which slices of the images, BY=NAME with wildcards: a verdict each; "" for all images
	Written      string  // Value as it was written: 0.5pt; "" where it was not
}

// Statistical says whether the gate judges by an interval.
func (g Gate) Statistical() bool { return g.Kind == NonInferior || g.Kind == Superior }

// NeedsBase says whether the gate looks at the baseline.
func (g Gate) NeedsBase() bool { return g.Kind != Min && g.Kind != Max }

// String is the gate as the line that [Parse] takes, with its number as it was written: mIoU: non-inferior by 0.5pt at 95%.
func (g Gate) String() string { return g.text(":", cmp.Or(g.Written, g.number())) }

// Name is the gate in files for machines, in which a number has one form: mIoU non-inferior by 0.005 at 95%.
func (g Gate) Name() string { return g.text("", g.number()) }

func (g Gate) text(colon, value string) string {
	by := " "
	if g.Kind == NoWorse || g.Statistical() {
		by = " by "
	}
	text := g.Metric + g.in() + colon + " " + strings.ReplaceAll(strings.Replace(string(g.Kind), "non_inferior", "non-inferior", 1), "_", " ") + by + value
	if g.Statistical() {
		text += fmt.Sprintf(" at %v%%", round(100*g.Confidence))
	}
	return text
}

// number is the value, whatever it was written as.
func (g Gate) number() string {
	if g.Relative {
		return fmt.Sprint(round(100*g.Value)) + "%"
	}
	return fmt.Sprint(g.Value)
}

// in says of which slices the gate is, as lines say it.
func (g Gate) in() string {
	if g.Slices == "" {
		return ""
	}
	return " in " + g.Slices
}

// Known is a figure that a gate may name.
type Known struct {
	Name, Class string  // Class is "" for a figure of all classes
	Better      int     // 1: higher is better, −1: lower is, 0: neither
	NoInterval  bool    // it has no confidence interval: latency, throughput
	Share       bool    // it is shown as a percentage
	Low, High   float64 // what it can be; 0 and 0: not known
}

// Label is the figure's name as gates write it.
func (k Known) Label() string {
	if k.Class == "" {
		return k.Name
	}
	return k.Name + "[" + k.Class + "]"
}

// Expand holds gates against the figures and the ways of slicing that there are and replaces IoU[*] by a gate for each class.
// Every unknown name and every gate that could fail an improvement is reported at once. lacking says of a figure that is not known why
// there is none; "", or a nil function, for no such reason.
func Expand(gates []Gate, known []Known, slicings []string, lacking func(metric string) string) ([]Gate, error) {
	at := map[string]Known{}
	var names []string
	for _, k := range known {
		at[k.Label()] = k
		names = append(names, k.Label())
	}
	var list []Gate
	var problems []error
	for _, g := range gates {
		problems = append(problems, g.fitsSlicings(slicings))
		matches := []string{g.Metric}
		if name, ok := strings.CutSuffix(g.Metric, "[*]"); ok {
			matches = classesOf(name, known)
		}
		if _, ok := at[first(matches)]; !ok {
			problems = append(problems, unknown(g, known, names, lacking))
			continue
		}
		for _, name := range matches {
			one := g
			one.Metric = name
			problems = append(problems, one.fits(at[name]))
			list = append(list, one)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fault.Usagef("%w", err)
	}
	return list, nil
}

func classesOf(name string, known []Known) []string {
	var list []string
	for _, k := range known {
		if k.Name == name && k.Class != "" {
			list = append(list, k.Label())
		}
	}
	return list
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
