// Package report writes the run folder: images.csv, summary.csv, summary.json, statistics/, config.yaml, manifest.json
// and report.html, which is one file that loads nothing; with a reference also parity.csv and parity.json, and
// where predictions are stored predictions/; and what report.exports names (package export).
//
// Every file is written under a temporary name, synced, and renamed when the run is over; summary.json comes last and is
// the sign of a complete folder. All but manifest.json, and the report's footer that quotes it, are byte-identical for
// the same inputs. Undefined values are blank in CSV, null with a status in JSON and n/a in HTML; figures are
// full-precision fractions, which the report shows times 100 where that is usual.
//
// statistics/statistics.db is written by package store, into the place that Folder.Place makes for it.
package report

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/atomicfile"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// signs are the files that say that a folder holds a run.
var signs = []string{"summary.json", "images.csv", "manifest.json", "report.html"}

// Folder is a run folder that is being written.
type Folder struct {
	options     Options
	columns     record.Columns
	images      *atomicfile.File
	rows        *rowWriter
	parity      *parityWriter // nil without a reference
	predictions *Predictions  // nil until BeginPredictions or ResumePredictions
	exports     *exports
	charts      *charts
	failures    []failure
	failed      int
	verdict     *record.Release // of the gates of the run alone; nil: none was judged
	definitions map[string]string
	measures    map[string]string // what a figure is called without a label
	links       map[string]string // where the documentation explains it
	replaces    bool              // a run lies in the folder
	stale       bool              // the folders of predictions in it are a run's
	open        []*atomicfile.File
}

// failure is an image that could not be scored, for the report.
type failure struct{ Image, Status, Error string }

// maxFailures bounds how many failed images the report lists; images.csv has them all.
const maxFailures = 200

// Create begins a run folder. A folder that already holds a run is refused unless overwrite is set; its files stay until
// the new ones are complete.
func Create(o Options, c record.Columns, overwrite bool) (*Folder, error) {
	replaces := false
	for _, name := range signs {
		_, err := os.Stat(filepath.Join(o.Out, name))
		if err == nil && !overwrite {
			return nil, fault.Usagef("%s already holds a run (%s): choose another folder with --out, or replace it with --overwrite", o.Out, name)
		}
		replaces = replaces || err == nil
	}
	stale := replaces && storedPredictions(o.Out) || exists(filepath.Join(o.Out, movingName))
	if _, err := os.Stat(filepath.Join(o.Out, predictionFolders[0])); err == nil && o.Predictions && !stale {
		return nil, fault.Usagef("%s holds a folder %s that is no run's: choose another folder with --out", o.Out, predictionFolders[0])
	}
	exports, err := newExports(o, replaces)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(o.Out, "statistics"), 0o777); err != nil {
		return nil, fault.Usagef("the run folder cannot be made: %w; choose another with --out", err)
	}
	f := &Folder{options: o, columns: c, charts: newCharts(c), definitions: map[string]string{}, measures: map[string]string{}, links: map[string]string{}, replaces: replaces, stale: stale, exports: exports}
	if f.images, err = f.create("images.csv"); err != nil {
		f.Abort()
		return nil, fault.Usagef("the run folder cannot be written: %w; choose another with --out", err)
	}
	f.rows = newRowWriter(f.images, c)
	err = errors.Join(f.openParity(), f.rows.header())
	return f, f.orAbort(err)
}

// Define gives a figure its explanation in the report.
func (f *Folder) Define(name, doc string) { f.definitions[name] = doc }

func (f *Folder) create(name string) (*atomicfile.File, error) {
	file, err := atomicfile.Create(filepath.Join(f.options.Out, name))
	if err == nil {
		f.open = append(f.open, file)
	}
	return file, err
}

// orAbort removes everything unfinished on an error, which it classifies.
func (f *Folder) orAbort(err error) error {
	if err == nil {
		return nil
	}
	f.Abort()
	return fault.Usagef("writing the run folder %s: %w; is the disk full?", f.options.Out, err)
}

