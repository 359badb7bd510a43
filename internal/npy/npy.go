// Package npy reads and writes NumPy's .npy files, versions 1 to 3, in C order.
//
// Element types are f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8 and b1 in either byte order. The size that a header
// claims is held against the file's before memory is taken. Errors are of kind fault.Data and name the file.
package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/segmetry/segmetry/internal/fault"
)

// maxHeader bounds a header's length; NumPy's own limit for safe reading is 10,000.
const maxHeader = 1 << 16

// Array is an array as it lies in its file.
type Array struct {
	File  string
	Shape []int
	Type  string // kind and size, such as f4
	order binary.ByteOrder
	data  []byte
}

// Len is the number of elements.
func (a *Array) Len() int {
	n := 1
	for _, d := range a.Shape {
		n *= d
	}
	return n
}

// Read reads a file.
func Read(file string) (*Array, error) {
	info, err := os.Stat(file) // before it is opened: a pipe would be waited for
	if err != nil {
		return nil, fault.Dataf("reading an array: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fault.Dataf("reading an array: %s is not a file: save the array into one", file)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fault.Dataf("reading an array: %w", err)
	}
	defer f.Close()
	a, err := decode(f, info.Size())
	if err != nil {
		return nil, fault.Dataf("%s: %w", file, err)
	}
	a.File = file
	return a, nil
}

// decode reads an array of which size bytes are there.
func decode(r io.Reader, size int64) (*Array, error) {
	text, used, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	h, err := parseHeader(text)
	if err != nil {
		return nil, fmt.Errorf("the header is not NumPy's: %w", err)
	}
	a := &Array{Shape: h.shape, Type: h.kind, order: h.order}
	want := int64(h.itemSize)
	for _, d := range h.shape {
		if d != 0 && want > math.MaxInt64/int64(d) {
			return nil, fmt.Errorf("shape %v is too large", h.shape)
		}
		want *= int64(d)
	}
	if have := size - used; want != have {
		return nil, fmt.Errorf("shape %v of %s needs %d bytes, the file has %d: it is cut or damaged", h.shape, h.kind, want, have)
	}
	a.data = make([]byte, want)
	if _, err := io.ReadFull(r, a.data); err != nil {
		return nil, err
	}
	return a, nil
}

// readHeader returns the header's text and the number of bytes before the data.
func readHeader(r io.Reader) (text string, used int64, err error) {
	var fixed [12]byte
	n8, err := io.ReadFull(r, fixed[:8])
	switch {
	case n8 == 0:
		return "", 0, fmt.Errorf("it is empty: not a .npy file, as numpy.save writes it")
	case string(fixed[:4]) == "PK\x03\x04":
		return "", 0, fmt.Errorf("it is a .npz or zip file: expected one array (numpy.save, not numpy.savez)")
	case err != nil || string(fixed[:6]) != "\x93NUMPY":
		return "", 0, fmt.Errorf("not a .npy file: it begins with %q; expected what numpy.save writes", fixed[:min(n8, 6)])
	}
	width := 2
	switch fixed[6] {
	case 1:
	case 2, 3:
		width = 4
	default:
		return "", 0, fmt.Errorf(".npy version %d: expected 1 to 3", fixed[6])
	}
	if _, err := io.ReadFull(r, fixed[8:8+width]); err != nil {
		return "", 0, fmt.Errorf("the file ends in its header")
	}
	n := int64(binary.LittleEndian.Uint16(fixed[8:]))
	if width == 4 {
		n = int64(binary.LittleEndian.Uint32(fixed[8:]))
	}
	if n > maxHeader {
		return "", 0, fmt.Errorf("a header of %d bytes: expected at most %d", n, maxHeader)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return "", 0, fmt.Errorf("the file ends in its header")
	}
	return string(b), 8 + int64(width) + n, nil
}

// Float32s returns the elements as float32. Integers above 2²⁴ and float64 values are rounded.
func (a *Array) Float32s() ([]float32, error) {
	out := make([]float32, a.Len())
	for i := range out {
		out[i] = float32(a.float(i))
	}
	return out, nil
}

// Ints returns the elements of an integer or boolean array, or of a float array that holds whole numbers.
func (a *Array) Ints() ([]int64, error) {
	out := make([]int64, a.Len())
	for i := range out {
		if a.Type[0] != 'f' {
			out[i] = a.integer(i)
			continue
		}
		x := a.float(i)
		if x != math.Trunc(x) || math.Abs(x) > 1<<53 {
			return nil, fault.Dataf("%s: element %d is %g: expected whole numbers", a.File, i, x)
		}
		out[i] = int64(x)
	}
	return out, nil
}

func (a *Array) float(i int) float64 {
	switch a.Type {
	case "f2":
		return float16(a.order.Uint16(a.data[2*i:]))
	case "f4":
		return float64(math.Float32frombits(a.order.Uint32(a.data[4*i:])))
	case "f8":
		return math.Float64frombits(a.order.Uint64(a.data[8*i:]))
	case "u8":
		return float64(a.order.Uint64(a.data[8*i:]))
	}
	return float64(a.integer(i))
}

func (a *Array) integer(i int) int64 {
	switch a.Type {
	case "b1", "u1":
		return int64(a.data[i])
	case "i1":
		return int64(int8(a.data[i]))
	case "u2":
		return int64(a.order.Uint16(a.data[2*i:]))
	case "i2":
		return int64(int16(a.order.Uint16(a.data[2*i:])))
	case "u4":
		return int64(a.order.Uint32(a.data[4*i:]))
	case "i4":
		return int64(int32(a.order.Uint32(a.data[4*i:])))
	default: // i8, and u8 below 2⁶³
		return int64(a.order.Uint64(a.data[8*i:]))
	}
}

// float16 returns the value of a half-precision number.
func float16(bits uint16) float64 {
	sign := 1.0
	if bits&0x8000 != 0 {
		sign = -1
	}
	exponent, fraction := int(bits>>10&31), float64(bits&0x3ff)
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return sign * math.Inf(1)
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}
