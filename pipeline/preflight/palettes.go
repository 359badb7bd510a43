package preflight

import "fmt"

func init() {
	Register(Check{Name: "palettes", Doc: "indexed masks whose palettes give one value different colours", New: func(*Setup) Checker { return &palettes{by: map[int]colored{}} }})
}

// colored is the colour of a value, and the file that had it first.
type colored struct {
	color [3]uint8
	file  string
}

// palettes are the colours of the values that pixels have. Colours of values that no pixel has say nothing.
type palettes struct {
	by map[int]colored
	tallied
	found string
}

func (c *palettes) Look(v *View) {
	if v.MaskErr != nil || v.Mask.Palette == nil {
		return
	}
	differs := ""
	for _, n := range v.Mask.Values {
		if n.Value >= len(v.Mask.Palette) {
			continue
		}
		color := v.Mask.Palette[n.Value]
		first, known := c.by[n.Value]
		if !known {
			c.by[n.Value] = colored{color, v.Item.Mask.Name}
		} else if differs == "" && color != first.color {
			differs = fmt.Sprintf("value %d is colour (%d,%d,%d) in %s and (%d,%d,%d) in %s", n.Value, color[0], color[1], color[2], v.Item.Mask.Name,
				first.color[0], first.color[1], first.color[2], first.file)
		}
	}
	if differs != "" && c.add(v.Item.Mask.Name) {
		c.found = differs
	}
}

func (c *palettes) Findings(Seen) []Finding {
	if c.count == 0 {
		return nil
	}
	return []Finding{{Level: Warning, Check: "palettes", File: c.first, Count: c.count, Found: c.found,
		Expected: "one colour for a value in all masks: indices are what is read, and a file with another palette may have another order of classes",
		Do:       "open both files; save the one whose order is wrong with the palette of the others"}}
}
