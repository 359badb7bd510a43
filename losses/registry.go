package losses

import (
	"slices"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/nearest"
	"github.com/segmetry/segmetry/internal/option"
)

var registry = map[string]Definition{}

// Register adds a loss. It panics on a second loss of the same name: that is a programmer's error.
func Register(d Definition) {
	if _, taken := registry[d.Name]; taken || d.Name == "" || d.New == nil || d.Options == nil {
		panic("losses: Register: incomplete or repeated definition of " + d.Name)
	}
	registry[d.Name] = d
}

// document lists the losses of the source document, in its order.
var document = []string{"ce", "bce", "weighted_bce", "focal", "soft_dice", "soft_iou"}

// Names returns the registered losses: the source document's first, the others by name.
func Names() []string {
	names := slices.Clone(document)
	for name := range registry {
		if !slices.Contains(document, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names[len(document):])
	return names
}

// Group returns the losses that a group's name stands for: document, all (but for weighted_sum, which has nothing to add
// up by default) or none.
func Group(name string) (names []string, ok bool) {
	switch name {
	case "document":
		return slices.Clone(document), true
	case "all":
		return slices.DeleteFunc(Names(), func(name string) bool { return name == "weighted_sum" }), true
	case "none":
		return nil, true
	}
	return nil, false
}

// Find returns a loss's definition; an unknown name's error names the nearest.
func Find(name string) (Definition, error) {
	if d, ok := registry[name]; ok {
		return d, nil
	}
	return Definition{}, fault.Usagef("unknown loss %q%s See segmetry losses; document, all and none stand for several", name, nearest.Sentence(name, append(Names(), "document", "all", "none")))
}

// Option describes one option of a loss.
type Option = option.Option

// ListOptions describes a loss's options.
func (d Definition) ListOptions() []Option { return option.List(d.Options()) }
