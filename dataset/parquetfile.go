package dataset

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/segmetry/segmetry/internal/fault"
)

// parquetFile is an open file. It is closed when nothing refers to it any more.
type parquetFile struct {
	name                 string
	disk                 *os.File
	file                 *parquet.File
	imageName, maskName  string
	images, masks, names int // columns; -1 for none

	mutex   sync.Mutex // of the readers, which go on where they are
	group   int
	readers [2]*parquetColumn // of images and masks
}

func openParquetFile(name string, o *Options) (f *parquetFile, err error) {
	defer recovered(name, &err)
	disk, err := o.openFile("dataset.path", name)
	if err != nil {
		return nil, fault.Usagef("dataset.path: %w", err)
	}
	info, err := disk.Stat()
	if err != nil {
		return nil, fault.Usagef("dataset.path: %w", err)
	}
	if err := checkFooter(disk, info.Size()); err != nil {
		disk.Close()
		return nil, fault.Dataf("%s: %w", name, err)
	}
	file, err := parquet.OpenFile(disk, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		disk.Close()
		return nil, fault.Dataf("%s: the file is damaged: its footer cannot be read (%w); copy it again", name, err)
	}
	if err := checkRows(file); err != nil {
		disk.Close()
		return nil, fault.Dataf("%s: %w", name, err)
	}
	f = &parquetFile{name: name, disk: disk, file: file, masks: -1, group: -1}
	if f.imageName, f.images, f.names, err = chooseColumn(file.Root(), "image_key", o.ImageKey, imageColumns); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if !o.Unpaired {
		if f.maskName, f.masks, _, err = chooseColumn(file.Root(), "mask_key", o.MaskKey, maskColumns); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return f, nil
}

// maxFooter bounds a file's footer: it is read into memory, and takes some times as much there.
const maxFooter = 64 << 20

// checkFooter looks at a file's two ends before a reader takes memory for what they claim.
func checkFooter(r io.ReaderAt, size int64) error {
	var begin [4]byte
	var end [8]byte
	const least = len(begin) + len(end)
	switch {
	case size == 0:
		return errors.New("it is empty: it has 0 bytes")
	case size < int64(least):
		return fmt.Errorf("not a parquet file, or one that is cut off: it has %d bytes", size)
	}
	_, err1 := r.ReadAt(begin[:], 0)
	_, err2 := r.ReadAt(end[:], size-int64(len(end)))
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	switch magic := string(end[4:]); {
	case string(begin[:]) == "PARE" || magic == "PARE":
		return errors.New("it is encrypted, which is not supported: write it anew without encryption")
	case string(begin[:]) != "PAR1":
		return fmt.Errorf("not a parquet file: it begins with %q, expected \"PAR1\"", begin)
	case magic != "PAR1":
		return fmt.Errorf("the file is cut off: it ends with %q, expected \"PAR1\"; copy it again", magic)
	}
	if n := int64(binary.LittleEndian.Uint32(end[:])); n < 1 || n > min(maxFooter, size-int64(least)) {
		return fmt.Errorf("not a parquet file, or a damaged one: its footer claims to have %d bytes, expected 1 to %d; copy it again", n, min(maxFooter, size-int64(least)))
	}
	return nil
}

// checkRows holds the numbers of rows that a footer claims against each other.
func checkRows(file *parquet.File) error {
	m := file.Metadata()
	total := int64(0)
	for g, group := range m.RowGroups {
		if group.NumRows < 0 || total+group.NumRows < total {
			return fmt.Errorf("the file is damaged: its row group %d claims to have %d rows", g, group.NumRows)
		}
		total += group.NumRows
		for _, c := range group.Columns {
			if n := c.MetaData.NumValues; n < group.NumRows { // of lists there may be more values
				return fmt.Errorf("the file is damaged: its row group %d claims to have %d rows, and column %s has %d values", g, group.NumRows, strings.Join(c.MetaData.PathInSchema, "."), n)
			}
		}
	}
	if total != m.NumRows {
		return fmt.Errorf("the file is damaged: it claims to have %d rows, and its row groups %d", m.NumRows, total)
	}
	return nil
}

// parquetColumn reads a column of a row group from one row to the next ones.
type parquetColumn struct {
	file   *parquetFile
	group  int
	column int
	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader
	row    int64
}

func (f *parquetFile) column(group, column int) *parquetColumn {
	return &parquetColumn{file: f, group: group, column: column}
}

// read returns copies of the values of n rows, nil for one that is null; nil altogether for no column.
func (c *parquetColumn) read(first int64, n int) (values [][]byte, err error) {
	if c.column < 0 {
		return nil, nil
	}
	defer recovered(c.file.name, &err)
	if c.pages == nil {
		if err := c.checkPages(); err != nil {
			return nil, err
		}
		c.pages = c.file.file.RowGroups()[c.group].ColumnChunks()[c.column].Pages()
	}
	if c.row != first {
		c.release()
		if err := c.pages.SeekToRow(first); err != nil {
			return nil, err
		}
		c.row = first
	}
	for len(values) < n {
		v, err := c.next()
		if err != nil {
			return nil, fmt.Errorf("the file is damaged: row %d of row group %d: %w", c.row, c.group, err)
		}
		values = append(values, v)
		c.row++
	}
	return values, nil
}

// next is the next value.
func (c *parquetColumn) next() ([]byte, error) {
	var one [1]parquet.Value
	for {
		if c.page == nil {
			page, err := c.pages.ReadPage()
			if errors.Is(err, io.EOF) {
				err = errors.New("the column has fewer values than its file claims")
			}
			if err != nil {
				return nil, err
			}
			c.page, c.values = page, page.Values()
		}
		n, err := c.values.ReadValues(one[:])
		if n == 1 {
			if one[0].IsNull() {
				return nil, nil
			}
			return bytes.Clone(one[0].ByteArray()), nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		c.release()
	}
}

func (c *parquetColumn) release() {
	if c.page != nil {
		parquet.Release(c.page)
		c.page, c.values = nil, nil
	}
}

func (c *parquetColumn) close() {
	c.release()
	if c.pages != nil {
		_ = c.pages.Close() // it only frees buffers
		c.pages = nil
	}
}

// checkPages holds what the column's pages claim to be against limits: a reader takes that much memory for one.
func (c *parquetColumn) checkPages() error {
	m := c.file.file.Metadata().RowGroups[c.group].Columns[c.column].MetaData
	begin := m.DataPageOffset
	if m.DictionaryPageOffset > 0 {
		begin = min(begin, m.DictionaryPageOffset)
	}
	for at, end := begin, begin+m.TotalCompressedSize; at < end; {
		counted := &countReader{r: io.NewSectionReader(c.file.disk, at, end-at)}
		buffered := bufio.NewReader(counted)
		var h format.PageHeader
		if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReader(buffered)).Decode(&h); err != nil {
			return fmt.Errorf("the file is damaged: the header of a page at byte %d cannot be read (%w)", at, err)
		}
		at += counted.n - int64(buffered.Buffered())
		size, whole := int64(h.CompressedPageSize), int64(h.UncompressedPageSize)
		if size < 0 || size > end-at || whole < 0 || whole > maxPacked {
			return fmt.Errorf("the file is damaged, or made to take memory: a page before byte %d claims to have %d bytes, and %d unpacked: expected at most %d and %d", at, size, whole, end-at, maxPacked)
		}
		at += size
	}
	return nil
}

// countReader counts what was read.
type countReader struct {
	r io.Reader
	n int64
}

func (c *countReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// parquetBatch is some rows of a row group, which are read when the first of them is needed.
type parquetBatch struct {
	file   *parquetFile
	group  int
	first  int64
	rows   int
	once   sync.Once
	values [2][][]byte // images and masks
	err    error
}

func (b *parquetBatch) load() {
	f := b.file
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.group != b.group {
		for _, r := range f.readers {
			if r != nil {
				r.close()
			}
		}
		f.group, f.readers = b.group, [2]*parquetColumn{f.column(b.group, f.images), f.column(b.group, f.masks)}
	}
	for i, r := range f.readers {
		if b.values[i], b.err = r.read(b.first, b.rows); b.err != nil {
			r.close()
			f.group = -1 // begin anew with the next batch
			return
		}
	}
}

// parquetCell is a picture of a batch.
type parquetCell struct {
	batch *parquetBatch
	row   int
	mask  bool
}

func (c *parquetCell) read(name string, buf *bytes.Buffer) error {
	c.batch.once.Do(c.batch.load)
	if c.batch.err != nil {
		return fault.Dataf("%s: %w", name, c.batch.err)
	}
	values := c.batch.values[0]
	if c.mask {
		values = c.batch.values[1]
	}
	if values[c.row] == nil {
		return fault.Dataf("%s is null: expected an encoded picture (files that a path refers to are not read)", name)
	}
	_, err := buf.Write(values[c.row])
	return err
}
