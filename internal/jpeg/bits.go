package jpeg

import (
	"bytes"
	"encoding/binary"
)

// bits reads an entropy-coded segment, freed of its stuffing, most significant bit first.
type bits struct {
	data []byte // the segment and eight zero bytes
	size int    // bytes of the segment
	at   int    // the next byte of data that is not in buffer
	// buffer holds the next n bits at its top. Below them lie bits of data[at:], or zeros: or-ing them in again is harmless.
	buffer uint64
	n      int
}

// load takes the segment at the beginning of data, up to the next marker, and returns how long it is there.
func (b *bits) load(data []byte) (taken int) {
	out := b.data[:0]
	for {
		i := bytes.IndexByte(data[taken:], 0xff)
		if i < 0 {
			out, taken = append(out, data[taken:]...), len(data)
			break
		}
		out = append(out, data[taken:taken+i]...)
		taken += i
		if taken+1 >= len(data) || data[taken+1] != 0 {
			break
		}
		out, taken = append(out, 0xff), taken+2
	}
	b.size = len(out)
	b.data = append(out, 0, 0, 0, 0, 0, 0, 0, 0)
	b.at, b.buffer, b.n = 0, 0, 0
	return taken
}

// fill makes sure of 56 bits. Beyond the segment's end they are zero.
func (b *bits) fill() {
	b.buffer |= b.next(b.at) >> b.n
	b.at += (63 - b.n) >> 3
	b.n |= 56
}

// next returns the eight bytes at a place.
func (b *bits) next(at int) uint64 {
	if at > len(b.data)-8 {
		return 0
	}
	return binary.BigEndian.Uint64(b.data[at:])
}

// overrun says whether more bits were taken than the segment has.
func (b *bits) overrun() bool { return 8*b.at-b.n > 8*b.size }

// take removes and returns size bits, at most 16 of those that fill made sure of.
func (b *bits) take(size uint32) uint64 {
	v := b.buffer >> 1 >> (63 - size)
	b.buffer <<= size
	b.n -= int(size)
	return v
}

// symbol decodes a code; ok is false where the bits are none.
func (b *bits) symbol(h *huffman) (symbol uint32, ok bool) {
	if b.n < 32 {
		b.fill()
	}
	e := uint32(h.symbols[b.buffer>>(64-lookahead)])
	symbol, length := e&255, e>>8
	if length == 0 {
		if symbol, length = h.long(uint32(b.buffer >> 48)); length == 0 {
			return 0, false
		}
	}
	b.buffer <<= length
	b.n -= int(length)
	return symbol, true
}
