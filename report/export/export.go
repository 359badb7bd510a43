// Package export writes a finished run for other tools: a Markdown summary, a LaTeX table, an MLflow folder, plots for
// papers. Each export is a file of this package that registers itself; docs/exports.md says what each writes.
//
// Exports are made of the summary alone. But for MLflow's, which has the run's times, their bytes are the same for the
// same inputs.
package export

import (
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/nearest"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/report/figure"
)

// Content is what exports are made of.
type Content struct {
	Summary       *record.Summary
	Of            map[string]string // what a figure with a label is called without it; nil where none has one
	Manifest      *record.Manifest
	Config        []byte                // the configuration as it was resolved, YAML
	Distributions []figure.Distribution // of the losses and of mIoU over the images
	Plots         figure.Options
}

// Put writes a file; name is a slash-separated path under the run folder.
type Put func(name string, data []byte) error

// Export is one way of writing a run.
type Export struct {
	Name  string
	Path  string // the file, or the folder with a slash behind it, that it writes in the run folder
	About string // what it is, for people
	Write func(c *Content, put Put) error
}

var registry []Export

// Register adds an export. It panics on a second one of the same name: that is a programmer's error.
func Register(e Export) {
	if e.Name == "" || e.Path == "" || e.About == "" || e.Write == nil || slices.ContainsFunc(registry, func(o Export) bool { return o.Name == e.Name || o.Path == e.Path }) {
		panic("export: Register: incomplete or repeated export " + e.Name)
	}
	at, _ := slices.BinarySearchFunc(registry, e, func(a, b Export) int { return strings.Compare(a.Name, b.Name) })
	registry = slices.Insert(registry, at, e)
}

// All are the exports, by name.
func All() []Export { return slices.Clone(registry) }

// Names are the exports' names.
func Names() []string {
	var names []string
	for _, e := range registry {
		names = append(names, e.Name)
	}
	return names
}

// Find returns the exports of the names, each once; "all" are all. An unknown name's error names the nearest.
func Find(names []string) ([]Export, error) {
	var list []Export
	for _, name := range names {
		if name == "all" {
			return All(), nil
		}
		at := slices.IndexFunc(registry, func(e Export) bool { return e.Name == name })
		if at < 0 {
			return nil, fault.Usagef("report.exports: unknown export %q%s Known: %s, all", name, nearest.Sentence(name, Names()), strings.Join(Names(), ", "))
		}
		if !slices.ContainsFunc(list, func(e Export) bool { return e.Name == name }) {
			list = append(list, registry[at])
		}
	}
	return list, nil
}
