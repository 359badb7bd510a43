package report

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/segmetry/segmetry/internal/atomicfile"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// Compare writes what a comparison of two runs leaves behind into a folder: compare.html, compare.csv, junit.xml, summary.md
// and, as the sign of a complete folder, compare.json last. A folder that holds a comparison is refused unless overwrite is
// set.
func Compare(out string, r *record.Release, overwrite bool) error {
	if _, err := os.Stat(filepath.Join(out, "compare.json")); err == nil && !overwrite {
		return fault.Usagef("%s already holds a compare.json: choose another folder with --out, or replace it with --overwrite", out)
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return fault.Usagef("the folder cannot be made: %w; choose another with --out", err)
	}
	if err := writeAll(out, []named{{"compare.html", func(w io.Writer) error { return ReleasePage(w, r) }}, {"compare.csv", func(w io.Writer) error { return ReleaseCSV(w, r) }},
		{"junit.xml", func(w io.Writer) error { return ReleaseJUnit(w, r) }}, {"summary.md", func(w io.Writer) error { return ReleaseMarkdown(w, r) }},
		{"compare.json", func(w io.Writer) error { return ReleaseJSON(w, r) }}}); err != nil {
		return fault.Usagef("writing %s: %w; is the disk full?", out, err)
	}
	return nil
}

// named is a file and what writes it.
type named struct {
	name  string
	write func(io.Writer) error
}

// writeAll writes files that appear together, in their order, or not at all.
func writeAll(dir string, list []named) (err error) {
	var open []*atomicfile.File
	defer func() {
		if err != nil {
			for _, f := range open {
				f.Abort()
			}
		}
	}()
	for _, n := range list {
		f, err := atomicfile.Create(filepath.Join(dir, n.name))
		if err != nil {
			return err
		}
		open = append(open, f)
		if err := errors.Join(n.write(f), f.Sync()); err != nil {
			return err
		}
	}
	for _, f := range open {
		if err := f.Commit(); err != nil {
			return err
		}
	}
	return nil
}
