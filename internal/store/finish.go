package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/segmetry/segmetry/internal/record"
)

// execer is a connection or a transaction.
type execer interface {
	Exec(query string, args ...any) (sql.Result, error)
}

// define makes the tables in the database of a prefix, and fills in the header.
func define(tx execer, prefix string, t tables, h Header) error {
	statements := append([]string{fmt.Sprintf("PRAGMA %sapplication_id = %d", prefix, application), fmt.Sprintf("PRAGMA %suser_version = %d", prefix, Schema)}, t.definitions(prefix)...)
	for _, text := range statements {
		if _, err := tx.Exec(text); err != nil {
			return err
		}
	}
	for i, class := range h.Columns.Classes {
		if _, err := tx.Exec("INSERT INTO "+prefix+"classes VALUES (?, ?)", i, class); err != nil {
			return err
		}
	}
	return writeHeader(tx, prefix, h)
}

// Write writes the finished store to a file, which must be empty or not be there: the same rows give the same bytes. complete
// is false for a run that was interrupted; worst are the thumbnails of the worst images.
func (j *Journal) Write(path string, complete bool, worst []record.Thumbnail) (err error) {
	if err := j.Commit(); err != nil {
		return err
	}
	conn, err := j.db.Conn(context.Background())
	if err != nil {
		return full(j.dir, err)
	}
	c := connection{conn}
	defer func() { err = full(j.dir, errors.Join(err, conn.Close())) }()
	if _, err := c.Exec("ATTACH ? AS final", path); err != nil {
		return err
	}
	defer func() {
		_, detachErr := c.Exec("DETACH final")
		err = errors.Join(err, detachErr)
	}()
	for _, text := range []string{"PRAGMA final.page_size = 4096", "PRAGMA final.journal_mode = OFF", "PRAGMA final.synchronous = OFF", "BEGIN"} {
		if _, err := c.Exec(text); err != nil {
			return err
		}
	}
	if err := j.fill(c, complete, worst); err != nil {
		_, _ = c.Exec("ROLLBACK") // the error before it says more
		return err
	}
	_, err = c.Exec("COMMIT")
	return err
}

// fill fills the attached database, one table after another.
func (j *Journal) fill(c connection, complete bool, worst []record.Thumbnail) error {
	h := j.Header
	h.Schema, h.Complete, h.Dataset.Digest = Schema, complete, ""
	if err := define(c, "final.", j.tables, h); err != nil {
		return err
	}
	for _, text := range []string{`images SELECT * FROM main.images ORDER BY "index"`, `class_values SELECT * FROM main.class_values ORDER BY "index", "class"`,
		`states SELECT * FROM main.states ORDER BY "index"`} {
		if _, err := c.Exec("INSERT INTO final." + text); err != nil {
			return err
		}
	}
	worst = slices.Clone(worst)
	slices.SortFunc(worst, func(a, b record.Thumbnail) int { return cmp.Compare(a.Index, b.Index) })
	for i := range worst {
		if err := putThumbnail(c, "final.", j.packer, &worst[i]); err != nil {
			return err
		}
	}
	return nil
}

// putThumbnail adds a thumbnail.
func putThumbnail(tx execer, prefix string, p *packer, t *record.Thumbnail) error {
	blob, err := p.packPictures(t)
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO "+prefix+"thumbnails VALUES (?, ?)", t.Index, blob)
	return err
}

// connection is the one that a database is attached to.
type connection struct{ *sql.Conn }

// Exec implements execer.
func (c connection) Exec(query string, args ...any) (sql.Result, error) {
	return c.ExecContext(context.Background(), query, args...)
}
