package dataset

import (
	"bufio"
	"fmt"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

func init() {
	Register(Format{
		Name: "list",
		Doc:  "a text file with a line an item: a stem, or an image and a mask (separated by a comma, a tab or spaces; names with spaces in double quotes)",
		Open: openList,
	})
}

// maxLine bounds a line of a list file.
const maxLine = 64 << 10

func openList(o Options) (iter.Seq2[Item, error], error) {
	if _, err := os.Stat(o.Split); err != nil {
		return nil, fault.Usagef("dataset.split: %w", err)
	}
	return func(yield func(Item, error) bool) {
		f, err := os.Open(o.Split)
		if err != nil {
			yield(Item{}, fault.Usagef("dataset.split: %w", err))
			return
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(make([]byte, 0, 4096), maxLine)
		for number := 1; lines.Scan(); number++ {
			item, ok, err := o.listed(lines.Text())
			if err != nil {
				err = fault.Dataf("%s:%d: %w", o.Split, number, err)
			}
			if (ok || err != nil) && !yield(item, err) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(Item{}, fault.Dataf("reading %s: %w", o.Split, err))
		}
	}, nil
}

// listed turns a line into an item; ok is false for an empty line or a comment.
func (o *Options) listed(line string) (item Item, ok bool, err error) {
	columns, err := splitLine(line)
	if err != nil || len(columns) == 0 {
		return Item{}, false, err
	}
	images, masks := o.Images, o.Masks
	if images == "" {
		images = filepath.Dir(o.Split)
	}
	if masks == "" {
		masks = filepath.Dir(o.Split)
	}
	switch len(columns) {
	case 1:
		item.Name = columns[0]
		if item.Image, err = findStem(images, columns[0], nil); err != nil {
			return item, true, err
		}
		item.Name = path.Join(path.Dir(columns[0]), filepath.Base(item.Image))
		item.Mask, err = findStem(masks, columns[0], maskSuffixes)
		return item, true, err
	case 2:
		return Item{Name: columns[0], Image: under(images, columns[0]), Mask: under(masks, columns[1])}, true, nil
	}
	return Item{}, false, fmt.Errorf("%d columns: expected a stem, or an image and a mask", len(columns))
}

func under(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, filepath.FromSlash(name))
}

// findStem finds the picture of a stem, which may already have its extension.
func findStem(dir, stem string, suffixes []string) (string, error) {
	base := under(dir, stem)
	if info, err := os.Stat(base); err == nil && !info.IsDir() {
		return base, nil
	}
	for _, suffix := range append([]string{""}, suffixes...) {
		for _, ext := range extensions {
			if _, err := os.Stat(base + suffix + ext); err == nil {
				return base + suffix + ext, nil
			}
		}
	}
	return "", fmt.Errorf("no picture %s with an extension such as .png in %s", stem, dir)
}

// splitLine cuts a line into columns.
func splitLine(line string) ([]string, error) {
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
			return nil, fmt.Errorf("an empty or impossible name")
		}
		columns = append(columns, column)
		line = strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(line, " \t"), ","), " \t")
	}
	return columns, nil
}
