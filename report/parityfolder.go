package report

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/segmetry/segmetry/internal/atomicfile"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// ParityFolder writes what compares two run folders: parity.csv, parity.json and parity.html.
type ParityFolder struct {
	out  string
	open []*atomicfile.File
	csv  *parityWriter
}

// CreateParity begins the folder. names are the figures that images of both runs have. A folder that already holds a
// comparison is refused unless overwrite is set.
func CreateParity(out string, names []string, overwrite bool) (*ParityFolder, error) {
	if _, err := os.Stat(filepath.Join(out, "parity.json")); err == nil && !overwrite {
		return nil, fault.Usagef("%s already holds a parity.json: choose another folder with --out, or replace it with --overwrite", out)
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return nil, fault.Usagef("the folder cannot be made: %w; choose another with --out", err)
	}
	f := &ParityFolder{out: out}
	file, err := f.create("parity.csv")
	if err == nil {
		f.csv, err = newParityWriter(file, names)
	}
	return f, f.orAbort(err)
}

func (f *ParityFolder) create(name string) (*atomicfile.File, error) {
	file, err := atomicfile.Create(filepath.Join(f.out, name))
	if err == nil {
		f.open = append(f.open, file)
	}
	return file, err
}

func (f *ParityFolder) orAbort(err error) error {
	if err == nil {
		return nil
	}
	f.Abort()
	return fault.Usagef("writing %s: %w; is the disk full?", f.out, err)
}

// Abort removes what was not finished.
func (f *ParityFolder) Abort() {
	for _, file := range f.open {
		file.Abort()
	}
}

// Add writes an image's row; p is nil where the image was not compared.
func (f *ParityFolder) Add(image string, status record.Status, p *record.Parity, figures, reference []float64) error {
	return f.orAbort(f.csv.write(image, status, p, figures, reference))
}

// Finish writes everything else and gives all files their names.
func (f *ParityFolder) Finish(title string, classes []string, p *record.ParitySummary) error {
	object, err1 := f.create("parity.json")
	page, err2 := f.create("parity.html")
	err := errors.Join(err1, err2)
	if err == nil {
		err = errors.Join(ParityJSON(object, classes, p), ParityPage(page, title, classes, p))
	}
	for _, file := range f.open {
		if err == nil {
			err = file.Sync()
		}
	}
	if err != nil {
		return f.orAbort(err)
	}
	for _, file := range f.open {
		err = errors.Join(err, file.Commit())
	}
	return f.orAbort(err)
}