// Judge puts what the gates of the run alone say on the page; nil: none was judged.
func (f *Folder) Judge(r *record.Release) { f.verdict = r }

// Abort removes what was not finished, but for the predictions, which belong to the journal: Discard removes them.
func (f *Folder) Abort() {
	for _, file := range f.open {
		file.Abort()
	}
	_ = f.exports.abort() // what stays has a hidden name
}

// Discard removes the predictions of a run that does not go on, and the folders where nothing else lies in them.
func (f *Folder) Discard() error {
	err := f.predictions.discard()
	for _, folder := range []string{filepath.Join(f.options.Out, "statistics"), f.options.Out} {
		_ = os.Remove(folder) // one that has something in it stays
	}
	return err
}

// Sweep removes what processes that were killed have left in the folder: files under temporary names. No other process may
// be writing the folder.
func (f *Folder) Sweep() {
	var mine []string
	for _, file := range f.open {
		mine = append(mine, file.Temporary())
	}
	names := append([]string{"summary.csv", "config.yaml", "parity.csv", "parity.json", filepath.Join("statistics", "statistics.db")}, signs...)
	for _, name := range names {
		dir, base := filepath.Split(filepath.Join(f.options.Out, name))
		left, _ := filepath.Glob(filepath.Join(escapeGlob(dir), "."+base+".*")) // a pattern without errors
		for _, path := range left {
			if !slices.Contains(mine, path) {
				_ = os.Remove(path) // what stays has a hidden name
			}
		}
	}
	f.sweepPredictions()
}

// escapeGlob makes a path a pattern of itself.
func escapeGlob(path string) string {
	return strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`).Replace(path)
}

// Place makes a file of the folder that another package writes: an empty one at the path that is returned, which gets its
// name when the folder is finished.
func (f *Folder) Place(name string) (path string, err error) {
	file, err := f.create(name)
	if err != nil {
		return "", f.orAbort(err)
	}
	return file.Temporary(), nil
}

// Add writes an image's row. Memory does not grow with the number of images, but for the failures that the report lists.
func (f *Folder) Add(r *record.Record) error {
	f.charts.add(r)
	if r.Status != record.OK {
		f.failed++
		if len(f.failures) < maxFailures {
			f.failures = append(f.failures, failure{r.Image, string(r.Status), r.Error})
		}
	}
	return f.orAbort(errors.Join(f.rows.write(r), f.addParity(r)))
}

// Finish writes everything else and gives all files their names.
func (f *Folder) Finish(s *record.Summary, m *Manifest, config []byte, worst []record.Thumbnail) error {
	write := func(name string, body func(*atomicfile.File) error) error {
		file, err := f.create(name)
		if err != nil {
			return err
		}
		return body(file)
	}
	err := errors.Join(
		f.images.Sync(),
		write("summary.csv", func(w *atomicfile.File) error { return summaryCSV(w, s) }),
		write("config.yaml", func(w *atomicfile.File) error { _, err := w.Write(config); return err }),
		write("manifest.json", func(w *atomicfile.File) error { return writeManifest(w, m) }),
		write("report.html", func(w *atomicfile.File) error { return f.html(w, s, m, config, worst) }),
		f.finishParity(s, write),
		f.export(s, m, config),
		f.finishSlices(s, write),
		write("summary.json", func(w *atomicfile.File) error { return SummaryJSON(w, s) }),
	)
	for _, file := range f.open {
		err = errors.Join(err, file.Sync())
	}
	if err == nil {
		err = errors.Join(f.predictions.move(f.options.Out, f.stale), f.exports.finish(f.options.Out))
	}
	if err != nil {
		return f.orAbort(err)
	}
	for _, file := range f.open {
		err = errors.Join(err, file.Commit())
	}
	if err == nil {
		err = f.settlePredictions()
	}
	return f.orAbort(err)
}

func writeManifest(w *atomicfile.File, m *record.Manifest) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(m)
}
