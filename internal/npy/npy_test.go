package npy

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
)

// TestNumPyFiles reads files that NumPy 2.4 wrote (testdata/make.py): values 0, 1, 2, … in every type.
func TestNumPyFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.npy")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files in testdata: %v", len(files), err)
	}
	for _, file := range files {
		if strings.Contains(file, "fortran") {
			continue
		}
		a, err := Read(file)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		ints, err := a.Ints()
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		floats, _ := a.Float32s()
		for i := range ints {
			want := int64(i)
			if a.Type == "b1" {
				want = int64(i % 2)
			}
			if ints[i] != want || floats[i] != float32(want) {
				t.Errorf("%s: element %d is %d, %g", file, i, ints[i], floats[i])
			}
		}
	}
}

func TestFortranOrderIsRefused(t *testing.T) {
	if _, err := Read("testdata/fortran.npy"); err == nil || !strings.Contains(err.Error(), "ascontiguousarray") {
		t.Errorf("got %v", err)
	}
}

func TestFloat16(t *testing.T) {
	for bits, want := range map[uint16]float64{0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0001: math.Ldexp(1, -24), 0x0400: math.Ldexp(1, -14), 0x7c00: math.Inf(1), 0xfc00: math.Inf(-1), 0x8000: 0} {
		if got := float16(bits); got != want {
			t.Errorf("%#04x: %g, want %g", bits, got, want)
		}
	}
	if x := float16(0x7e00); x == x {
		t.Error("NaN is lost")
	}
}

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	for _, shape := range [][]int{{6}, {2, 3}, {1, 2, 3}} {
		f := filepath.Join(dir, "x.npy")
		data := []float32{1, -2, 3.5, 0, float32(math.Inf(1)), 6}
		if err := WriteFloat32(f, shape, data); err != nil {
			t.Fatal(err)
		}
		a, err := Read(f)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := a.Float32s()
		if !slices.Equal(got, data) || !slices.Equal(a.Shape, shape) {
			t.Errorf("shape %v: read %v %v", shape, a.Shape, got)
		}
	}
	f := filepath.Join(dir, "u.npy")
	if err := WriteUint8(f, []int{2}, []uint8{7, 255}); err != nil {
		t.Fatal(err)
	}
	if a, err := Read(f); err != nil || a.Type != "u1" {
		t.Error(a, err)
	}
	if err := WriteUint16(f, []int{2}, []uint16{7, 65535}); err != nil {
		t.Fatal(err)
	}
	a, err := Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := a.Ints(); !slices.Equal(v, []int64{7, 65535}) {
		t.Error(v)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("temporary files stay: %v", left)
	}
}

func TestWriteErrors(t *testing.T) {
	if err := WriteUint8(filepath.Join(t.TempDir(), "x.npy"), []int{3}, []uint8{1}); err == nil {
		t.Error("a wrong shape was written")
	}
	if err := WriteUint8(filepath.Join(t.TempDir(), "absent", "x.npy"), []int{1}, []uint8{1}); fault.KindOf(err) != fault.Usage {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestBadFiles(t *testing.T) {
	head := headerText("<f4", []int{2})
	for name, c := range map[string]struct{ content, say string }{
		"empty":       {"", "not a .npy file"},
		"text":        {"hello, this is text", "not a .npy file"},
		"version":     {"\x93NUMPY\x09\x00aaaaaaaa", "version 9"},
		"cut header":  {head[:30], "ends in its header"},
		"long header": {"\x93NUMPY\x02\x00\xff\xff\xff\xff", "expected at most"},
		"cut":         {head + "1234", "cut or damaged"},
		"too long":    {head + "123456789", "cut or damaged"},
		"huge":        {headerText("<f8", []int{1 << 40, 1 << 40}), "too large"},
		"object":      {strings.Replace(head, "<f4", "|O8", 1), "element type"},
		"complex":     {strings.Replace(head, "<f4", "<c8", 1), "element type"},
		"odd size":    {strings.Replace(head, "<f4", "<f3", 1), "element type"},
		"no shape":    {strings.Replace(head, "shape", "shade", 1), "no shape"},
		"absurd axis": {strings.Replace(head, "(2,)", "(99999999999999999999,)", 1), "axis"},
	} {
		f := filepath.Join(t.TempDir(), "x.npy")
		if err := os.WriteFile(f, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Read(f)
		if err == nil || !strings.Contains(err.Error(), c.say) || !strings.Contains(err.Error(), f) || fault.KindOf(err) != fault.Data {
			t.Errorf("%s: %v; expected it to name the file and say %q", name, err, c.say)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "absent.npy")); fault.KindOf(err) != fault.Data {
		t.Error(err)
	}
}

func TestIntsWantsWholeNumbers(t *testing.T) {
	f := filepath.Join(t.TempDir(), "x.npy")
	if err := WriteFloat32(f, []int{1}, []float32{1.5}); err != nil {
		t.Fatal(err)
	}
	a, err := Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Ints(); err == nil || !strings.Contains(err.Error(), "whole numbers") {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(headerText("<f4", []int{1, 2}) + "12345678"))
	f.Add([]byte(headerText("<i8", nil) + "12345678"))
	f.Add([]byte("\x93NUMPY\x03\x00\x10\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := decode(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		if _, err := a.Float32s(); err != nil {
			t.Error(err)
		}
		_, _ = a.Ints() // fractions are an error, not a crash
	})
}
