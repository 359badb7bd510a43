package history

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"strings"
	"time"
)

// Filter chooses runs. What is empty chooses all.
type Filter struct {
	Metrics []string  // patterns of figures' names, such as mIoU or IoU[*]: only these figures are read
	Model   string    // part of the model's file name, or the beginning of its SHA-256
	Tag     string    // a tag, or the name of a release
	Since   time.Time // runs that began then or later
	Limit   int       // the newest of them; 0: all
}

// List returns the chosen runs, the newest first.
func (db *DB) List(ctx context.Context, f Filter) ([]*Run, error) {
	var list []*Run
	err := db.within(ctx, reading, func(c conn) error {
		var err error
		where, args := f.where()
		if list, err = db.runs(ctx, c, where+" ORDER BY started DESC, id DESC LIMIT ?", append(args, limit(f.Limit))...); err != nil {
			return err
		}
		byID := map[int64]*Run{}
		for _, r := range list {
			byID[r.ID] = r
		}
		return db.complete(ctx, c, byID, f.Metrics)
	})
	return list, err
}

// limit is SQLite's: a negative one is none.
func limit(n int) int {
	if n <= 0 {
		return -1
	}
	return n
}

func (f Filter) where() (string, []any) {
	where, args := "WHERE 1", []any{}
	if f.Model != "" {
		where += " AND (instr(lower(model), lower(?)) > 0 OR substr(model_sha256, 1, length(?)) = lower(?))"
		args = append(args, f.Model, f.Model, f.Model)
	}
	if f.Tag != "" {
		where += " AND id IN (SELECT run FROM tag WHERE name = ? UNION SELECT run FROM release WHERE name = ?)"
		args = append(args, f.Tag, f.Tag)
	}
	if !f.Since.IsZero() {
		where += " AND started >= ?"
		args = append(args, f.Since.UTC().Format(timeLayout))
	}
	return where, args
}

// runs reads rows of the table run.
func (db *DB) runs(ctx context.Context, c conn, rest string, args ...any) ([]*Run, error) {
	rows, err := c.QueryContext(ctx, `SELECT id, started, folder, model, model_sha256, dataset, dataset_digest, config_sha256, summary_sha256,
		images, scored, version, revision, verdict, modified FROM run `+rest, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // Err says what went wrong
	var list []*Run
	for rows.Next() {
		r, started := &Run{}, ""
		if err := rows.Scan(&r.ID, &started, &r.Folder, &r.Model, &r.ModelSHA256, &r.Dataset, &r.DatasetDigest, &r.ConfigSHA256, &r.SummarySHA256,
			&r.Images, &r.Scored, &r.Version, &r.Revision, &r.Verdict, &r.Modified); err != nil {
			return nil, err
		}
		r.Folder = db.locate(r.Folder)
		if r.Started, err = time.Parse(timeLayout, started); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// complete reads tags, releases and figures of runs.
func (db *DB) complete(ctx context.Context, c conn, runs map[int64]*Run, metrics []string) error {
	names := func(query string, add func(r *Run, name string)) error {
		return each(ctx, c, query, func(rows *sql.Rows) error {
			var id int64
			var name string
			err := rows.Scan(&id, &name)
			if r := runs[id]; r != nil && err == nil {
				add(r, name)
			}
			return err
		})
	}
	if err := names("SELECT run, name FROM tag ORDER BY name", func(r *Run, name string) { r.Tags = append(r.Tags, name) }); err != nil {
		return err
	}
	if err := names("SELECT run, name FROM release ORDER BY at, name", func(r *Run, name string) { r.Releases = append(r.Releases, name) }); err != nil {
		return err
	}
	return db.figures(ctx, c, runs, metrics)
}

// figures reads the figures whose names match one of the patterns: first which there are, then those.
func (db *DB) figures(ctx context.Context, c conn, runs map[int64]*Run, patterns []string) error {
	ids, names, err := db.names(ctx, c)
	if err != nil {
		return err
	}
	places := map[*Run][]int{}
	for i, name := range names {
		if !Matches(name.Name(), patterns) {
			continue
		}
		err := each(ctx, c, "SELECT run, place, value, low, high FROM figure WHERE name = ?", func(rows *sql.Rows) error {
			var id int64
			var place int
			var value, low, high sql.NullFloat64
			err := rows.Scan(&id, &place, &value, &low, &high)
			if r := runs[id]; r != nil && err == nil {
				r.Figures = append(r.Figures, Figure{name.Metric, name.Class, orNaN(value), orNaN(low), orNaN(high)})
				places[r] = append(places[r], place)
			}
			return err
		}, ids[i])
		if err != nil {
			return err
		}
	}
	for r, place := range places {
		inOrder(r, place)
	}
	return nil
}

// inOrder puts a run's figures into the order of summary.csv.
func inOrder(r *Run, place []int) {
	at := make([]int, len(place))
	for i := range at {
		at[i] = i
	}
	slices.SortFunc(at, func(a, b int) int { return place[a] - place[b] })
	sorted := make([]Figure, len(at))
	for i, from := range at {
		sorted[i] = r.Figures[from]
	}
	r.Figures = sorted
}

// names lists the figures that any run has, in the order in which they came.
func (db *DB) names(ctx context.Context, c conn) (ids []int64, list []Figure, err error) {
	err = each(ctx, c, "SELECT id, metric, class FROM name ORDER BY id", func(rows *sql.Rows) error {
		var id int64
		var f Figure
		err := rows.Scan(&id, &f.Metric, &f.Class)
		ids, list = append(ids, id), append(list, f)
		return err
	})
	return ids, list, err
}

// Names lists the names of all figures, such as mIoU and IoU[border], in the order of the first run that had them.
func (db *DB) Names(ctx context.Context) (list []string, err error) {
	err = db.within(ctx, reading, func(c conn) error {
		_, names, err := db.names(ctx, c)
		for _, f := range names {
			list = append(list, f.Name())
		}
		return err
	})
	return list, err
}

// Matches says whether a name matches one of the patterns, in which * stands for any text. No patterns match everything.
func Matches(name string, patterns []string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool { return match(name, p) })
}

func match(name, pattern string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return name == pattern
	}
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

func orNaN(x sql.NullFloat64) float64 {
	if !x.Valid {
		return math.NaN()
	}
	return x.Float64
}

// each calls do for every row of a query.
func each(ctx context.Context, c conn, query string, do func(*sql.Rows) error, args ...any) error {
	rows, err := c.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() // Err says what went wrong
	for rows.Next() {
		if err := do(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
