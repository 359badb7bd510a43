// Package history keeps the figures of past runs in one SQLite file: what was evaluated, by which model on which dataset,
// every figure with its interval, the tags and the names of releases.
//
// Several processes may write one file at once: each change is one immediate transaction, and whoever finds the file
// locked waits for up to 30 seconds. The file has no companions while nobody writes, so it can be copied as it is.
package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/segmetry/segmetry/internal/fault"
)

// wait is for how long a process waits for others that write.
const wait = 30 * time.Second

// DB is an open history. Close it.
type DB struct {
	path string
	dir  string // the file's folder, absolute: folders below it are stored relative to it
	pool *sql.DB
}

// Create opens a history, and makes it, with its folder, where there is none.
func Create(ctx context.Context, path string) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, fault.Usagef("the history %s: %w", path, err)
	}
	return open(ctx, path, "rwc")
}

// Open opens a history that exists. One that an earlier version has written is brought up to date.
func Open(ctx context.Context, path string) (*DB, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Usagef("there is no history %s: segmetry run --history %s begins one, segmetry history add %s RUN puts earlier runs into one", path, path, path)
	case err != nil:
		return nil, fault.Usagef("%w", err)
	case info.IsDir():
		return nil, fault.Usagef("%s is a folder: expected the file of a history", path)
	}
	return open(ctx, path, "rw")
}

func open(ctx context.Context, path, mode string) (*DB, error) {
	whole, err := filepath.Abs(path)
	if err != nil {
		return nil, fault.Usagef("the history %s: %w", path, err)
	}
	query := url.Values{"mode": {mode}, "_pragma": {fmt.Sprintf("busy_timeout(%d)", wait.Milliseconds()), "foreign_keys(1)", "cell_size_check(1)"}}
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(whole)}).EscapedPath(), RawQuery: query.Encode()}
	pool, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, fault.Runtimef("the history %s: %w", path, err)
	}
	pool.SetMaxOpenConns(1)
	db := &DB{path: path, dir: filepath.Dir(whole), pool: pool}
	if err := db.migrate(ctx); err != nil {
		_ = pool.Close() // the error that matters is known
		return nil, db.explain(err)
	}
	return db, nil
}

// Close closes the file. Nothing is pending: every change was a transaction of its own.
func (db *DB) Close() { _ = db.pool.Close() }

// conn is what a transaction's statements go to.
type conn interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// The two kinds of transaction. A writer takes the lock at once: two that had begun as readers could only wait for each other.
const (
	reading = "BEGIN"
	writing = "BEGIN IMMEDIATE"
)

// within runs statements in one transaction, which is undone on an error.
func (db *DB) within(ctx context.Context, begin string, do func(conn) error) error {
	c, err := db.pool.Conn(ctx)
	if err != nil {
		return db.explain(err)
	}
	defer c.Close() // it goes back to the pool
	if _, err := c.ExecContext(ctx, begin); err != nil {
		return db.explain(err)
	}
	if err = do(c); err == nil {
		_, err = c.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		_, _ = c.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // the error that matters is known
	}
	return db.explain(err)
}

// explain says what SQLite's errors mean for the file, and what to do.
func (db *DB) explain(err error) error {
	failed, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		if _, known := errors.AsType[*fault.Error](err); known || err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return db.damaged(err) // a value that is not of its column's kind
	}
	switch failed.Code() & 0xff { // the primary code
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG: // of a schema that was tampered with, too
		return db.damaged(err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fault.Runtimef("the history %s: another process has kept it locked for %s (%w): try again", db.path, wait, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return fault.Usagef("the history %s cannot be written: %w", db.path, err)
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
		return fault.Runtimef("writing the history %s: %w; is the disk full?", db.path, err)
	}
	return fault.Runtimef("the history %s: %w", db.path, err)
}

func (db *DB) damaged(err error) error {
	return fault.Dataf("the history %s is damaged, or no history (%w): put a copy in its place, or move it away and add the run folders to a new one with segmetry history add", db.path, err)
}
