package store

import (
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/segmetry/segmetry/internal/record"
)

// fixedColumns are those that every table images has; the figures' follow.
var fixedColumns = []string{"index", "image", "status", "error", "width", "height", "valid_pixels", "nan_pixels", "exact_pixels", "oriented",
	"image_sha256", "mask_sha256", "label_hash", "confusion"}

// tables are the tables of a store for some columns, in the order in which they are written.
type tables struct {
	images, values []string // the columns of images and class_values
	classes        int
}

func newTables(c record.Columns) tables {
	var figures []string
	for _, name := range c.Losses {
		figures = append(figures, "loss."+name)
	}
	figures = append(append(figures, c.Means...), c.Gradients...)
	return tables{images: distinct(fixedColumns, figures), values: distinct([]string{"index", "class"}, c.PerClass), classes: len(c.Classes)}
}

// distinct gives names a suffix where SQLite, which does not tell upper from lower case, would take them for one.
func distinct(fixed, names []string) []string {
	list := slices.Clone(fixed)
	taken := func(name string) bool {
		return slices.ContainsFunc(list, func(other string) bool { return strings.EqualFold(name, other) })
	}
	for _, name := range names {
		free := name
		for k := 2; taken(free); k++ {
			free = fmt.Sprintf("%s_%d", name, k)
		}
		list = append(list, free)
	}
	return list
}

// definitions are the statements that make the tables; prefix is that of a database, or "".
func (t tables) definitions(prefix string) []string {
	table := func(name, columns string) string { return "CREATE TABLE " + prefix + name + " (" + columns + ")" }
	images := `"index" INTEGER PRIMARY KEY, "image" TEXT NOT NULL, "status" TEXT NOT NULL, "error" TEXT NOT NULL, "width" INTEGER, "height" INTEGER, "valid_pixels" INTEGER, ` +
		`"nan_pixels" INTEGER, "exact_pixels" INTEGER, "oriented" INTEGER NOT NULL, "image_sha256" TEXT, "mask_sha256" TEXT, "label_hash" TEXT, "confusion" TEXT`
	for _, name := range t.images[len(fixedColumns):] {
		images += ", " + quote(name) + " REAL"
	}
	values := `"index" INTEGER NOT NULL, "class" INTEGER NOT NULL`
	for _, name := range t.values[2:] {
		values += ", " + quote(name) + " REAL"
	}
	return []string{
		table("run", "key TEXT PRIMARY KEY, value TEXT NOT NULL") + " WITHOUT ROWID",
		table("classes", "class INTEGER PRIMARY KEY, name TEXT NOT NULL"),
		table("images", images),
		table("class_values", values+`, PRIMARY KEY ("index", "class")`) + " WITHOUT ROWID",
		table("states", `"index" INTEGER PRIMARY KEY, data BLOB NOT NULL`),
		table("thumbnails", `"index" INTEGER PRIMARY KEY, data BLOB NOT NULL`),
	}
}

// quote makes a name an SQL identifier.
func quote(name string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(name, "\x00", ""), `"`, `""`) + `"`
}

// insert is the statement that adds a row of n values.
func insert(table string, n int) string {
	return "INSERT INTO " + table + " VALUES (?" + strings.Repeat(", ?", n-1) + ")"
}

// writeHeader fills the tables run and classes.
func writeHeader(tx interface {
	Exec(query string, args ...any) (sql.Result, error)
}, prefix string, h Header) error {
	fields := h.fields()
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		var value string
		if text, ok := fields[key].(*string); ok {
			value = *text
		} else {
			b, err := json.Marshal(fields[key])
			if err != nil {
				return err
			}
			value = string(b)
		}
		if _, err := tx.Exec("INSERT INTO "+prefix+"run VALUES (?, ?)", key, value); err != nil {
			return err
		}
	}
	return nil
}

// imageValues are a row's values in the table images.
func (t tables) imageValues(dst []any, r *record.Row) []any {
	dst = append(dst, r.Index, r.Image, string(r.Status), r.Error, nil, nil, nil, nil, nil, r.Oriented, nil, nil, nil, nil)
	if r.Width > 0 {
		dst[4], dst[5] = r.Width, r.Height
	}
	if r.Status == record.OK {
		dst[6], dst[7] = r.ValidPixels, r.NaNPixels
		if r.LabelCounts != nil {
			dst[8] = r.ExactPixels
		}
		dst[10], dst[11], dst[12] = hex.EncodeToString(r.Digests[0][:]), hex.EncodeToString(r.Digests[1][:]), fmt.Sprintf("%016x", r.LabelHash)
		dst[13] = confusionText(r, t.classes)
		dst = appendFigures(dst, r.Losses)
		dst = appendFigures(dst, r.Means)
		dst = appendFigures(dst, r.Gradients)
	}
	for len(dst) < len(t.images) { // an image without figures; label maps have no losses
		dst = append(dst, nil)
	}
	return dst
}

// appendFigures appends figures; undefined ones are NULL.
func appendFigures(dst []any, figures []float64) []any {
	for _, x := range figures {
		if math.IsNaN(x) {
			dst = append(dst, nil)
		} else {
			dst = append(dst, x)
		}
	}
	return dst
}

// confusionText are the counts as JSON: [truth, predicted, pixels] of every cell that is not 0; where labels may overlap
// [label, TN, FP, FN, TP].
func confusionText(r *record.Row, classes int) string {
	var b []byte
	add := func(numbers ...int64) {
		separator := byte(',')
		if len(b) == 0 {
			separator = '['
		}
		b = append(b, separator)
		separator = '['
		for _, n := range numbers {
			b = strconv.AppendInt(append(b, separator), n, 10)
			separator = ','
		}
		b = append(b, ']')
	}
	if k := r.LabelCounts; k != nil {
		for c := range len(k) / 4 {
			add(int64(c), k[4*c], k[4*c+1], k[4*c+2], k[4*c+3])
		}
	}
	for i, n := range r.Confusion {
		if n != 0 {
			add(int64(i/classes), int64(i%classes), n)
		}
	}
	if len(b) == 0 {
		return "[]"
	}
	return string(append(b, ']'))
}
