package jpeg

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"math/rand/v2"
	"strings"
	"testing"
)

// encoded is a small colour picture as Go's encoder writes it: 4:2:0, baseline.
func encoded(t testing.TB, width, height int) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		m.SetNRGBA(i%width, i/width, color.NRGBA{R: uint8(i), G: uint8(i / width * 3), B: uint8(r.IntN(256)), A: 255})
	}
	var b bytes.Buffer
	if err := stdjpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decodeBytes(d *Decoder, data []byte) ([]byte, error) {
	h, err := d.Header(data)
	if err != nil {
		return nil, err
	}
	dst := make([]byte, 3*h.Width*h.Height)
	return dst, d.RGB(dst)
}

// A file cut anywhere is an error that says so; only its end marker may be missing.
func TestTruncated(t *testing.T) {
	data := encoded(t, 50, 40)
	var d Decoder
	whole, err := decodeBytes(&d, data)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(data) - 2 {
		if _, err := decodeBytes(&d, data[:n]); err == nil {
			// the last byte of the bits may hold nothing but padding
			if got, _ := decodeBytes(&d, data[:n]); n < len(data)-3 || !bytes.Equal(got, whole) {
				t.Fatalf("no error after %d of %d bytes", n, len(data))
			}
		} else if n > 2 && !errors.Is(err, ErrTruncated) {
			t.Fatalf("after %d of %d bytes: %v, expected %v", n, len(data), err, ErrTruncated)
		}
	}
	if got, err := decodeBytes(&d, data[:len(data)-2]); err != nil || !bytes.Equal(got, whole) {
		t.Errorf("without its end marker: %v", err)
	}
}

func TestBadFiles(t *testing.T) {
	data := encoded(t, 50, 40)
	frame := bytes.Index(data, []byte{0xff, markerSOF0})
	scan := bytes.Index(data, []byte{0xff, markerSOS})
	huffman := bytes.Index(data, []byte{0xff, markerDHT})
	quantization := bytes.Index(data, []byte{0xff, markerDQT})
	for _, c := range []struct {
		name string
		edit func(b []byte) []byte
		want string
	}{
		{"no JPEG", func(b []byte) []byte { b[0] = 0; return b }, "does not begin with FF D8"},
		{"arithmetic", func(b []byte) []byte { b[frame+1] = 0xc9; return b }, "arithmetic coding: not supported"},
		{"lossless", func(b []byte) []byte { b[frame+1] = 0xc3; return b }, "lossless"},
		{"hierarchical", func(b []byte) []byte { b[frame+1] = 0xc5; return b }, "hierarchical"},
		{"12 bits", func(b []byte) []byte { b[frame+4] = 12; return b }, "of 12 bits a sample: not supported"},
		{"two components", func(b []byte) []byte { b[frame+3], b[frame+9] = 14, 2; return b }, "of 2 components"},
		{"height 0", func(b []byte) []byte { b[frame+5], b[frame+6] = 0, 0; return b }, "50×0"},
		{"sampling 0", func(b []byte) []byte { b[frame+11] = 0; return b }, "sampling factor"},
		{"3:2 sampling", func(b []byte) []byte { b[frame+11], b[frame+14] = 0x31, 0x21; return b }, "do not divide"},
		{"absurd size", func(b []byte) []byte { b[frame+5], b[frame+6], b[frame+7], b[frame+8] = 255, 255, 255, 255; return b }, "cut off"},
		{"two frames", func(b []byte) []byte { return append(b[:scan:scan], b[frame:]...) }, "two frame headers"},
		{"no Huffman tables", func(b []byte) []byte { return append(b[:huffman:huffman], b[scan:]...) }, "Huffman table that the file does not have"},
		{"no quantisation", func(b []byte) []byte { b[quantization+1] = 0xfe; return b }, "no quantisation table"},
		{"quantisation of 24 bits", func(b []byte) []byte { b[quantization+4] = 0x20; return b }, "quantisation table is not whole"},
		{"overfull code", func(b []byte) []byte { b[huffman+5] = 3; return b }, "Huffman table"},
		{"unknown component", func(b []byte) []byte { b[scan+5] = 9; return b }, "component 9"},
		{"component twice", func(b []byte) []byte { b[scan+7] = b[scan+5]; return b }, "twice"},
		{"tiny segment", func(b []byte) []byte { b[quantization+2], b[quantization+3] = 0, 1; return b }, "claims to be 1 bytes"},
		{"no bits", func(b []byte) []byte { return append(b[:scan+14:scan+14], 0xff, markerEOI) }, "ends too early"},
		{"no scan", func(b []byte) []byte { return append(append(b[:scan:scan], make([]byte, 400)...), 0xff, markerEOI) }, "before every component"},
		{"only ones", func(b []byte) []byte {
			return append(append(b[:scan+14:scan+14], bytes.Repeat([]byte{0xff, 0}, 2000)...), 0xff, markerEOI)
		}, "no Huffman code"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d Decoder
			_, err := decodeBytes(&d, c.edit(bytes.Clone(data)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, expected an error with %q", err, c.want)
			}
			if got, err := decodeBytes(&d, data); err != nil || len(got) != 3*50*40 {
				t.Errorf("the decoder is of no use afterwards: %v", err)
			}
		})
	}
}

func TestDecoderAllocatesNothing(t *testing.T) {
	data := encoded(t, 200, 100)
	var d Decoder
	dst := make([]byte, 3*200*100)
	if n := testing.AllocsPerRun(5, func() {
		_, _ = d.Header(data)
		_ = d.RGB(dst)
	}); n != 0 {
		t.Errorf("%g allocations a picture, want 0", n)
	}
}

func FuzzDecoder(f *testing.F) {
	f.Add(encoded(f, 20, 17))
	f.Add(encoded(f, 1, 1))
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var d Decoder
		h, err := d.Header(data)
		if err != nil || h.Width*h.Height > 1<<20 {
			return
		}
		_ = d.RGB(make([]byte, 3*h.Width*h.Height)) // damaged files are errors, not crashes
	})
}

// BenchmarkDecoder decodes a rendered picture of 2048×1024, 4:2:0, whose file has about a byte for every four pixels, as a
// photograph of quality 90.
func BenchmarkDecoder(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	m := image.NewNRGBA(image.Rect(0, 0, 2048, 1024))
	for i := range 2048 * 1024 {
		x, y := i%2048, i/2048
		v := 100 + 60*(x/97%2) + 40*(y/61%2) + r.IntN(24)
		m.SetNRGBA(x, y, color.NRGBA{R: uint8(v), G: uint8(v - 30), B: uint8(x / 9), A: 255})
	}
	var file bytes.Buffer
	if err := stdjpeg.Encode(&file, m, &stdjpeg.Options{Quality: 85}); err != nil {
		b.Fatal(err)
	}
	b.Run("this", func(b *testing.B) {
		var d Decoder
		dst := make([]byte, 3*2048*1024)
		b.ReportMetric(float64(file.Len()), "bytes")
		for b.Loop() {
			if _, err := d.Header(file.Bytes()); err != nil {
				b.Fatal(err)
			}
			if err := d.RGB(dst); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("image/jpeg", func(b *testing.B) {
		for b.Loop() {
			if _, err := stdjpeg.Decode(bytes.NewReader(file.Bytes())); err != nil {
				b.Fatal(err)
			}
		}
	})
}
