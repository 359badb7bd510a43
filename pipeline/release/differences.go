package release

import (
	"fmt"
	"slices"
	"strings"

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
		list = append(list, record.RunDifference{What: "images scored by one run alone", Base: fmt.Sprint(c.release.OnlyBase), New: fmt.Sprint(c.release.OnlyNew), Allowance: "images"})
	}
	c.release.Comparable = true
	for i := range list {
		list[i].Allowed = c.options.allows(list[i].Allowance)
		c.release.Comparable = c.release.Comparable && list[i].Allowed
	}
	c.release.Differences = list
}

func (o Options) allows(name string) bool {
	section := slices.Contains([]string{"preprocess", "inference", "score"}, name)
	return slices.Contains(o.Allow, name) || section && slices.Contains(o.Allow, "config")
}

// NotComparable lists what forbids a comparison, and how to allow it.
func NotComparable(r *Release) string {
	var lines, names []string
	for _, d := range r.Differences {
		if d.Allowed {
			continue
		}
		lines = append(lines, fmt.Sprintf("  %s: base %q, new %q", d.What, d.Base, d.New))
		if !slices.Contains(names, d.Allowance) {
			names = append(names, d.Allowance)
		}
	}
	return fmt.Sprintf("the runs differ in more than their figures:\n%s\nwhere that is meant, allow it: --allow %s", strings.Join(lines, "\n"), strings.Join(names, ","))
}
