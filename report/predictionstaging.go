package report

import (
	"bytes"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// Predictions gather in a hidden folder of the run folder while the run goes on. When it is over, those of the run before are
// removed, the hidden folder is renamed, its parts get their names, and it is removed last. Whatever ends the process, the next one
// finds what the run has stored: in the hidden folder, or, from the renaming on, in the run folder.
const (
	stagingName = ".predictions"
	movingName  = ".predictions.moving"
)

// BeginPredictions makes room for the predictions of a run that begins, and removes those of one that did not come to its end. No
// other process may be writing the folder.
func (f *Folder) BeginPredictions() (*Predictions, error) {
	p := newPredictions(f.options.Out, len(f.columns.Classes))
	err := p.discard()
	if err == nil {
		err = os.Mkdir(p.staging, 0o777)
	}
	if err != nil {
		return nil, f.orAbort(err)
	}
	f.predictions = p
	return p, nil
}

// ResumePredictions goes on with the predictions of a run that did not come to its end, of whose images rows has at least one.
// It says how many images from the first on have all that belongs to them, and removes what belongs to no image of rows. scores
// says that the model gives scores.
func (f *Folder) ResumePredictions(rows iter.Seq2[*record.Row, error], scores bool) (p *Predictions, whole int, err error) {
	p = newPredictions(f.options.Out, len(f.columns.Classes))
	if err := p.gather(); err != nil {
		return nil, 0, f.orAbort(err)
	}
	whole, kept, err := p.stored(rows, scores)
	if err != nil {
		return nil, 0, err
	}
	if err := p.prune(kept); err != nil {
		return nil, 0, f.orAbort(err)
	}
	f.predictions = p
	return p, whole, nil
}

// gather brings what a run has stored into the hidden folder, from wherever the end of the process has left it.
func (p *Predictions) gather() error {
	moving := filepath.Join(p.out, movingName)
	switch {
	case exists(p.staging):
		return os.RemoveAll(moving)
	case !exists(moving): // all had their names already
		if err := os.Mkdir(moving, 0o777); err != nil {
			return err
		}
	}
	for _, folder := range predictionFolders {
		from, to := filepath.Join(p.out, folder), filepath.Join(moving, folder)
		if exists(to) || !exists(from) {
			continue
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o777), os.Rename(from, to)); err != nil {
			return err
		}
	}
	return os.Rename(moving, p.staging)
}

// stored counts the first images that have all that belongs to them, and lists their files.
func (p *Predictions) stored(rows iter.Seq2[*record.Row, error], scores bool) (whole int, kept map[string]bool, err error) {
	kept = map[string]bool{}
	for row, err := range rows {
		if err != nil {
			return 0, nil, err
		}
		parts := partsOf(row.Record, scores)
		if slices.ContainsFunc(parts, p.lacks) {
			break
		}
		for _, name := range parts {
			kept[name] = true
		}
		whole++
	}
	return whole, kept, nil
}

// lacks says whether a file is missing or damaged.
func (p *Predictions) lacks(name string) bool {
	b, err := os.ReadFile(filepath.Join(p.staging, name))
	return err != nil || wholePNG(b) != nil
}

// prune removes all files but those that are kept.
func (p *Predictions) prune(kept map[string]bool) error {
	return filepath.WalkDir(p.staging, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(p.staging, path)
		if err == nil && !kept[name] {
			err = os.Remove(path)
		}
		return err
	})
}

// partsOf are the files of an image's stored prediction, below the run folder.
func partsOf(r *record.Record, scores bool) []string {
	if r.Status != record.OK {
		return nil
	}
	file := filepath.FromSlash(PredictionFile(r.Image))
	parts := []string{filepath.Join(predictionFolders[0], file)}
	if scores {
		parts = append(parts, filepath.Join(predictionFolders[1], file))
	}
	if r.ValidPixels != int64(r.Width)*int64(r.Height) {
		parts = append(parts, filepath.Join(predictionFolders[2], file))
	}
	return parts
}

// Copy stores an image's prediction as another run folder has it.
func (p *Predictions) Copy(from string, r *record.Record, scores bool) error {
	for _, name := range partsOf(r, scores) {
		path := filepath.Join(from, name)
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return fault.Dataf("the prediction of %s is missing: %s; run it again with --predictions and --overwrite", r.Image, path)
		}
		if err != nil {
			return fault.Usagef("%w", err)
		}
		if err := wholePNG(b); err != nil {
			return fault.Dataf("%s is damaged: %w; run it again with --predictions and --overwrite", path, err)
		}
		if err := p.put(name, b); err != nil {
			return err
		}
	}
	return nil
}

// storedPredictions says whether the run in a folder stored its predictions: whether the folder predictions is ours.
func storedPredictions(out string) bool {
	config, err := os.ReadFile(filepath.Join(out, "config.yaml"))
	return err == nil && bytes.Contains(config, []byte("predictions: true\n"))
}

// move gives the folders their names, in the place of those of the run before, where it has some: stale.
func (p *Predictions) move(out string, stale bool) error {
	for _, folder := range predictionFolders {
		if !stale {
			break
		}
		if err := os.RemoveAll(filepath.Join(out, folder)); err != nil {
			return err
		}
	}
	if p == nil {
		return nil
	}
	moving := filepath.Join(out, movingName)
	if err := os.Rename(p.staging, moving); err != nil {
		return err
	}
	for _, folder := range predictionFolders {
		if err := os.Rename(filepath.Join(moving, folder), filepath.Join(out, folder)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// settlePredictions ends the moving, once config.yaml says whose predictions they are.
func (f *Folder) settlePredictions() error {
	return os.RemoveAll(filepath.Join(f.options.Out, movingName))
}

// discard removes what was gathered.
func (p *Predictions) discard() error {
	if p == nil {
		return nil
	}
	return errors.Join(os.RemoveAll(p.staging), os.RemoveAll(filepath.Join(p.out, movingName)))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// sweepPredictions removes what processes that were killed have left, unless this one stores predictions, too, and looks itself.
func (f *Folder) sweepPredictions() {
	left, _ := filepath.Glob(filepath.Join(escapeGlob(f.options.Out), stagingName+"*")) // a pattern without errors
	for _, path := range left {
		base := filepath.Base(path)
		if base != stagingName && !strings.HasPrefix(base, stagingName+".") || f.options.Predictions && (base == stagingName || base == movingName) {
			continue
		}
		_ = os.RemoveAll(path) // what stays has a hidden name
	}
}
