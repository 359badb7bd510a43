package history

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"path/filepath"
	"strings"
)

// Add appends a run with its tags, and returns its number. A run that is there already keeps its number and its figures; what
// it has more now, tags and a verdict, is added.
func (db *DB) Add(ctx context.Context, r *Run) (int64, error) {
	for _, name := range r.Tags {
		if err := CheckName("tag", name); err != nil {
			return 0, err
		}
	}
	var id int64
	err := db.within(ctx, writing, func(c conn) error {
		var err error
		if id, err = db.insert(ctx, c, r); err != nil {
			return err
		}
		for _, name := range r.Tags {
			if _, err := c.ExecContext(ctx, "INSERT OR IGNORE INTO tag (run, name) VALUES (?, ?)", id, name); err != nil {
				return err
			}
		}
		return nil
	})
	return id, err
}

// insert adds the run and its figures, or brings the one that is there up to date.
func (db *DB) insert(ctx context.Context, c conn, r *Run) (id int64, err error) {
	started, folder := r.Started.UTC().Format(timeLayout), db.store(r.Folder)
	err = c.QueryRowContext(ctx, "SELECT id FROM run WHERE started = ? AND summary_sha256 = ?", started, r.SummarySHA256).Scan(&id)
	if err == nil {
		_, err = c.ExecContext(ctx, "UPDATE run SET folder = ?, verdict = CASE WHEN ? = '' THEN verdict ELSE ? END WHERE id = ?", folder, r.Verdict, r.Verdict, id)
		return id, err
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	done, err := c.ExecContext(ctx, `INSERT INTO run (started, folder, model, model_sha256, dataset, dataset_digest, config_sha256, summary_sha256,
		images, scored, version, revision, verdict, modified) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		started, folder, r.Model, r.ModelSHA256, r.Dataset, r.DatasetDigest, r.ConfigSHA256, r.SummarySHA256,
		r.Images, r.Scored, r.Version, r.Revision, r.Verdict, r.Modified)
	if err != nil {
		return 0, err
	}
	if id, err = done.LastInsertId(); err != nil {
		return 0, err
	}
	for place, f := range r.Figures {
		if err := insertFigure(ctx, c, id, place, f); err != nil {
			return 0, err
		}
	}
	return id, nil
}

func insertFigure(ctx context.Context, c conn, run int64, place int, f Figure) error {
	if _, err := c.ExecContext(ctx, "INSERT OR IGNORE INTO name (metric, class) VALUES (?, ?)", f.Metric, f.Class); err != nil {
		return err
	}
	_, err := c.ExecContext(ctx, "INSERT INTO figure (name, run, place, value, low, high) SELECT id, ?, ?, ?, ?, ? FROM name WHERE metric = ? AND class = ?",
		run, place, null(f.Value), null(f.Low), null(f.High), f.Metric, f.Class)
	return err
}

// null stores what is undefined as NULL.
func null(x float64) any {
	if math.IsNaN(x) {
		return nil
	}
	return x
}

// store makes a folder below the history's own relative to it: the two may move together.
func (db *DB) store(folder string) string {
	within, err := filepath.Rel(db.dir, folder)
	if err != nil || within == ".." || strings.HasPrefix(within, ".."+string(filepath.Separator)) {
		return folder
	}
	return filepath.ToSlash(within)
}

// locate is the reverse of store.
func (db *DB) locate(folder string) string {
	if folder = filepath.FromSlash(folder); filepath.IsAbs(folder) {
		return folder
	}
	return filepath.Join(db.dir, folder)
}
