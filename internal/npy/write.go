package npy

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

// WriteFloat32 writes a float32 array. The file appears whole or not at all.
func WriteFloat32(file string, shape []int, data []float32) error {
	return write(file, "<f4", shape, len(data), func(w *bufio.Writer) error {
		var b [4]byte
		for _, x := range data {
			binary.LittleEndian.PutUint32(b[:], math.Float32bits(x))
			if _, err := w.Write(b[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// WriteUint8 writes a uint8 array.
func WriteUint8(file string, shape []int, data []uint8) error {
	return write(file, "|u1", shape, len(data), func(w *bufio.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// WriteUint16 writes a uint16 array.
func WriteUint16(file string, shape []int, data []uint16) error {
	return write(file, "<u2", shape, len(data), func(w *bufio.Writer) error {
		return binary.Write(w, binary.LittleEndian, data)
	})
}

func write(file, descr string, shape []int, n int, body func(*bufio.Writer) error) (err error) {
	size := 1
	for _, d := range shape {
		size *= d
	}
	if size != n {
		return fmt.Errorf("writing %s: shape %v needs %d values, found %d", file, shape, size, n)
	}
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*")
	if err != nil {
		return fault.Usagef("writing an array: %w", err)
	}
	defer func() {
		if err != nil {
			err = fault.Usagef("writing %s: %w", file, errors.Join(err, f.Close(), os.Remove(f.Name())))
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	if _, err := io.WriteString(w, headerText(descr, shape)); err != nil {
		return err
	}
	if err := errors.Join(body(w), w.Flush(), f.Chmod(0o644), f.Sync()); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

// headerText is a version 1 header: NumPy pads it so that the data begin at a multiple of 64.
func headerText(descr string, shape []int) string {
	var axes strings.Builder
	for _, d := range shape {
		fmt.Fprintf(&axes, "%d, ", d)
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, strings.TrimSuffix(axes.String(), " "))
	if len(shape) > 1 {
		text = strings.Replace(text, ",), }", "), }", 1)
	}
	text += strings.Repeat(" ", (64-(10+len(text)+1)%64)%64) + "\n"
	return "\x93NUMPY\x01\x00" + string(binary.LittleEndian.AppendUint16(nil, uint16(len(text)))) + text
}
