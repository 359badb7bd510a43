package metrics

import (
	"cmp"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/nearest"
	"github.com/segmetry/segmetry/internal/option"
)

// Definition describes a measure to the registry: what it is called, what it takes, how it is made, and what the user is
// told about it.
type Definition struct {
	Name      string
	Family    string
	Formula   string   // what is computed
	Range     string   // of its values, the better end first
	Undefined string   // where it has no value
	Matches   string   // the library call that the default equals
	Paper     string   //
	Notes     []string // behaviour that surprises
	// Options returns a pointer to the measure's options, filled with the defaults; New gets it back decoded. nil: none.
	Options func() any
	New     func(options any, s Shape) (Measure, error)
	// NeedsScores says that label maps alone do not suffice.
	NeedsScores bool
	// NeedsLabels says that it is of labels that may overlap.
	NeedsLabels bool
}

var (
	registry = map[string]Definition{}
	families []string // in the order of their registration
	// introductions say what a family's measures have in common, for docs/metrics.md.
	introductions = map[string]string{familyOverlap: "Counts are int64, summed over the images."}
)

// Register adds a measure. It panics on a second one of the same name: that is a programmer's error.
func Register(d Definition) {
	if _, taken := registry[d.Name]; taken || d.Name == "" || d.New == nil || d.Family == "" || d.Formula == "" {
		panic("metrics: Register: incomplete or repeated definition of " + d.Name)
	}
	registry[d.Name] = d
	if !slices.Contains(families, d.Family) {
		families = append(families, d.Family)
	}
}

// Names returns the name of every measure: those of group standard first, in their order, then the others by name.
func Names() []string {
	names := slices.Clone(standard)
	for name := range registry {
		if !slices.Contains(standard, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names[len(standard):])
	return names
}

// Find returns the definition of a measure, without its view; an unknown name's error names the nearest.
func Find(name string) (Definition, error) {
	base, _ := splitView(name)
	if d, ok := registry[base]; ok {
		return d, nil
	}
	if wrongPercentile(name) {
		return Definition{}, fault.Usagef("unknown metric %q: %s", name, percentiles)
	}
	near := nearest.Near(base, append(Names(), GroupNames()...))
	for i := range near {
		near[i] += name[len(base):]
	}
	return Definition{}, fault.Usagef("unknown metric %q%s See segmetry metrics, which lists groups of them, too", name, cmp.Or(nearest.Ask(near), "."))
}

// Doc returns what a measure is, for tooltips and help; "" for an unknown name.
func Doc(name string) string {
	base, view := splitView(name)
	d, ok := registry[base]
	if !ok {
		return ""
	}
	return d.Formula + view.doc()
}

// better is 1 where higher values are better, −1 where lower ones are, and 0 where neither is: thresholds and lists. The range
// says so, whose first end is the better one.
func (d Definition) better() int {
	switch {
	case strings.Contains(d.Name, "threshold"), d.Name == "auroc_bound":
		return 0
	case strings.HasPrefix(d.Range, "1 to"):
		return 1
	case strings.HasPrefix(d.Range, "0 "):
		return -1
	}
	return 0
}

// Option describes one option of a measure.
type Option = option.Option

// ListOptions describes a measure's options.
func (d Definition) ListOptions() []Option {
	if d.Options == nil {
		return nil
	}
	return option.List(d.Options())
}

// none are the options of a measure without any.
type none struct{}

func (d Definition) compile(spec Spec, s Shape) (Measure, error) {
	var options any = &none{}
	if d.Options != nil {
		options = d.Options()
	}
	if o, ok := options.(interface{ space(spacing []float64) }); ok && spec.Spacing != nil {
		o.space(spec.Spacing)
	}
	if spec.Decode != nil {
		if err := spec.Decode(options); err != nil {
			return Measure{}, err
		}
	}
	if d.NeedsScores && !s.Scores {
		return Measure{}, fault.Usagef("it needs probabilities, and there are label maps alone: leave it out, or give logits or probabilities")
	}
	if d.NeedsLabels && s.Labels == 0 {
		return Measure{}, fault.Usagef("it needs labels that may overlap, and these classes are exclusive: leave it out")
	}
	return d.New(options, s)
}
