package npy

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// header is what a .npy header says.
type header struct {
	kind     string // f4, i8, …
	itemSize int
	order    binary.ByteOrder
	shape    []int
}

// The header is a Python dictionary with three known keys. The patterns take what NumPy writes, in any order of keys.
var (
	descrPattern   = regexp.MustCompile(`'descr'\s*:\s*'([<>|=])([fiub])([0-9]+)'`)
	recordPattern  = regexp.MustCompile(`'descr'\s*:\s*\[`)
	fortranPattern = regexp.MustCompile(`'fortran_order'\s*:\s*(True|False)`)
	shapePattern   = regexp.MustCompile(`'shape'\s*:\s*\(([0-9, \tL]*)\)`)
)

// maxAxes is NumPy's own limit.
const maxAxes = 64

func parseHeader(text string) (header, error) {
	var h header
	d := descrPattern.FindStringSubmatch(text)
	switch {
	case d != nil:
	case strings.Contains(text, "'|O'"):
		return h, fmt.Errorf("the array holds Python objects: save numbers, numpy.asarray(a, numpy.int64) for example")
	case recordPattern.MatchString(text):
		return h, fmt.Errorf("the array holds records: save one of their fields")
	default:
		return h, fmt.Errorf("no element type in %q: expected one of f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1", shorten(text))
	}
	h.kind = d[2] + d[3]
	switch h.kind {
	case "b1", "u1", "i1":
		h.itemSize = 1
	case "f2", "u2", "i2":
		h.itemSize = 2
	case "f4", "u4", "i4":
		h.itemSize = 4
	case "f8", "u8", "i8":
		h.itemSize = 8
	default:
		return h, fmt.Errorf("element type %q: expected one of f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1", h.kind)
	}
	h.order = binary.LittleEndian
	if d[1] == ">" {
		h.order = binary.BigEndian
	}
	if f := fortranPattern.FindStringSubmatch(text); f == nil || f[1] == "True" {
		return h, fmt.Errorf("the array is in Fortran order: save numpy.ascontiguousarray(a) instead")
	}
	s := shapePattern.FindStringSubmatch(text)
	if s == nil {
		return h, fmt.Errorf("no shape in %q", shorten(text))
	}
	shape, err := parseShape(s[1])
	h.shape = shape
	return h, err
}

func parseShape(text string) ([]int, error) {
	shape := []int{}
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSuffix(strings.TrimSpace(part), "L"); part == "" {
			continue
		}
		n, err := strconv.ParseInt(part, 10, 48)
		if err != nil {
			return nil, fmt.Errorf("axis %q: %w", part, err)
		}
		shape = append(shape, int(n))
	}
	if len(shape) > maxAxes {
		return nil, fmt.Errorf("%d axes: expected at most %d", len(shape), maxAxes)
	}
	return shape, nil
}

func shorten(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
