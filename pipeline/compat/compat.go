// Package compat says what other systems would report of the same predictions, and which of their conventions moves a
// figure by how much.
//
// A [Profile] is one system: its figures, and the conventions that lead from ours to each. It is a file that registers
// itself. Figures are functions of the images' confusion counts and, for surfaces, of the distances that the run
// measured: a run with profiles makes no further pass over any image. Sums are formed in input order, so that no figure
// depends on the number of workers; shards are brought together by adding their images in order.
//
// Expected values come from the systems themselves (.ci/bench/compat.py); docs/compat.md lists them with their versions
// and tolerances.
package compat

import (
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/nearest"
)

// Profile is another system's way of counting.
type Profile struct {
	Name    string // as it is asked for: mmseg
	Library string // that it matches
	Version string // which it was held against
	About   string // one sentence: what the system reports
	// Conventions lead from our figures to the system's, one after the other.
	Conventions []Convention
	Figures     []Figure
	Notes       []string // what is the same as ours though one would not think so, and what is not reproduced
	// Tolerance is up to what the system's own figures agree, absolute and relative to values above 1; Why says where it
	// comes from.
	Tolerance float64
	Why       string
}

// Convention is one way in which a system differs from ours.
type Convention struct {
	Name  string
	About string   // one sentence
	Of    []string // the figures that it is about; nil: all
	// Choice says that it is an option of the system that is not its default: it is shown for itself, and is no part of
	// the system's figure.
	Choice bool
	// Classes is the one number of classes for which it is shown; 0: any.
	Classes int
	apply   func(*rules)
}

// Figure is one number that the system reports.
type Figure struct {
	Name string
	Call string // where the system has it
	Ours string // our figure that it would be taken for
	of   *measure
	base rules // ours
	// fits says why the figure is not given for these classes; "" where it is. nil: always.
	fits func(classes []string) string
}

// concerns says whether a convention is about a figure of so many classes.
func (c *Convention) concerns(f *Figure, classes int) bool {
	return (c.Of == nil || slices.Contains(c.Of, f.Name)) && (c.Classes == 0 || c.Classes == classes)
}

var registry []Profile

// Register adds a profile. It panics on one that is incomplete or repeated: that is a programmer's error.
func Register(p Profile) {
	complete := p.Name != "" && p.Library != "" && p.Version != "" && p.About != "" && p.Tolerance > 0 && p.Why != "" && len(p.Figures) > 0
	for _, c := range p.Conventions {
		complete = complete && c.Name != "" && c.About != "" && c.apply != nil
		for _, of := range c.Of {
			complete = complete && slices.ContainsFunc(p.Figures, func(f Figure) bool { return f.Name == of })
		}
	}
	for _, f := range p.Figures {
		complete = complete && f.Name != "" && f.Call != "" && f.Ours != "" && f.of != nil
	}
	if !complete || slices.ContainsFunc(registry, func(o Profile) bool { return o.Name == p.Name }) {
		panic("compat: Register: incomplete or repeated profile " + p.Name)
	}
	at, _ := slices.BinarySearchFunc(registry, p, func(a, b Profile) int { return strings.Compare(a.Name, b.Name) })
	registry = slices.Insert(registry, at, p)
}

// All are the profiles, by name.
func All() []Profile { return slices.Clone(registry) }

// Names are the profiles' names.
func Names() []string {
	var names []string
	for _, p := range registry {
		names = append(names, p.Name)
	}
	return names
}

// Find returns the profiles of the names, each once, in the order asked for; "all" are all. An unknown name's error names
// the nearest.
func Find(names []string) ([]Profile, error) {
	var list []Profile
	for _, name := range names {
		if name == "all" {
			return All(), nil
		}
		at := slices.IndexFunc(registry, func(p Profile) bool { return p.Name == name })
		if at < 0 {
			known := append(Names(), "all")
			return nil, fault.Usagef("unknown compat profile %q%s Known: %s", name, nearest.Sentence(name, known), strings.Join(known, ", "))
		}
		if !slices.ContainsFunc(list, func(p Profile) bool { return p.Name == name }) {
			list = append(list, registry[at])
		}
	}
	return list, nil
}
