package model

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxText bounds every string read from a model: names are short, and a longer one is damage or an attack.
const maxText = 1 << 20

// errWire marks bytes that are not protocol buffer wire format.
var errWire = errors.New("not protocol buffer wire format")

// wire reads protocol buffer fields from a file through one window, so that tensors of gigabytes are stepped over and
// never read.
type wire struct {
	src  io.ReaderAt
	buf  []byte // the window
	at   int64  // file offset of buf[0]
	fill int    // valid bytes of buf
}

// span is a message's bytes in the file: [pos, end).
type span struct{ pos, end int64 }

func (s span) size() int64 { return s.end - s.pos }

// field is one field of a message: number holds varint and fixed values, body the extent of a length-delimited one.
type field struct {
	num    protowire.Number
	typ    protowire.Type
	number uint64
	body   span
}

func newWire(src io.ReaderAt) *wire { return &wire{src: src, buf: make([]byte, 1<<16)} }

// peek returns the bytes at pos that the window can hold, at most n and fewer only at the end of the file.
func (w *wire) peek(pos int64, n int) ([]byte, error) {
	if pos < w.at || pos+int64(n) > w.at+int64(w.fill) {
		got, err := w.src.ReadAt(w.buf, pos)
		if err != nil && err != io.EOF {
			return nil, err
		}
		w.at, w.fill = pos, got
	}
	from := int(pos - w.at)
	return w.buf[from:min(from+n, w.fill)], nil
}

// next reads the field at s.pos and moves s behind it; ok is false at the end of the message.
func (w *wire) next(s *span) (f field, ok bool, err error) {
	if s.pos >= s.end {
		return field{}, false, nil
	}
	head, err := w.peek(s.pos, int(min(20, s.end-s.pos))) // a tag and a length take ten bytes each at most
	if err != nil {
		return field{}, false, err
	}
	num, typ, n := protowire.ConsumeTag(head)
	if n < 0 {
		return field{}, false, errWire
	}
	f = field{num: num, typ: typ}
	used, err := f.value(head[n:], s.pos+int64(n), s.end)
	if err != nil {
		return field{}, false, err
	}
	s.pos += int64(n) + used
	return f, true, nil
}

// value reads what follows a tag: from its first bytes, which lie at offset at of a message that stops at end.
func (f *field) value(b []byte, at, end int64) (used int64, err error) {
	var n int
	switch f.typ {
	case protowire.VarintType:
		f.number, n = protowire.ConsumeVarint(b)
	case protowire.Fixed64Type:
		f.number, n = protowire.ConsumeFixed64(b)
	case protowire.Fixed32Type:
		var v uint32
		v, n = protowire.ConsumeFixed32(b)
		f.number = uint64(v)
	case protowire.BytesType:
		var size uint64
		size, n = protowire.ConsumeVarint(b)
		if n >= 0 && size > uint64(end-at-int64(n)) {
			return 0, fmt.Errorf("%w: a field of %d bytes where %d are left (the file is cut short?)", errWire, size, end-at-int64(n))
		}
		if n >= 0 {
			f.body = span{at + int64(n), at + int64(n) + int64(size)}
			return int64(n) + int64(size), nil
		}
	default:
		return 0, errWire
	}
	if n < 0 {
		return 0, errWire
	}
	return int64(n), nil
}

// message returns the body of a length-delimited field, an error where the field is of another wire type.
func (f *field) message() (span, error) {
	if f.typ != protowire.BytesType {
		return span{}, fmt.Errorf("%w: field %d is not a message", errWire, f.num)
	}
	return f.body, nil
}

// text reads a length-delimited field of at most maxText bytes as UTF-8; invalid bytes become U+FFFD.
func (w *wire) text(f field) (string, error) {
	body, err := f.message()
	if err != nil {
		return "", err
	}
	if body.size() > maxText {
		return "", fmt.Errorf("%w: a name of %d bytes", errWire, body.size())
	}
	out := make([]byte, body.size())
	if n, err := w.src.ReadAt(out, body.pos); n < len(out) {
		return "", fmt.Errorf("reading %d bytes at offset %d: %w", len(out), body.pos, err)
	}
	if !utf8.Valid(out) {
		return strings.ToValidUTF8(string(out), "\uFFFD"), nil
	}
	return string(out), nil
}

// ints appends the integers of a repeated int64 field, packed or not, to dst, which may hold at most limit.
func (w *wire) ints(f field, dst []int64, limit int) ([]int64, error) {
	if f.typ == protowire.VarintType {
		if len(dst) >= limit {
			return nil, fmt.Errorf("%w: more than %d integers", errWire, limit)
		}
		return append(dst, int64(f.number)), nil
	}
	body, err := f.message()
	if err != nil {
		return nil, err
	}
	for body.pos < body.end {
		b, err := w.peek(body.pos, int(min(10, body.size())))
		if err != nil {
			return nil, err
		}
		v, n := protowire.ConsumeVarint(b)
		if n < 0 || len(dst) >= limit {
			return nil, fmt.Errorf("%w: a bad list of integers", errWire)
		}
		dst = append(dst, int64(v))
		body.pos += int64(n)
	}
	return dst, nil
}
