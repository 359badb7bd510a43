package dataset

import (
	"bufio"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

func init() {
	Register(Format{
		Name:  "list",
		Doc:   "a text file with a line an item: a stem, or an image and a mask (separated by a comma, a tab or spaces; names with spaces in double quotes)",
		Needs: []string{"split"},
		Open:  openList,
	})
}

// maxLine bounds a line of a list file.
const maxLine = 64 << 10

func openList(o Options) (iter.Seq2[Item, error], error) {
	folders := [2]place{}
	for i, folder := range []struct{ key, name string }{{"dataset.images", o.Images}, {"dataset.masks", o.Masks}} {
		if folder.name == "" {
			folder.name = dirName(o.Split)
		}
		var err error
		if folders[i], err = o.openPlace(folder.key, folder.name); err != nil {
			return nil, err
		}
	}
	return newListFile(&o, o.Split, folders[0], folders[1], maskSuffixes)
}

// listFile is a text file with a line an item.
type listFile struct {
	name          string
	dir           place
	images, masks place
	suffixes      []string // that masks may have
}

func newListFile(o *Options, name string, images, masks place, suffixes []string) (iter.Seq2[Item, error], error) {
	dir, base, err := o.locate("dataset.split", name)
	if err != nil {
		return nil, err
	}
	l := &listFile{name: base, dir: dir, images: images, masks: masks, suffixes: suffixes}
	return l.items(), nil
}

func (l *listFile) items() iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		f, err := l.dir.open(l.name)
		if err != nil {
			yield(Item{}, fault.Usagef("dataset.split: %w", err))
			return
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(make([]byte, 0, 4096), maxLine)
		for number := 1; lines.Scan(); number++ {
			item, ok, err := l.item(lines.Text())
			if err != nil {
				err = fault.Dataf("%s:%d: %w", l.dir.at(l.name), number, err)
			}
			if (ok || err != nil) && !yield(item, err) {
				return
			}
		}
		if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
			yield(Item{}, fault.Dataf("%s has a line of more than %d bytes: expected a text file with a stem, or an image and a mask, a line", l.dir.at(l.name), maxLine))
		} else if err != nil {
			yield(Item{}, fault.Dataf("reading %s: %w", l.dir.at(l.name), err))
		}
	}
}

// item turns a line into an item; ok is false for an empty line or a comment.
func (l *listFile) item(line string) (item Item, ok bool, err error) {
	columns, err := splitLine(line)
	if err != nil || len(columns) == 0 {
		return Item{}, false, err
	}
	switch len(columns) {
	case 1:
		item.Name = columns[0]
		var found string
		if found, err = findStem(l.images, columns[0], nil); err != nil {
			return item, true, err
		}
		item.Image, item.Name = under(l.images, found), found
		stem := columns[0]
		if isPicture(stem) && !l.masks.isFile(stem) {
			stem = stemOf(stem)
		}
		if found, err = findStem(l.masks, stem, l.suffixes); err == nil {
			item.Mask = under(l.masks, found)
		}
		return item, true, err
	case 2:
		return Item{Name: columns[0], Image: under(l.images, columns[0]), Mask: under(l.masks, columns[1])}, true, nil
	}
	return Item{}, false, fmt.Errorf("%d columns: expected a stem, or an image and a mask", len(columns))
}

// under is a file of a folder, unless its path is absolute.
func under(p place, name string) Ref {
	if p.fsys == nil && filepath.IsAbs(name) {
		return File(name)
	}
	return p.ref(filepath.ToSlash(name))
}

// findStem finds the picture of a stem, which may already have its extension.
func findStem(p place, stem string, suffixes []string) (string, error) {
	if p.fsys == nil && filepath.IsAbs(stem) {
		p = place{name: string(filepath.Separator)}
	}
	if p.isFile(stem) {
		return stem, nil
	}
	for _, suffix := range append([]string{""}, suffixes...) {
		for _, ext := range extensions {
			if p.isFile(stem + suffix + ext) {
				return stem + suffix + ext, nil
			}
		}
	}
	return "", fmt.Errorf("no picture %q with an extension such as .png in %s", stem, p)
}

// splitLine cuts a line into columns.
func splitLine(line string) ([]string, error) {
	if strings.HasPrefix(line, "\xff\xfe") || strings.HasPrefix(line, "\xfe\xff") {
		return nil, errors.New("the file is UTF-16: expected UTF-8; save it anew")
	}
	line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
	if line == "" || strings.HasPrefix(line, "#") {
		return nil, nil
	}
	var columns []string
	for line != "" {
		var column string
		if rest, quoted := strings.CutPrefix(line, `"`); quoted {
			end := strings.IndexByte(rest, '"')
			if end < 0 {
				return nil, fmt.Errorf("a quote is not closed")
			}
			column, line = rest[:end], rest[end+1:]
		} else if end := strings.IndexAny(line, ", \t"); end >= 0 {
			column, line = line[:end], line[end:]
		} else {
			column, line = line, ""
		}
		if strings.ContainsRune(column, 0) || column == "" {
			return nil, fmt.Errorf("the name %q is empty or impossible: expected a stem, or an image and a mask", column)
		}
		columns = append(columns, column)
		line = strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(line, " \t"), ","), " \t")
	}
	return columns, nil
}
