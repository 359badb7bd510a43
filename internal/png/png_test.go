package png

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"errors"
	"image"
	"image/color"
	stdpng "image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// encode writes a picture of random smooth content in one of the colour types that image/png writes.
func encode(t testing.TB, kind string, w, h int, level stdpng.CompressionLevel) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(1, uint64(w*h)))
	at := func(x, y, k int) uint8 { return uint8(x*3 + y*5*k + r.IntN(9)) }
	var img image.Image
	rect := image.Rect(0, 0, w, h)
	switch kind {
	case "gray":
		g := image.NewGray(rect)
		for i := range g.Pix {
			g.Pix[i] = at(i%w, i/w, 1)
		}
		img = g
	case "palette":
		var p color.Palette
		for i := range 200 {
			p = append(p, color.NRGBA{uint8(i), uint8(3 * i), uint8(7 * i), 255})
		}
		g := image.NewPaletted(rect, p)
		for i := range g.Pix {
			g.Pix[i] = at(i%w, i/w, 1) % 200
		}
		img = g
	default:
		n := image.NewNRGBA(rect)
		for i := range n.Pix {
			if n.Pix[i] = at(i/4%w, i/4/w, i%4); i%4 == 3 && kind == "rgb" {
				n.Pix[i] = 255
			}
		}
		img = n
	}
	var b bytes.Buffer
	if err := (&stdpng.Encoder{CompressionLevel: level}).Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pixels is what image/png decodes, in the file's own channels.
func pixels(t testing.TB, content []byte, c Color) []byte {
	t.Helper()
	img, err := stdpng.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	b := img.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			switch src := img.(type) {
			case *image.Gray:
				out = append(out, src.GrayAt(x, y).Y)
			case *image.Paletted:
				out = append(out, src.ColorIndexAt(x, y))
			default:
				p := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
				out = append(out, []byte{p.R, p.G, p.B, p.A}[:c.Channels()]...)
			}
		}
	}
	return out
}

func compare(t testing.TB, d *Decoder, name string, content []byte) {
	t.Helper()
	h, err := d.Header(bytes.Clone(content))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	want := pixels(t, content, h.Color)
	got, err := d.Pixels(h, make([]byte, h.Room()))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: other bytes than image/png's", name)
	}
}

// TestAgainstImagePNG: the bytes are image/png's, for every colour type, size and filter that its encoder chooses.
func TestAgainstImagePNG(t *testing.T) {
	var d Decoder
	for _, kind := range []string{"gray", "palette", "rgb", "rgba"} {
		for _, size := range [][2]int{{1, 1}, {2, 3}, {7, 5}, {64, 33}, {257, 40}} {
			for _, level := range []stdpng.CompressionLevel{stdpng.DefaultCompression, stdpng.NoCompression} {
				compare(t, &d, kind, encode(t, kind, size[0], size[1], level))
			}
		}
	}
}

// TestFilters undoes each filter of rows that were filtered by the definition.
func TestFilters(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, bpp := range []int{1, 2, 3, 4} {
		for filter := range byte(5) {
			for _, above := range [][]byte{nil, random(r, 12*bpp+0)} {
				want, row := random(r, 12*bpp), make([]byte, 12*bpp)
				for i := range want {
					at := func(s []byte, i int) int {
						if s == nil || i < 0 {
							return 0
						}
						return int(s[i])
					}
					a, b, c := at(want, i-bpp), at(above, i), 0
					if i >= bpp {
						c = at(above, i-bpp)
					}
					row[i] = want[i] - byte([]int{0, a, b, (a + b) / 2, definition(a, b, c)}[filter])
				}
				got := make([]byte, len(row))
				if err := unfilter(got, row, above, filter, bpp); err != nil || !bytes.Equal(got, want) {
					t.Errorf("filter %d, %d bytes a pixel, first row %v: %v", filter, bpp, above == nil, err)
				}
			}
		}
	}
	if err := unfilter(nil, nil, nil, 5, 1); err == nil {
		t.Error("filter 5 was accepted")
	}
}

