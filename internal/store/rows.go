package store

import (
	"database/sql"
	"fmt"
	"iter"

	"github.com/segmetry/segmetry/internal/record"
)

// Rows yields the rows in order. A row is the caller's to keep. What follows from its states (means, values of classes,
// confusion counts) is left out: pipeline's Evaluator.Complete fills it in, and Evaluator.Replay does so by itself.
func (s *Store) Rows() iter.Seq2[*record.Row, error] {
	return func(yield func(*record.Row, error) bool) {
		query := `SELECT s."index", s.data, t.data, NULL FROM states s LEFT JOIN thumbnails t ON t."index" = s."index" ORDER BY s."index"`
		if s.timed {
			query = `SELECT s."index", s.data, t.data, x.data FROM states s LEFT JOIN thumbnails t ON t."index" = s."index" LEFT JOIN times x ON x."index" = s."index" ORDER BY s."index"`
		}
		rows, err := s.db.Query(query)
		if err != nil {
			yield(nil, s.damaged(err))
			return
		}
		defer func() { _ = rows.Close() }() // Err below says what went wrong
		u := newUnpacker()
		for rows.Next() {
			row, err := s.row(rows, u)
			if err != nil {
				yield(nil, s.damaged(err))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, s.damaged(err))
		}
	}
}

// row reads the row that a query stands at.
func (s *Store) row(rows *sql.Rows, u *unpacker) (*record.Row, error) {
	var index int
	var data, thumbnail, timing sql.RawBytes
	if err := rows.Scan(&index, &data, &thumbnail, &timing); err != nil {
		return nil, err
	}
	var i image
	if err := u.unpack(data, &i); err != nil {
		return nil, fmt.Errorf("image %d: %w", index, err)
	}
	var t times
	if timing != nil {
		if err := u.unpack(timing, &t); err != nil {
			return nil, fmt.Errorf("image %d: its times: %w", index, err)
		}
	}
	if i.Record.Index != index {
		return nil, fmt.Errorf("image %d says that it is image %d", index, i.Record.Index)
	}
	row := i.row(t)
	if thumbnail != nil {
		row.Thumbnail = &record.Thumbnail{}
		if err := u.unpack(thumbnail, row.Thumbnail); err != nil {
			return nil, fmt.Errorf("image %d: its thumbnail: %w", index, err)
		}
	}
	return row, nil
}

// Names lists the images in order.
func (s *Store) Names(yield func(index int, image string)) error {
	return s.list(`SELECT "index", image FROM images ORDER BY "index"`, yield)
}

// Scored lists the images that were scored, in order.
func (s *Store) Scored(yield func(image string)) error {
	return s.list(`SELECT "index", image FROM images WHERE status = '`+string(record.OK)+`' ORDER BY "index"`, func(_ int, image string) { yield(image) })
}

// list lists the images that a query finds.
func (s *Store) list(query string, yield func(index int, image string)) error {
	rows, err := s.db.Query(query)
	if err != nil {
		return s.damaged(err)
	}
	defer func() { _ = rows.Close() }() // Err below says what went wrong
	for rows.Next() {
		var index int
		var image string
		if err := rows.Scan(&index, &image); err != nil {
			return s.damaged(err)
		}
		yield(index, image)
	}
	if err := rows.Err(); err != nil {
		return s.damaged(err)
	}
	return nil
}
