package dataset

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/segmetry/segmetry/internal/bucket"
	"github.com/segmetry/segmetry/internal/fault"
)

// The limits of a metadata file.
const (
	maxMetadata      = 1 << 30
	maxMetadataItems = 10_000_000
)

// metadataImage is the column of the images' names.
const metadataImage = "image"

// MetadataColumn reads a column of dataset.metadata; see [MetadataColumn].
func (o *Options) MetadataColumn(column string) (map[string]string, error) {
	if !bucket.Is(o.Metadata) {
		return MetadataColumn(o.Metadata, column)
	}
	f, err := o.openFile("dataset.metadata", o.Metadata)
	if err != nil {
		return nil, fault.Usagef("dataset.metadata: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() > maxMetadata {
		return nil, fault.Usagef("dataset.metadata: %s: expected a CSV file of at most %d bytes", o.Metadata, maxMetadata)
	}
	return readColumn(o.Metadata, bufio.NewReader(f), column)
}

// MetadataColumn reads one column of a CSV file with a header, by the names in its column image: the images' as images.csv
// has them. Names and values are without surrounding space; a name that stands twice is an error.
func MetadataColumn(path, column string) (map[string]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.Usagef("dataset.metadata: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxMetadata {
		return nil, fault.Usagef("dataset.metadata: %s: expected a CSV file of at most %d bytes", path, maxMetadata)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fault.Usagef("dataset.metadata: %w", err)
	}
	defer file.Close()
	return readColumn(path, bufio.NewReader(file), column)
}

// readColumn reads a column of an open file; path is for messages.
func readColumn(path string, in *bufio.Reader, column string) (map[string]string, error) {
	if mark, _ := in.Peek(3); string(mark) == "\ufeff" {
		_, _ = in.Discard(3) // they are there
	}
	rows := csv.NewReader(in)
	rows.ReuseRecord = true
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, fault.Dataf("dataset.metadata: %s is empty: expected a header of column names", path)
	}
	if err != nil {
		return nil, fault.Dataf("dataset.metadata: %s: expected a header of column names: %w", path, err)
	}
	names := trimmed(header)
	if err := checkHeader(names); err != nil {
		return nil, fault.Dataf("dataset.metadata: %s: %w", path, err)
	}
	image, at := slices.Index(names, metadataImage), slices.Index(names, column)
	if image < 0 {
		return nil, fault.Dataf("dataset.metadata: %s has no column %q with the images' names: it has %q", path, metadataImage, names)
	}
	if at < 0 {
		return nil, fault.Usagef("dataset.metadata: %s has no column %q; did you mean %q?", path, column, nearest(column, names))
	}
	values := map[string]string{}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return values, nil
		}
		if err != nil {
			return nil, fault.Dataf("dataset.metadata: %s: %w", path, err)
		}
		name := strings.TrimSpace(row[image])
		line, _ := rows.FieldPos(image)
		if _, twice := values[name]; twice {
			return nil, fault.Dataf("dataset.metadata: %s:%d: image %q stands twice", path, line, name)
		}
		if len(values) == maxMetadataItems {
			return nil, fault.Dataf("dataset.metadata: %s:%d: expected at most %d rows", path, line, maxMetadataItems)
		}
		values[strings.Clone(name)] = strings.Clone(strings.TrimSpace(row[at]))
	}
}

// checkHeader refuses what is no line of column names.
func checkHeader(names []string) error {
	first := names[0]
	switch {
	case strings.HasPrefix(first, "\xff\xfe"), strings.HasPrefix(first, "\xfe\xff"):
		return errors.New("it is UTF-16: expected UTF-8; save it anew")
	case slices.ContainsFunc(names, func(n string) bool { return !utf8.ValidString(n) || strings.ContainsRune(n, 0) }):
		return fmt.Errorf("it begins with %q: expected a CSV file, with a header of column names", first[:min(len(first), 16)])
	case len(names) == 1 && strings.ContainsAny(first, ";\t"):
		return fmt.Errorf("its columns are separated by %q: expected commas", first[strings.IndexAny(first, ";\t")])
	}
	for i, name := range names {
		if name != "" && slices.Contains(names[:i], name) {
			return fmt.Errorf("two columns are called %q", name)
		}
	}
	return nil
}

func trimmed(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.TrimSpace(s)
	}
	return out
}
