package store

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// A transaction ends when the one before it ended this long ago, and that many times as long ago as it took: what the
// journal costs is bounded by the time of the run.
const (
	leastInterval = 250 * time.Millisecond
	costShare     = 100
)

// Journal is a store that is being written, under a hidden name. It serves one goroutine at a time.
type Journal struct {
	*Store
	dir    string
	tables tables
	// Worst lists the thumbnails of the worst images so far, which are kept with the rows; nil for none.
	Worst  func() []record.Thumbnail
	tx     *sql.Tx // nil where nothing was appended since the last commit
	insert [4]*sql.Stmt
	packer *packer
	values []any
	kept   []int // images whose thumbnails the journal has
	rows   int
	next   time.Time // of the next commit
}

// the journal's prepared statements
const (
	insertImage = iota
	insertValue
	insertState
	insertTimes
)

// Begin makes the journal of an evaluation that begins. One that lies in the folder already is replaced.
func Begin(dir string, h Header) (*Journal, error) {
	if HasJournal(dir) { // of no process that still runs
		j, err := openJournal(dir)
		if err != nil && fault.KindOf(err) == fault.Usage {
			return nil, err
		}
		if err == nil {
			_ = j.Close() // it is removed
		}
	}
	if err := RemoveJournal(dir); err != nil {
		return nil, full(dir, err)
	}
	if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(journalName)), 0o777); err != nil {
		return nil, full(dir, err)
	}
	h.Schema, h.Complete, h.Dataset.Digest = Schema, false, ""
	j, err := openJournal(dir)
	if err != nil {
		return nil, err
	}
	j.Header, j.tables = h, newTables(h.Columns)
	if err := errors.Join(j.define(), j.prepare()); err != nil {
		return nil, errors.Join(full(dir, err), j.Close())
	}
	return j, nil
}

// Continue opens the journal that an evaluation has left in a folder, to append to it; nil where there is none. Its rows
// are a prefix of the evaluation's.
func Continue(dir string) (*Journal, error) {
	if !HasJournal(dir) {
		return nil, nil
	}
	j, err := openJournal(dir)
	if err != nil {
		return nil, err
	}
	var tables int
	if err := j.db.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return nil, errors.Join(j.damaged(err), j.Close())
	}
	if tables == 0 { // it ended before the first transaction did
		return nil, errors.Join(j.Close(), RemoveJournal(dir))
	}
	err = j.readHeader()
	if err == nil {
		err = j.check()
	}
	j.tables = newTables(j.Header.Columns)
	if err == nil {
		err = j.prepare()
	}
	if err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return j, nil
}

// HasJournal says whether a folder holds the journal of a run that did not come to its end.
func HasJournal(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, journalName))
	return err == nil
}

