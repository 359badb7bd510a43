package history

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

// Prefix begins a baseline that a history knows: db:last-released.
const Prefix = "db:"

// Resolve returns the run folder that a baseline of a history stands for, and makes sure that it still holds that run:
// db:last-released (the run that was named a release last), db:last (the newest run), db:NAME (the release of that name, or
// the newest run with that tag) and db:17 (run 17).
func Resolve(ctx context.Context, baseline, path string) (string, error) {
	which, ok := strings.CutPrefix(baseline, Prefix)
	switch {
	case !ok:
		return "", fault.Usagef("baseline %q: expected %sNAME", baseline, Prefix)
	case path == "":
		return "", fault.Usagef("baseline %s: say which history is meant: --history FILE.db (run.history)", baseline)
	}
	db, err := Open(ctx, path)
	if err != nil {
		return "", err
	}
	defer db.Close()
	r, err := db.Which(ctx, which)
	if err != nil {
		return "", err
	}
	return r.Folder, r.check()
}

// check makes sure that the run's folder still holds it.
func (r *Run) check() error {
	text, err := readFile(r.Folder, "summary.json")
	if errors.Is(err, fs.ErrNotExist) {
		return fault.Usagef("run %d is gone: %s has no summary.json", r.ID, r.Folder)
	}
	if err != nil {
		return err
	}
	if digest(text) != r.SummarySHA256 {
		return fault.Usagef("run %d is gone: %s was written anew since (summary.json has another SHA-256 than the history)", r.ID, r.Folder)
	}
	return nil
}

// Which finds the run that a word stands for: last, last-released, a release, a tag, a number, or a run folder.
func (db *DB) Which(ctx context.Context, which string) (*Run, error) {
	var list []*Run
	err := db.within(ctx, reading, func(c conn) error {
		var err error
		list, err = db.which(ctx, c, which)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fault.Usagef("the history %s has no run %q: %s", db.path, which, hint(which))
	}
	return list[0], nil
}

func hint(which string) string {
	if which == lastReleased {
		return "no run was named a release: segmetry history tag DB RUN --release NAME does it"
	}
	return "expected a release, a tag, a run's number or folder, last, or last-released; segmetry history lists them"
}

func (db *DB) which(ctx context.Context, c conn, which string) ([]*Run, error) {
	switch {
	case which == last:
		return db.runs(ctx, c, "ORDER BY started DESC, id DESC LIMIT 1")
	case which == lastReleased:
		return db.runs(ctx, c, "WHERE id = (SELECT run FROM release ORDER BY at DESC, name DESC LIMIT 1)")
	case numeric.MatchString(which):
		id, err := strconv.ParseInt(which, 10, 64)
		if err != nil {
			return nil, nil // longer than any number of a run
		}
		return db.runs(ctx, c, "WHERE id = ?", id)
	}
	list, err := db.runs(ctx, c, "WHERE id = (SELECT run FROM release WHERE name = ?)", which)
	if err != nil || len(list) > 0 {
		return list, err
	}
	list, err = db.runs(ctx, c, "WHERE id IN (SELECT run FROM tag WHERE name = ?) ORDER BY started DESC, id DESC LIMIT 1", which)
	if err != nil || len(list) > 0 {
		return list, err
	}
	folder, err := filepath.Abs(which)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, nil
	}
	return db.runs(ctx, c, "WHERE folder = ? ORDER BY started DESC, id DESC LIMIT 1", db.store(folder))
}
