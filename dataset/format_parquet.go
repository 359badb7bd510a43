package dataset

import (
	"fmt"
	"iter"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/segmetry/segmetry/internal/fault"
)

func init() {
	Register(Format{
		Name:   "parquet",
		Doc:    "parquet files with a column of encoded images and one of encoded masks, as Hugging Face's datasets has them (bytes, or a struct of bytes and path); image_key and mask_key name the columns",
		Layout: "files such as validation-00000-of-00002.parquet, in it or in data/",
		Needs:  []string{"path"},
		Find: func(p place) string {
			if dir, names := shardNames(p, isParquet); len(names) > 0 && p.hasFiles() {
				return "it has " + dir.at(names[0]).name
			}
			return ""
		},
		Files: isParquet,
		Resolve: func(o *Options, root place) error {
			return resolveShards(o, root, isParquet)
		},
		Open: openParquet,
	})
}

var parquetEndings = []string{".parquet"}

func isParquet(name string) bool { return strings.EqualFold(filepath.Ext(name), ".parquet") }

// resolveShards makes the folder with the files the dataset's path.
func resolveShards(o *Options, root place, ours func(string) bool) error {
	if o.Path != "" && !ours(o.Path) {
		o.Path = root.name
	}
	return nil
}

// Usual names of the columns, in the order in which they are tried.
var (
	imageColumns = []string{"image", "img", "picture", "pixel_values", "jpg", "png", "input"}
	maskColumns  = []string{"annotation", "mask", "label", "labels", "segmentation", "segmentation_mask", "semantic_seg", "seg", "annotated", "ground_truth", "gt", "target"}
)

func openParquet(o Options) (iter.Seq2[Item, error], error) {
	files, err := o.shards(parquetEndings)
	if err != nil {
		return nil, err
	}
	if _, err := openParquetFile(files[0], &o); err != nil { // a wrong column is said at once
		return nil, err
	}
	return func(yield func(Item, error) bool) {
		for _, file := range files {
			f, err := openParquetFile(file, &o)
			if err != nil {
				yield(Item{}, err)
				return
			}
			if !f.items(shardPrefix(file, len(files)), yield) {
				return
			}
		}
	}, nil
}

// batchRows is how many rows are read at once: their pictures are in memory until the last of them was scored.
const batchRows = 8

// items yields a file's rows. Only their names are read here.
func (f *parquetFile) items(prefix string, yield func(Item, error) bool) bool {
	first := int64(0)
	for g, group := range f.file.RowGroups() {
		names := f.column(g, f.names)
		for at := int64(0); at < group.NumRows(); at += batchRows {
			n := min(batchRows, group.NumRows()-at)
			batch := &parquetBatch{file: f, group: g, first: at, rows: int(n)}
			paths, err := names.read(at, int(n))
			if err != nil {
				yield(Item{}, fault.Dataf("%s: %w", f.name, err))
				return false
			}
			for i := range int(n) {
				if !yield(f.item(prefix, first+at+int64(i), batch, i, paths), nil) {
					return false
				}
			}
		}
		names.close()
		first += group.NumRows()
	}
	return true
}

// item is a row: its number, and the path that the image column has beside its bytes.
func (f *parquetFile) item(prefix string, row int64, batch *parquetBatch, i int, paths [][]byte) Item {
	item := Item{Name: fmt.Sprintf("%s%06d", prefix, row)}
	if paths != nil && len(paths[i]) > 0 {
		item.Name += "/" + path.Base(filepath.ToSlash(string(paths[i])))
	}
	name := fmt.Sprintf("%s: row %d", f.name, row)
	item.Image = Ref{Name: name + ", column " + f.imageName, content: &parquetCell{batch, i, false}}
	if f.masks >= 0 {
		item.Mask = Ref{Name: name + ", column " + f.maskName, content: &parquetCell{batch, i, true}}
	}
	return item
}

// chooseColumn finds a column by the key, or by the usual names; it returns the indexes of its bytes and of its path, -1 for
// none.
func chooseColumn(root *parquet.Column, key, asked string, usual []string) (name string, bytes, names int, err error) {
	if asked != "" {
		usual = []string{asked}
	}
	for _, name := range usual {
		column := root.Column(name)
		if column == nil {
			continue
		}
		content, names := column, -1
		if !column.Leaf() {
			content = column.Column("bytes")
			if p := column.Column("path"); p != nil && isBytes(p) {
				names = p.Index()
			}
		}
		if content == nil || !isBytes(content) {
			return "", -1, -1, fault.Usagef("dataset.%s: column %s is %v: expected encoded pictures, as bytes or as a struct of bytes and path", key, name, column.Type())
		}
		return name, content.Index(), names, nil
	}
	var columns []string
	for _, c := range root.Columns() {
		columns = append(columns, c.Name())
	}
	slices.Sort(columns)
	return "", -1, -1, fault.Usagef("dataset.%s: none of the columns is called %s: there are %s", key, strings.Join(usual, ", "), strings.Join(columns, ", "))
}

func isBytes(c *parquet.Column) bool {
	return c.Leaf() && c.Type().Kind() == parquet.ByteArray && c.MaxRepetitionLevel() == 0
}
