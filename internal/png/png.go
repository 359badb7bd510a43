// Package png decodes the PNG files that datasets mostly consist of — 8 bits a sample, not interlaced — straight into the
// caller's memory, and inflates them itself: nearly three times as fast as image/png, and without allocation from the
// second picture on. Every other kind of PNG is [ErrOther]: image/png decodes it.
//
// What it accepts decodes to the bytes that image/png gives; a test holds the two together.
package png

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// ErrOther says that a file is no PNG, or one of a kind that is left to image/png.
var ErrOther = errors.New("not an 8-bit PNG without interlacing")

// Color is how a pixel is stored.
type Color uint8

// The colour types of 8-bit files, by their numbers in the format.
const (
	Gray      Color = 0
	RGB       Color = 2
	Palette   Color = 3
	GrayAlpha Color = 4
	RGBA      Color = 6
)

// Channels is the number of bytes a pixel; 0 where there is no such type.
func (c Color) Channels() int {
	if int(c) >= len(channels) {
		return 0
	}
	return channels[c]
}

var channels = [...]int{Gray: 1, RGB: 3, Palette: 1, GrayAlpha: 2, RGBA: 4}

// Header is what a file says of itself.
type Header struct {
	Width, Height int
	Color         Color
	Palette       [][3]uint8 // of colour type Palette; valid until the decoder's next header
}

// Decoder decodes one file after another with the same buffers. The zero value is ready; it serves one goroutine.
type Decoder struct {
	chunks   chunks
	first    []byte // what the first IDAT chunk holds
	inflater inflater
	palette  [256][3]uint8
}

const signature = "\x89PNG\r\n\x1a\n"

// Header reads what stands before the pixels. Files of another kind are ErrOther.
func (d *Decoder) Header(content []byte) (Header, error) {
	var h Header
	if len(content) < len(signature)+25 || string(content[:len(signature)]) != signature {
		return h, ErrOther
	}
	d.chunks = chunks{rest: content[len(signature):]}
	kind, data, err := d.chunks.next()
	if err != nil {
		return h, err
	}
	if kind != "IHDR" || len(data) != 13 {
		return h, fmt.Errorf("the first chunk is %q of %d bytes: expected IHDR of 13", kind, len(data))
	}
	width, height := binary.BigEndian.Uint32(data), binary.BigEndian.Uint32(data[4:])
	if width == 0 || height == 0 {
		return h, fmt.Errorf("it claims to be %d×%d pixels: expected 1 or more a side", width, height)
	}
	h.Color = Color(data[9])
	if data[8] != 8 || data[10]|data[11]|data[12] != 0 || h.Color.Channels() == 0 || width-1 >= 1<<31-1 || height-1 >= 1<<31-1 {
		return h, ErrOther
	}
	h.Width, h.Height = int(width), int(height)
	for {
		kind, data, err := d.chunks.next()
		switch {
		case err != nil:
			return h, err
		case kind == "PLTE":
			if len(data)%3 != 0 || len(data) > 768 || len(data) == 0 {
				return h, fmt.Errorf("a palette of %d bytes: expected 3 to 768, three a colour", len(data))
			}
			for i := range len(data) / 3 {
				d.palette[i] = [3]uint8(data[3*i:])
			}
			h.Palette = d.palette[:len(data)/3]
		case kind == "IDAT":
			if h.Color == Palette && h.Palette == nil {
				return h, errors.New("a picture by palette without a palette")
			}
			d.first = data
			return h, nil
		case kind == "IEND":
			return h, errors.New("no pixels stand in it")
		case kind[0]&0x20 == 0:
			return h, ErrOther
		}
	}
}

// Room is the number of bytes that decoding takes: the pixels, and a byte a row.
func (h Header) Room() int { return h.Height * (h.Width*h.Color.Channels() + 1) }

// Pixels decodes the pixels of the file whose header was just read into buf, Room bytes, and returns its first
// Width·Height·Channels bytes: the pixels row by row. It overwrites the file's content.
func (d *Decoder) Pixels(h Header, buf []byte) ([]byte, error) {
	if len(buf) != h.Room() {
		return nil, fmt.Errorf("png: %d bytes for %d", len(buf), h.Room())
	}
	data, err := d.join()
	if err != nil {
		return nil, err
	}
	if err := d.inflater.inflate(buf, data); err != nil {
		return nil, err
	}
	stride := h.Width * h.Color.Channels()
	var above []byte
	for y := range h.Height { // a row moves y+1 bytes to the front: nothing is overwritten that is still to be read
		row, out := buf[y*(stride+1):][:stride+1], buf[y*stride:][:stride]
		if err := unfilter(out, row[1:], above, row[0], h.Color.Channels()); err != nil {
			return nil, err
		}
		above = out
	}
	pixels := buf[:h.Height*stride]
	if h.Color == Palette {
		return pixels, inPalette(pixels, len(h.Palette))
	}
	return pixels, nil
}

// join puts what the IDAT chunks hold behind one another, in the place of the first and what follows it.
func (d *Decoder) join() ([]byte, error) {
	data := d.first[:len(d.first):cap(d.first)]
	for {
		kind, more, err := d.chunks.next()
		if err != nil {
			return nil, err
		}
		if kind != "IDAT" {
			return data, nil
		}
		data = append(data, more...)
	}
}

func inPalette(pix []byte, colors int) error {
	if colors == 256 {
		return nil
	}
	largest := byte(0)
	for _, p := range pix {
		largest = max(largest, p)
	}
	if int(largest) >= colors {
		return fmt.Errorf("a pixel has colour %d of a palette of %d", largest, colors)
	}
	return nil
}

// chunks reads the chunks of a file.
type chunks struct{ rest []byte }

// next returns the next chunk, its checksum checked.
func (c *chunks) next() (kind string, data []byte, err error) {
	if len(c.rest) < 12 {
		return "", nil, io.ErrUnexpectedEOF
	}
	n := binary.BigEndian.Uint32(c.rest)
	if uint64(n) > uint64(len(c.rest)-12) {
		return "", nil, io.ErrUnexpectedEOF
	}
	body := c.rest[4 : 8+n]
	if want, got := binary.BigEndian.Uint32(c.rest[8+n:]), crc32.ChecksumIEEE(body); want != got {
		return "", nil, fmt.Errorf("chunk %q is damaged: its checksum is %08x, expected %08x", body[:4], got, want)
	}
	c.rest = c.rest[12+n:]
	return kindOf(body[:4]), body[4:], nil
}

// kindOf is string(name) without an allocation for the kinds that matter.
func kindOf(name []byte) string {
	for _, known := range [...]string{"IDAT", "IEND", "IHDR", "PLTE"} {
		if string(name) == known {
			return known
		}
	}
	return string(name)
}