// RemoveJournal removes a folder's journal, which need not be there.
func RemoveJournal(dir string) error {
	var err error
	for _, suffix := range []string{"-wal", "-shm", "-journal", ""} {
		if e := os.Remove(filepath.Join(dir, journalName+suffix)); !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// openJournal opens the file for writing, for this process alone.
func openJournal(dir string) (*Journal, error) {
	s, err := open(filepath.Join(dir, journalName), "_pragma=locking_mode(EXCLUSIVE)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)")
	if err != nil {
		return nil, err
	}
	s.timed = true
	if err := s.db.Ping(); err != nil {
		return nil, errors.Join(s.damaged(err), s.Close())
	}
	return &Journal{Store: s, dir: dir, packer: newPacker()}, nil
}

// define makes the tables and fills in the header.
func (j *Journal) define() error {
	tx, err := j.db.Begin()
	if err != nil {
		return err
	}
	err = define(tx, "", j.tables, j.Header)
	if err == nil {
		_, err = tx.Exec(`CREATE TABLE times ("index" INTEGER PRIMARY KEY, data BLOB NOT NULL)`)
	}
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (j *Journal) prepare() error {
	j.next = time.Now().Add(leastInterval)
	for i, text := range []string{insert("images", len(j.tables.images)), insert("class_values", len(j.tables.values)), insert("states", 2), insert("times", 2)} {
		var err error
		if j.insert[i], err = j.db.Prepare(text); err != nil {
			return err
		}
	}
	return j.readKept()
}

// readKept lists the images whose thumbnails the journal has.
func (j *Journal) readKept() error {
	rows, err := j.db.Query(`SELECT "index" FROM thumbnails`)
	if err != nil {
		return j.damaged(err)
	}
	defer func() { _ = rows.Close() }() // Err below says what went wrong
	for rows.Next() {
		var index int
		if err := rows.Scan(&index); err != nil {
			return j.damaged(err)
		}
		j.kept = append(j.kept, index)
	}
	return rows.Err()
}

// check counts the rows, and says what SQLite finds wrong with the file.
func (j *Journal) check() error {
	var verdict string
	if err := j.db.QueryRow("PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return j.damaged(err)
	}
	if verdict != "ok" {
		return j.damaged(errors.New(verdict))
	}
	if err := j.db.QueryRow("SELECT count(*) FROM states").Scan(&j.rows); err != nil {
		return j.damaged(err)
	}
	return nil
}

// Cut drops all rows but the first n. What Rows yields then has no more.
func (j *Journal) Cut(n int) error {
	if err := j.Commit(); err != nil || n >= j.rows {
		return err
	}
	tx, err := j.db.Begin()
	if err != nil {
		return full(j.dir, err)
	}
	for _, table := range []string{"images", "class_values", "thumbnails", "times", "states"} { // of states last: they say which is the first
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE "index" >= (SELECT "index" FROM states ORDER BY "index" LIMIT 1 OFFSET ?)`, n); err != nil {
			return full(j.dir, errors.Join(err, tx.Rollback()))
		}
	}
	if err := tx.Commit(); err != nil {
		return full(j.dir, err)
	}
	j.rows, j.kept = n, nil
	return j.readKept()
}

// Len is the number of rows.
func (j *Journal) Len() int { return j.rows }

// Append adds the row of the next image.
func (j *Journal) Append(r *record.Row) error {
	if err := j.append(r); err != nil {
		return full(j.dir, err)
	}
	j.rows++
	if time.Now().Before(j.next) {
		return nil
	}
	return j.Commit()
}

func (j *Journal) append(r *record.Row) (err error) {
	if j.tx == nil {
		if j.tx, err = j.db.Begin(); err != nil {
			return err
		}
	}
	exec := func(statement int, values ...any) {
		if err == nil {
			_, err = j.tx.Stmt(j.insert[statement]).Exec(values...)
		}
	}
	j.values = j.tables.imageValues(j.values[:0], r)
	exec(insertImage, j.values...)
	for c := range j.tables.classes {
		if len(r.PerClass) == 0 {
			break
		}
		values := append(j.values[:0], r.Index, c)
		for _, figures := range r.PerClass {
			values = appendFigures(values, figures[c:c+1])
		}
		exec(insertValue, values...)
	}
	kept, t := imageOf(r)
	for i, value := range []any{kept, t} {
		blob, packErr := j.packer.pack(value)
		err = errors.Join(err, packErr)
		exec(insertState+i, r.Index, blob)
	}
	return err
}

// Commit makes what was appended last, whatever ends the process.
func (j *Journal) Commit() error {
	if j.tx == nil {
		return nil
	}
	begin := time.Now()
	err := j.keepWorst()
	if err == nil {
		err = j.tx.Commit()
	} else {
		_ = j.tx.Rollback() // the error before it says more
	}
	j.tx = nil
	j.next = time.Now().Add(max(leastInterval, costShare*time.Since(begin)))
	if err != nil {
		return full(j.dir, err)
	}
	return nil
}

// keepWorst brings the thumbnails up to date.
func (j *Journal) keepWorst() error {
	if j.Worst == nil {
		return nil
	}
	worst := j.Worst()
	var now []int
	for i := range worst {
		now = append(now, worst[i].Index)
		if slices.Contains(j.kept, worst[i].Index) {
			continue
		}
		if err := putThumbnail(j.tx, "", j.packer, &worst[i]); err != nil {
			return err
		}
	}
	for _, index := range j.kept {
		if slices.Contains(now, index) {
			continue
		}
		if _, err := j.tx.Exec(`DELETE FROM thumbnails WHERE "index" = ?`, index); err != nil {
			return err
		}
	}
	j.kept = now
	return nil
}

// Close ends the last transaction and closes the file, which stays.
func (j *Journal) Close() error { return errors.Join(j.Commit(), j.Store.Close()) }

// Remove closes the journal and removes it: the finished store has everything.
func (j *Journal) Remove() error { return errors.Join(j.Close(), RemoveJournal(j.dir)) }

// full says of an error of writing what it may come from.
func full(dir string, err error) error {
	if err == nil {
		return nil
	}
	return fault.Usagef("writing the statistics of %s: %w; is the disk full? What was done is kept: segmetry run --resume goes on from there", dir, err)
}
