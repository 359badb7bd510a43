package history

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/segmetry/segmetry/internal/fault"
)

// Tag adds tags to a run and removes others.
func (db *DB) Tag(ctx context.Context, r *Run, add, remove []string) error {
	for _, name := range add {
		if err := CheckName("tag", name); err != nil {
			return err
		}
	}
	return db.within(ctx, writing, func(c conn) error {
		for _, name := range add {
			if _, err := c.ExecContext(ctx, "INSERT OR IGNORE INTO tag (run, name) VALUES (?, ?)", r.ID, name); err != nil {
				return err
			}
		}
		for _, name := range remove {
			done, err := c.ExecContext(ctx, "DELETE FROM tag WHERE run = ? AND name = ?", r.ID, name)
			if err != nil {
				return err
			}
			if n, err := done.RowsAffected(); err != nil || n == 0 {
				return errors.Join(err, fault.Usagef("run %d has no tag %q", r.ID, name))
			}
		}
		return nil
	})
}

// Release names a run a release. A name stands for one run: it returns the one that it stood for before, 0 where there was none.
func (db *DB) Release(ctx context.Context, r *Run, name string) (before int64, err error) {
	if err := CheckName("release", name); err != nil {
		return 0, err
	}
	err = db.within(ctx, writing, func(c conn) error {
		err := c.QueryRowContext(ctx, "SELECT run FROM release WHERE name = ?", name).Scan(&before)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		_, err = c.ExecContext(ctx, "INSERT INTO release (name, run, at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET run = excluded.run, at = excluded.at",
			name, r.ID, time.Now().UTC().Format(timeLayout))
		return err
	})
	return before, err
}