// TestInflate: what compress/flate writes at every level, and blocks of every kind, comes back.
func TestInflate(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	texts := map[string][]byte{"one byte": {7}, "a run": bytes.Repeat([]byte{3}, 70000), "noise": random(r, 70000), "words": []byte(strings.Repeat("segmentation of pictures ", 999))}
	var skewed []byte // symbols so unevenly often that codes reach their full fifteen bits
	for i, n := 0, 1; i < 22; i, n = i+1, n*8/5+1 {
		skewed = append(skewed, bytes.Repeat([]byte{byte(11 * i)}, n)...)
	}
	r.Shuffle(len(skewed), func(i, j int) { skewed[i], skewed[j] = skewed[j], skewed[i] })
	texts["skewed"] = skewed
	var f inflater
	for name, text := range texts {
		for _, level := range []int{flate.NoCompression, flate.BestSpeed, flate.DefaultCompression, flate.BestCompression, flate.HuffmanOnly} {
			var b bytes.Buffer
			w, err := zlib.NewWriterLevel(&b, level)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(text); err != nil || w.Close() != nil {
				t.Fatal(err)
			}
			got := make([]byte, len(text))
			if err := f.inflate(got, b.Bytes()); err != nil || !bytes.Equal(got, text) {
				t.Errorf("%s, level %d: %v", name, level, err)
			}
			for _, n := range []int{len(text) - 1, len(text) + 1} {
				if f.inflate(make([]byte, n), b.Bytes()) == nil {
					t.Errorf("%s, level %d: %d bytes were taken for %d", name, level, len(text), n)
				}
			}
			if f.inflate(got, b.Bytes()[:b.Len()/2]) == nil {
				t.Errorf("%s, level %d: half of the stream was enough", name, level)
			}
		}
	}
}

func random(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.IntN(256))
	}
	return b
}

// definition is the predictor as the PNG specification (section 9.4) writes it.
func definition(a, b, c int) int {
	abs := func(x int) int { return max(x, -x) }
	p := a + b - c
	pa, pb, pc := abs(p-a), abs(p-b), abs(p-c)
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func TestOtherKindsAndDamage(t *testing.T) {
	var d Decoder
	good := encode(t, "rgb", 20, 20, stdpng.DefaultCompression)
	var wide bytes.Buffer
	if err := stdpng.Encode(&wide, image.NewGray16(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"16 bits": wide.Bytes(), "a text": []byte(strings.Repeat("text ", 20)), "nothing": nil} {
		if _, err := d.Header(content); !errors.Is(err, ErrOther) {
			t.Errorf("%s: %v", name, err)
		}
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)-20] ^= 1
	for name, content := range map[string][]byte{"cut": good[:len(good)-30], "a flipped bit": flipped} {
		h, err := d.Header(bytes.Clone(content))
		if err == nil {
			_, err = d.Pixels(h, make([]byte, h.Room()))
		}
		if err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	compare(t, &d, "after damage", good)
}

func TestAllocatesNothing(t *testing.T) {
	var d Decoder
	content := encode(t, "rgb", 64, 64, stdpng.DefaultCompression)
	dst := make([]byte, 64*(3*64+1))
	work := make([]byte, len(content))
	run := func() {
		copy(work, content)
		h, err := d.Header(work)
		if err == nil {
			_, err = d.Pixels(h, dst)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	run()
	if n := testing.AllocsPerRun(20, run); n > 0 {
		t.Errorf("%g allocations a picture", n)
	}
}

// TestMaterial decodes real pictures, where they are at hand.
func TestMaterial(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/material/nuclei*/*/*.png")
	if len(files) == 0 {
		t.Skip("../shared/material is not there")
	}
	var d Decoder
	for _, f := range files[:min(30, len(files))] {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, &d, f, content)
	}
}

func FuzzDecode(f *testing.F) {
	for _, kind := range []string{"gray", "palette", "rgb", "rgba"} {
		f.Add(encode(f, kind, 9, 7, stdpng.DefaultCompression))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		var d Decoder
		h, err := d.Header(bytes.Clone(content))
		if err != nil || h.Width*h.Height > 1<<20 {
			return
		}
		if _, err := d.Pixels(h, make([]byte, h.Room())); err == nil {
			compare(t, &d, "fuzzed", content)
		}
	})
}

// BenchmarkDecode is a picture of the material, where it is at hand.
func BenchmarkDecode(b *testing.B) {
	files, _ := filepath.Glob("../../../shared/material/nuclei-val/images/*.png")
	if len(files) == 0 {
		b.Skip("../shared/material is not there")
	}
	var contents [][]byte
	bytesOf := int64(0)
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		contents = append(contents, content)
		c, _ := stdpng.DecodeConfig(bytes.NewReader(content))
		bytesOf += int64(3 * c.Width * c.Height)
	}
	b.Run("ours", func(b *testing.B) {
		var d Decoder
		var dst, work []byte
		b.SetBytes(bytesOf)
		for b.Loop() {
			for _, content := range contents {
				work = append(work[:0], content...)
				h, err := d.Header(work)
				if err != nil {
					b.Fatal(err)
				}
				if cap(dst) < h.Room() {
					dst = make([]byte, h.Room())
				}
				if _, err := d.Pixels(h, dst[:h.Room()]); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("image/png", func(b *testing.B) {
		b.SetBytes(bytesOf)
		for b.Loop() {
			for _, content := range contents {
				if _, err := stdpng.Decode(bytes.NewReader(content)); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
