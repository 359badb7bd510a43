// Package store keeps what an evaluation knows of every image in one SQLite file, statistics/statistics.db of the run
// folder: what compare, merge and rescore need, readable by DuckDB and pandas. docs/statistics-store.md describes it.
//
// While images are evaluated the same tables are the run's [Journal], under a hidden name: rows are appended in input order,
// a transaction for some of them, so that whatever ends the process leaves the rows of a prefix of the dataset. When the run
// is over the tables are written anew, in order, into the file that stays. Its bytes follow from the rows alone, not from
// the number of workers, from when transactions ended, or from whether rows came from a run, a resumed run or shards.
package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// Schema is the version of the tables. A file of another version is refused by name.
const Schema = 1

// application is the file's application_id: "SGMY".
const application = 0x53474d59

// Name is the store's file in a run folder, and journalName the journal's while the run goes on.
var (
	Name        = filepath.Join("statistics", "statistics.db")
	journalName = filepath.Join("statistics", ".journal.db")
)

// Header says of what evaluation the rows are: the table run.
type Header struct {
	Schema   int            `json:"schema"`
	Version  string         `json:"segmetry"`    // that wrote it
	Runtime  string         `json:"onnxruntime"` // the version of ONNX Runtime; "" where none ran
	Config   string         `json:"config"`      // config.yaml
	Model    record.Model   `json:"model"`
	Dataset  record.Dataset `json:"dataset"` // without the digest, which follows from the rows
	Columns  record.Columns `json:"columns"`
	Keys     []string       `json:"accumulators"` // of the states, in their order
	Shard    string         `json:"shard"`        // I/N; "" for the whole dataset
	Complete bool           `json:"complete"`     // false: the run was interrupted
}

// fields are the header's values by key. Text is stored as it is, everything else as JSON.
func (h *Header) fields() map[string]any {
	return map[string]any{"schema": &h.Schema, "segmetry": &h.Version, "onnxruntime": &h.Runtime, "config": &h.Config, "model": &h.Model, "dataset": &h.Dataset,
		"columns": &h.Columns, "accumulators": &h.Keys, "shard": &h.Shard, "complete": &h.Complete}
}

// Store is a file that is read.
type Store struct {
	Header Header
	path   string
	db     *sql.DB
	timed  bool // a journal, which knows times
}

// Open opens the store of a run folder. Close it. A folder without one, or with one of another version, is an error that
// says so.
func Open(dir string) (*Store, error) {
	path := filepath.Join(dir, Name)
	if _, err := os.Stat(path); err != nil {
		return nil, missing(dir, err)
	}
	s, err := open(path, "mode=ro&immutable=1")
	if err != nil {
		return nil, err
	}
	if err := s.readHeader(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// missing says why a folder has no store.
func missing(dir string, err error) error {
	exists := func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	}
	switch {
	case !errors.Is(err, fs.ErrNotExist):
		return fault.Usagef("%w", err)
	case exists(journalName):
		return fault.Usagef("%s holds a run that did not come to its end: finish it with segmetry run --resume", dir)
	case exists(filepath.Join("statistics", "images.ndjson")) || exists("summary.json"):
		return fault.Usagef("%s was written by an earlier version, which left no %s: run it again with this version", dir, filepath.ToSlash(Name))
	}
	return fault.Usagef("%s has no %s: expected the folder of a run (segmetry run --out %s)", dir, filepath.ToSlash(Name), dir)
}

// open connects to a file with the driver's options. One connection does all.
func open(path, options string) (*Store, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: options}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return &Store{path: path, db: db}, nil
}

// readHeader reads the table run.
func (s *Store) readHeader() error {
	var id, schema int
	if err := errors.Join(s.db.QueryRow("PRAGMA application_id").Scan(&id), s.db.QueryRow("PRAGMA user_version").Scan(&schema)); err != nil {
		return s.damaged(err)
	}
	if id != application {
		return fault.Dataf("%s is no statistics store: its application_id is %#x, expected %#x", s.path, id, application)
	}
	if schema != Schema {
		return fault.Dataf("%s has schema %d, and this version reads schema %d: use the version that wrote it, or run again", s.path, schema, Schema)
	}
	rows, err := s.db.Query("SELECT key, value FROM run")
	if err != nil {
		return s.damaged(err)
	}
	defer func() { _ = rows.Close() }() // Err below says what went wrong
	fields := s.Header.fields()
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			return s.damaged(err)
		}
		switch to := fields[key].(type) {
		case nil: // of a later version, which says by its schema that it need not be known
		case *string:
			*to = value
		default:
			if err := json.Unmarshal([]byte(value), to); err != nil {
				return s.damaged(fmt.Errorf("run.%s: %w", key, err))
			}
		}
	}
	if err := rows.Err(); err != nil {
		return s.damaged(err)
	}
	if len(s.Header.Columns.Classes) == 0 {
		return s.damaged(errors.New("the table run names no classes"))
	}
	return nil
}

// damaged classifies an error of reading.
func (s *Store) damaged(err error) error {
	if strings.Contains(err.Error(), "SQLITE_BUSY") || strings.Contains(err.Error(), "locked") {
		return fault.Usagef("%s is being written by another process: wait for it, or choose another folder with --out", s.path)
	}
	return fault.Dataf("%s is damaged: %w", s.path, err)
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }
