package preflight

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func init() {
	Register(Check{Name: "labels", Doc: "mask values that are neither classes, nor ignored, nor mapped", New: func(s *Setup) Checker {
		return &labels{setup: s, unknown: map[int]*stray{}, values: map[int]bool{}}
	}})
}

// stray is a value that stands for nothing.
type stray struct {
	tallied
	pixels int64
}

// labels are the values of masks.
type labels struct {
	setup   *Setup
	unknown map[int]*stray
	values  map[int]bool // all that were seen
	tallied              // masks with an unknown value
}

func (c *labels) Look(v *View) {
	if v.MaskErr != nil {
		return
	}
	bad := false
	for _, n := range v.Mask.Values {
		c.values[n.Value] = true
		if _, known := c.setup.LabelOf(n.Value); known {
			continue
		}
		if c.unknown[n.Value] == nil {
			c.unknown[n.Value] = &stray{}
		}
		c.unknown[n.Value].add(v.Item.Mask.Name)
		c.unknown[n.Value].pixels += n.Pixels
		bad = true
	}
	if bad {
		c.add(v.Item.Mask.Name)
	}
}

func (c *labels) Findings(Seen) []Finding {
	if c.count == 0 {
		return nil
	}
	var parts []string
	for _, value := range slices.Sorted(maps.Keys(c.unknown)) {
		s := c.unknown[value]
		parts = append(parts, fmt.Sprintf("%d (%d pixels in %d masks, the first %s)", value, s.pixels, s.count, s.first))
	}
	return []Finding{{Level: Error, Check: "labels", File: c.first, Count: c.count, Found: "mask values that stand for nothing: " + shortened(parts),
		Expected: c.setup.Expected, Do: c.advice()}}
}

// advice guesses what the values mean.
func (c *labels) advice() string {
	values, n := slices.Sorted(maps.Keys(c.values)), len(c.setup.Classes)
	if c.setup.Sets == nil {
		if text := spread(values, n); text != "" {
			return text
		}
		if !c.values[0] && values[len(values)-1] == n {
			return "the values begin at 1, as where 0 is left for pixels that count nowhere: set dataset.reduce_zero_label: true"
		}
	}
	if len(c.unknown) == 1 && c.unknown[255] != nil {
		return "255 mostly marks pixels that count nowhere: set dataset.ignore_index: 255"
	}
	return "name the classes in dataset.classes, map the values with dataset.label_map, or ignore them with dataset.ignore_index or dataset.ignore_values"
}

// spread recognises class numbers that were multiplied so that they can be told apart by eye, such as 0, 127, 254 or 0, 255.
func spread(values []int, classes int) string {
	if len(values) < 2 || len(values) > classes || values[0] != 0 {
		return ""
	}
	step := values[1]
	if step < 2 {
		return ""
	}
	var mapped []string
	for i, v := range values {
		if v != i*step {
			return ""
		}
		if i > 0 {
			mapped = append(mapped, fmt.Sprintf("%d: %d", v, i))
		}
	}
	return fmt.Sprintf("the values are class numbers times %d, to be told apart by eye: set dataset.label_map: {%s}", step, strings.Join(mapped, ", "))
}
