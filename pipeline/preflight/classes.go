package preflight

import (
	"fmt"
	"strings"
)

func init() {
	Register(Check{Name: "classes", Doc: "classes that no mask has", New: func(s *Setup) Checker { return &classes{setup: s, seen: make([]bool, len(s.Classes))} }})
}

// classes are those that masks have.
type classes struct {
	setup *Setup
	seen  []bool
	masks int
	stray bool // there are values that stand for nothing: check labels says so, and classes they may be are not missed here
}

func (c *classes) Look(v *View) {
	if v.MaskErr != nil {
		return
	}
	c.masks++
	for _, n := range v.Mask.Values {
		class, known := c.setup.LabelOf(n.Value)
		c.stray = c.stray || !known
		switch {
		case !known || class < 0:
		case c.setup.Sets != nil:
			for label := range c.seen {
				c.seen[label] = c.seen[label] || c.setup.Sets.Has(class, label)
			}
		case int(class) < len(c.seen):
			c.seen[class] = true
		}
	}
}

func (c *classes) Findings(seen Seen) []Finding {
	var missing []string
	for class, found := range c.seen {
		if !found {
			missing = append(missing, c.setup.Classes[class])
		}
	}
	if len(missing) == 0 || c.masks == 0 || c.stray || seen.Quick && seen.Sample {
		return nil
	}
	do := "look whether dataset.classes has the masks' order and dataset.label_map sends values to the right classes; a class that is not there has no IoU"
	if seen.Sample {
		do = "let check --full look at all masks; then " + do
	}
	return []Finding{{Level: Warning, Check: "classes", Count: len(missing), Found: fmt.Sprintf("no pixel of class %s in %s", shortened(missing), seen),
		Expected: "every class of dataset.classes in some mask", Do: do}}
}

// shortened lists the first few names.
func shortened(names []string) string {
	const most = 10
	if n := len(names); n > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n-most)
	}
	return strings.Join(names, ", ")
}
