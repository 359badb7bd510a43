package dataset

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
)

// Relabel says what each class of options becomes under other options that read the same masks: a class of theirs, or
// Ignored. It is an error where that does not follow from the class: mask values of one class become several, or
// values that were ignored or no class count now. accepts says that values that were no class now are one, or ignored.
func Relabel(from, to Options) (classes []int16, accepts bool, err error) {
	before, after := labelTable(from), labelTable(to)
	classes = make([]int16, len(from.Classes))
	source := make([]int, len(from.Classes)) // a mask value of each class, −1: none so far
	for c := range classes {
		classes[c], source[c] = raster.Ignored, -1
	}
	for value := range before {
		was, is := before[value], after[value]
		switch {
		case was == invalidLabel:
			accepts = accepts || is != invalidLabel
		case was == is && was == raster.Ignored:
		case was == raster.Ignored:
			return nil, false, fault.Usagef("mask value %d was ignored and is %s: how many pixels have it is not in the statistics", value, to.target(is))
		case is == invalidLabel:
			return nil, false, fault.Usagef("mask value %d was class %q and is no class any more", value, from.Classes[was])
		case source[was] >= 0 && classes[was] != is:
			return nil, false, fault.Usagef("class %q would be divided: its mask value %d becomes %s and %d becomes %s, and the statistics do not tell the two apart", from.Classes[was], source[was], to.target(classes[was]), value, to.target(is))
		default:
			classes[was], source[was] = is, value
		}
	}
	return classes, accepts, nil
}

// target says in words what a mask value becomes.
func (o *Options) target(class int16) string {
	switch class {
	case raster.Ignored:
		return "ignored"
	case invalidLabel:
		return "no class"
	}
	return fmt.Sprintf("class %q", o.Classes[class])
}

// Regroup returns options that read the same masks into other classes: class c becomes to[c], a number in names or
// Ignored. A new class has the colour of the first that becomes it.
func (o Options) Regroup(to []int16, names []string) Options {
	old := o.LabelMap
	m := LabelMap{values: map[int]int{}}
	target := func(class int) int {
		if class < 0 || to[class] == raster.Ignored {
			return ignoreTarget
		}
		return int(to[class])
	}
	for value, class := range old.resolved(o.Classes) {
		m.values[value] = target(class)
	}
	if old.fallback != nil {
		class := target(*old.fallback)
		m.fallback = &class
	}
	for class := range o.Classes {
		if _, named := m.values[class]; !named && old.fallback == nil && target(class) != class {
			m.values[class] = target(class)
		}
	}
	if o.Palette != nil {
		palette := make([][3]uint8, len(names))
		for class := len(to) - 1; class >= 0; class-- {
			if to[class] != raster.Ignored {
				palette[to[class]] = o.Palette[class]
			}
		}
		o.Palette = palette
	}
	o.Classes, o.LabelMap = names, m
	return o
}

// ParseGroup reads a group of classes, NEW=a,b,c.
func ParseGroup(text string) (name string, members []string, err error) {
	name, list, ok := strings.Cut(text, "=")
	name = strings.TrimSpace(name)
	for _, member := range strings.Split(list, ",") {
		members = append(members, strings.TrimSpace(member))
	}
	if !ok || name == "" || cmp.Or(members...) == "" {
		return "", nil, fault.Usagef("%q: expected NEW=a,b,c: the name of a new class, and the classes that become it", text)
	}
	return name, members, nil
}
