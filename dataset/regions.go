package dataset

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
)

// Regions are labels that may overlap: each is the pixels of several mask values, as in nnU-Net's region-based training.
// In YAML it is a map whose keys are the labels, in the order of the model's channels: {whole: [1, 2, 3], core: [2, 3]}.
type Regions struct {
	names  []string
	values [][]int
}

// Names are the labels in order.
func (r Regions) Names() []string { return r.names }

// IsZero says that there are none.
func (r Regions) IsZero() bool { return len(r.names) == 0 }

// UnmarshalYAML reads {whole: [1, 2, 3], enhancing: 3}.
func (r *Regions) UnmarshalYAML(n *yaml.Node) error {
	*r = Regions{}
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: regions: expected labels with their mask values, such as {whole: [1, 2, 3], core: [2, 3]}", n.Line)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, list := n.Content[i], n.Content[i+1]
		nodes := []*yaml.Node{list}
		if list.Kind == yaml.SequenceNode {
			nodes = list.Content
		}
		var values []int
		for _, v := range nodes {
			value, err := strconv.Atoi(v.Value)
			if err != nil || value < 0 || value > 65535 {
				return fmt.Errorf("line %d: regions: %s: expected mask values from 0 to 65535, found %q", v.Line, name.Value, v.Value)
			}
			values = append(values, value)
		}
		r.names, r.values = append(r.names, name.Value), append(r.values, values)
	}
	return nil
}

// MarshalYAML writes the map as it was read.
func (r Regions) MarshalYAML() (any, error) {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for i, name := range r.names {
		list := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, v := range r.values[i] {
			list.Content = append(list.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.Itoa(v)})
		}
		key := &yaml.Node{}
		key.SetString(name)
		n.Content = append(n.Content, key, list)
	}
	return n, nil
}

// codes numbers the mask values that the regions name from 1 on, and 0, which has no label unless it is named.
func (r Regions) codes() map[int]int16 {
	named := map[int]bool{}
	for _, values := range r.values {
		for _, v := range values {
			named[v] = true
		}
	}
	codes := map[int]int16{0: 0}
	for i, v := range slices.Sorted(maps.Keys(named)) {
		codes[v] = int16(i + 1) // Validate bounds their number
	}
	return codes
}

// sets says which regions each code belongs to.
func (r Regions) sets() *raster.LabelSets {
	codes := r.codes()
	has := make([]map[int16]bool, len(r.names))
	for label, values := range r.values {
		has[label] = map[int16]bool{}
		for _, v := range values {
			has[label][codes[v]] = true
		}
	}
	return raster.NewLabelSets(len(r.names), len(codes)+1, func(label, value int) bool { return has[label][int16(value)] })
}

// maxBits is the number of labels that dataset.bits can tell apart: a bit of the labels' 16 says ignored.
const maxBits = 15

// validateLabels reports what is wrong with labels that may overlap.
func (o *Options) validateLabels() (problems []error) {
	report := func(bad bool, format string, args ...any) {
		if bad {
			problems = append(problems, fault.Usagef(format, args...))
		}
	}
	report(o.Bits && !o.Regions.IsZero(), "dataset.bits: a mask holds either bits or the values of dataset.regions: give one of them")
	report(o.Bits && len(o.Classes) > maxBits, "dataset.bits: dataset.classes names %d labels: expected at most %d", len(o.Classes), maxBits)
	for _, l := range o.LabelMap.named {
		report(o.Overlap() && l.name != "ignore", "dataset.label_map: %s has a list of mask values, and where labels may overlap it goes from mask values to mask values or ignore: use dataset.regions for the list", l.name)
	}
	report(o.Overlap() && len(o.IgnoreColors) > 0, "dataset.ignore_colors: masks of labels that may overlap are grey or indexed: use dataset.ignore_index or dataset.ignore_values")
	if o.Regions.IsZero() {
		return problems
	}
	report(len(o.Classes) > 0, "dataset.classes: the names of dataset.regions are the classes: leave dataset.classes out")
	report(len(o.Regions.names) > raster.MaxLabels, "dataset.regions: %d labels: expected at most %d", len(o.Regions.names), raster.MaxLabels)
	report(len(o.Regions.codes()) >= raster.MaxClasses, "dataset.regions: expected at most %d different mask values", raster.MaxClasses-1)
	for i, name := range o.Regions.names {
		report(name == "" || slices.Contains(o.Regions.names[:i], name), "dataset.regions: %q stands twice or is empty", name)
		report(len(o.Regions.values[i]) == 0, "dataset.regions: %s has no mask value: expected a list such as [1, 2, 3]", name)
		for _, v := range o.Regions.values[i] {
			report(o.IgnoreIndex != nil && v == *o.IgnoreIndex, "dataset.regions: %s has mask value %d, which dataset.ignore_index sends away", name, v)
			report(slices.Contains(o.IgnoreValues, v), "dataset.regions: %s has mask value %d, which dataset.ignore_values sends away", name, v)
		}
	}
	return problems
}

// ClassNames are the names of the classes: dataset.classes, or the regions.
func (o *Options) ClassNames() []string {
	if !o.Regions.IsZero() {
		return o.Regions.names
	}
	return o.Classes
}

// Overlap says that a pixel may have several labels, or none.
func (o *Options) Overlap() bool { return o.Bits || !o.Regions.IsZero() }

// LabelSets says which labels each value of a loaded mask stands for. Without regions and bits that is one each.
func (o *Options) LabelSets() *raster.LabelSets {
	switch {
	case !o.Regions.IsZero():
		return o.Regions.sets()
	case o.Bits:
		return raster.NewLabelSets(len(o.Classes), 1<<len(o.Classes), func(label, value int) bool { return value>>label&1 == 1 })
	}
	return raster.ExclusiveSets(len(o.Classes))
}

// overlapping returns the code of a mask value where labels may overlap, invalidLabel where it has none.
func (o *Options) overlapping() func(value int) int16 {
	if o.Bits {
		return func(value int) int16 {
			if value >= 1<<len(o.Classes) {
				return invalidLabel
			}
			return int16(value)
		}
	}
	codes := o.Regions.codes()
	return func(value int) int16 {
		if code, named := codes[value]; named {
			return code
		}
		return invalidLabel
	}
}

// expected says in words what a mask may hold.
func (o *Options) expected() string {
	switch {
	case o.Bits:
		return fmt.Sprintf("the bits of %d labels, 0 to %d; name more labels (dataset.classes)", len(o.Classes), 1<<len(o.Classes)-1)
	case !o.Regions.IsZero():
		return "0 or a value of dataset.regions; name it there"
	}
	return fmt.Sprintf("0 to %d; add classes (dataset.classes)", len(o.Classes)-1)
}
