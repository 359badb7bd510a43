package history

import (
	"context"
	"database/sql"
	"fmt"
)

// Health is what Check found.
type Health struct {
	Schema   int
	Runs     int
	Figures  int
	Problems []string // of the file: it is damaged
	Gone     []string // runs whose folders are no longer there, or hold another run
}

// Check reads the whole file: SQLite's own integrity check, references that lead nowhere, and whether every run's folder
// still holds it.
func (db *DB) Check(ctx context.Context) (*Health, error) {
	h := &Health{}
	var runs []*Run
	err := db.within(ctx, reading, func(c conn) error {
		var err error
		if h.Schema, err = db.version(ctx, c); err != nil {
			return err
		}
		if err := each(ctx, c, "PRAGMA integrity_check", func(rows *sql.Rows) error {
			var text string
			err := rows.Scan(&text)
			if err == nil && text != "ok" {
				h.Problems = append(h.Problems, text)
			}
			return err
		}); err != nil || len(h.Problems) > 0 {
			return err
		}
		if err := each(ctx, c, `SELECT "table", count(*), parent FROM pragma_foreign_key_check GROUP BY "table", parent`, func(rows *sql.Rows) error {
			var table, parent string
			var n int
			err := rows.Scan(&table, &n, &parent)
			h.Problems = append(h.Problems, fmt.Sprintf("%d rows of %s belong to no %s", n, table, parent))
			return err
		}); err != nil {
			return err
		}
		if err := c.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM figure)").Scan(&h.Runs, &h.Figures); err != nil {
			return err
		}
		runs, err = db.runs(ctx, c, "ORDER BY id")
		return err
	})
	for _, r := range runs {
		if gone := r.check(); gone != nil {
			h.Gone = append(h.Gone, gone.Error())
		}
	}
	return h, err
}
