package release

import (
	"fmt"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// Allowances are the names of what may differ: sections of the configuration, the runtime library, and which images were
// scored. config is preprocess, inference and score together.
var Allowances = []string{"model", "dataset", "preprocess", "inference", "score", "config", "runtime", "images"}

// differ completes the differences and says which are allowed.
func (c *comparison) differ() {
	list := slices.Clone(c.options.Differences)
	if c.contents > 0 {
		list = append(list, record.RunDifference{What: "contents of images or masks", Base: "", New: fmt.Sprintf("%d of %d pairs differ", c.contents, c.release.Paired), Allowance: "dataset"})
	}
	if c.release.OnlyBase+c.release.OnlyNew > 0 {
		list = append(list, ScoredAlone(c.release.OnlyBase, c.release.OnlyNew))
	}
	c.release.Differences = Permit(list, c.options.Allow)
	c.release.Comparable = NotComparable(c.release.Differences) == nil
}

// ScoredAlone is the difference of two runs of which each has scored so many images that the other has not.
func ScoredAlone(base, next int) RunDifference {
	return RunDifference{What: "images scored by one run alone", Base: fmt.Sprint(base), New: fmt.Sprint(next), Allowance: "images"}
}

// Permit returns differences with what names of [Allowances] say of each.
func Permit(list []RunDifference, names []string) []RunDifference {
	list = slices.Clone(list)
	for i := range list {
		section := slices.Contains([]string{"preprocess", "inference", "score"}, list[i].Allowance)
		list[i].Allowed = slices.Contains(names, list[i].Allowance) || section && slices.Contains(names, "config")
	}
	return list
}

// NotComparable is the error that lists the differences which forbid a comparison, and says how to allow them; nil where all are
// allowed.
func NotComparable(list []RunDifference) error {
	var lines, names []string
	for _, d := range list {
		if d.Allowed {
			continue
		}
		lines = append(lines, fmt.Sprintf("  %s: base %q, new %q", d.What, d.Base, d.New))
		if !slices.Contains(names, d.Allowance) {
			names = append(names, d.Allowance)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return fault.Usagef("the runs differ in more than their figures:\n%s\nwhere that is meant, allow it: --allow %s", strings.Join(lines, "\n"), strings.Join(names, ","))
}

// NothingInCommon is the error of two runs that have no scored image in common.
func NothingInCommon(base, next string) error {
	return fault.Usagef("%s and %s have no scored image in common: expected two runs of one dataset", base, next)
}
