package history

import (
	"context"

	"github.com/segmetry/segmetry/internal/fault"
)

// applicationID marks the file as a history of this program: "Sgmt".
const applicationID = 0x53676d74

// steps bring a file from the schema of their index to the next one. A step that was released is never changed.
var steps = []string{
	// 1: runs, their figures and tags.
	`CREATE TABLE run (
		id             INTEGER PRIMARY KEY,
		started        TEXT NOT NULL,    -- UTC, RFC 3339 with nine digits of a second: the order of text is that of time
		folder         TEXT NOT NULL,    -- relative to the history's folder where it lies below it
		model          TEXT NOT NULL,
		model_sha256   TEXT NOT NULL,
		dataset        TEXT NOT NULL,
		dataset_digest TEXT NOT NULL,
		config_sha256  TEXT NOT NULL,    -- of config.yaml
		summary_sha256 TEXT NOT NULL,    -- of summary.json: says whether the folder still holds this run
		images         INTEGER NOT NULL,
		scored         INTEGER NOT NULL, -- images with status ok
		version        TEXT NOT NULL,    -- of segmetry
		revision       TEXT NOT NULL,    -- of git, '' outside a repository
		UNIQUE (started, summary_sha256)
	);
	CREATE TABLE name (                      -- of a figure
		id     INTEGER PRIMARY KEY,
		metric TEXT NOT NULL,
		class  TEXT NOT NULL,            -- '' of a mean
		UNIQUE (metric, class)
	);
	CREATE TABLE figure (
		name  INTEGER NOT NULL REFERENCES name(id),
		run   INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
		place INTEGER NOT NULL,          -- in summary.csv
		value REAL,                      -- NULL is undefined
		low   REAL,
		high  REAL,
		PRIMARY KEY (name, run)
	) WITHOUT ROWID;
	CREATE INDEX figure_run ON figure (run);
	CREATE TABLE tag (
		run  INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
		name TEXT NOT NULL,
		PRIMARY KEY (run, name)
	) WITHOUT ROWID;
	CREATE INDEX tag_name ON tag (name);`,
	// 2: names of releases, the verdict of a comparison, whether the working tree had changes.
	`CREATE TABLE release (
		name TEXT PRIMARY KEY,
		run  INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
		at   TEXT NOT NULL               -- when the name was given
	) WITHOUT ROWID;
	ALTER TABLE run ADD COLUMN verdict TEXT NOT NULL DEFAULT '';
	ALTER TABLE run ADD COLUMN modified INTEGER NOT NULL DEFAULT 0;`,
}

// migrate brings the file to the newest schema, in one transaction.
func (db *DB) migrate(ctx context.Context) error {
	known, err := db.version(ctx, db.pool)
	if err != nil || known == len(steps) {
		return err
	}
	return db.within(ctx, writing, func(c conn) error {
		from, err := db.version(ctx, c) // another process may have been faster
		if err != nil {
			return err
		}
		for _, step := range steps[from:] {
			if _, err := c.ExecContext(ctx, step); err != nil {
				return err
			}
		}
		_, err = c.ExecContext(ctx, pragma("application_id", applicationID)+pragma("user_version", len(steps)))
		return err
	})
}

// version returns the file's schema, 0 of an empty file. It refuses files of newer versions and of other programs.
func (db *DB) version(ctx context.Context, c conn) (int, error) {
	var application, version, tables int
	row := c.QueryRowContext(ctx, "SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_master)")
	if err := row.Scan(&application, &version, &tables); err != nil {
		return 0, err
	}
	switch {
	case application == 0 && version == 0 && tables == 0:
		return 0, nil
	case application != applicationID:
		return 0, fault.Usagef("%s is an SQLite file of another program: expected a history of segmetry, or the name of a new file", db.path)
	case version > len(steps):
		return 0, fault.Usagef("the history %s has schema %d, of a newer version of segmetry: this one knows schemas up to %d", db.path, version, len(steps))
	case version < 1:
		return 0, fault.Dataf("the history %s has schema %d: expected 1 to %d", db.path, version, len(steps))
	}
	return version, nil
}
