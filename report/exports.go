package report

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/report/export"
	"github.com/segmetry/segmetry/report/figure"
)

// exports are the files for other tools that a run leaves beside its own. Those in a folder are gathered in a hidden one,
// which gets its name when the run is over.
type exports struct {
	list    []export.Export
	staging string   // "" until a folder is written
	stale   []string // what an earlier run's exports left in the run folder
}

// newExports checks the names.
func newExports(o Options, replaces bool) (*exports, error) {
	list, err := export.Find(o.Exports)
	if err != nil {
		return nil, err
	}
	e := &exports{list: list}
	if replaces {
		e.stale = exportsOf(o.Out)
	}
	for _, x := range list {
		name := strings.TrimSuffix(x.Path, "/")
		if _, err := os.Lstat(filepath.Join(o.Out, name)); err == nil && !slices.Contains(e.stale, name) {
			return nil, fault.Usagef("%s holds %s, which no run exported: choose another folder with --out, or leave %s out of report.exports", o.Out, name, x.Name)
		}
	}
	return e, nil
}

// exportsOf are the paths that the run in a folder exported, by its config.yaml.
func exportsOf(out string) []string {
	var c struct {
		Report struct {
			Exports []string `yaml:"exports"`
		} `yaml:"report"`
	}
	text, err := os.ReadFile(filepath.Join(out, "config.yaml"))
	if err != nil || yaml.Unmarshal(text, &c) != nil {
		return nil
	}
	list, err := export.Find(c.Report.Exports)
	if err != nil {
		return nil // of another version: what it left is not known
	}
	var paths []string
	for _, e := range list {
		paths = append(paths, strings.TrimSuffix(e.Path, "/"))
	}
	return paths
}

// export writes every export of the run.
func (f *Folder) export(s *record.Summary, m *record.Manifest, config []byte) error {
	c := &export.Content{Summary: s, Of: f.measures, Manifest: m, Config: config, Plots: f.options.Plots}
	for i, name := range f.charts.names[:f.charts.exported] {
		c.Distributions = append(c.Distributions, figure.Distribution{Name: name, Values: f.charts.values[i]})
	}
	for _, e := range f.exports.list {
		if err := e.Write(c, f.put); err != nil {
			return err
		}
	}
	return nil
}

// put writes an export's file: one in the run folder as its others, one in a folder of its own in the hidden one.
func (f *Folder) put(name string, data []byte) error {
	if !strings.Contains(name, "/") {
		file, err := f.create(name)
		if err == nil {
			_, err = file.Write(data)
		}
		return err
	}
	e := f.exports
	if e.staging == "" {
		var err error
		if e.staging, err = os.MkdirTemp(f.options.Out, ".exports.*"); err != nil {
			return err
		}
	}
	target := filepath.Join(e.staging, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
		return err
	}
	return os.WriteFile(target, data, 0o644)
}

// finish gives the folders their names, and removes what the exports of the run before left.
func (e *exports) finish(out string) error {
	for _, name := range e.stale {
		if err := os.RemoveAll(filepath.Join(out, name)); err != nil {
			return err
		}
	}
	if e.staging == "" {
		return nil
	}
	folders, err := os.ReadDir(e.staging)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if err := os.Rename(filepath.Join(e.staging, folder.Name()), filepath.Join(out, folder.Name())); err != nil {
			return err
		}
	}
	return e.abort()
}

// abort removes what was gathered.
func (e *exports) abort() error {
	if e == nil || e.staging == "" {
		return nil
	}
	return os.RemoveAll(e.staging)
}
