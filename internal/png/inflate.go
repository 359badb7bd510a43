package png

import (
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
)

// inflater decompresses zlib streams (RFC 1950, 1951) whose whole content and size are at hand, as those of a PNG are:
// the output itself is the window that matches copy from, and input is read eight bytes at a time. That is what makes it
// faster than a library's, which must serve streams.
//
// A table entry holds, from the lowest bit on, the code's length in bits (5 bits), the number of extra bits behind it
// (5 bits), a kind (2 bits), and a value from bit 16 on: a literal, or a base length or distance, or where a longer
// code's table begins.
type inflater struct {
	src     []byte
	at      int    // next byte of src
	hold    uint64 // bits read and not used, lowest first
	held    uint
	literal [1<<literalBits + 1<<15]uint32
	offset  [1<<offsetBits + 1<<15]uint32
}

const (
	literalBits = 10 // codes up to this long are found at once
	offsetBits  = 8
)

// The kinds of an entry; an entry of 0 is no code.
const (
	kindLiteral = 0 << 10
	kindCopy    = 1 << 10 // a length, or any distance
	kindEnd     = 2 << 10
	kindLonger  = 3 << 10 // the value is the place of a table, the extra bits are the bits that index it
	kindMask    = 3 << 10
)

var errInflate = errors.New("the compressed pixels are damaged")

// inflate fills dst from a zlib stream that must hold exactly as many bytes. Its checksum is left unread: every chunk of a
// PNG has its own.
func (f *inflater) inflate(dst, src []byte) error {
	if len(src) < 2 {
		return io.ErrUnexpectedEOF
	}
	if src[0]&15 != 8 || binary.BigEndian.Uint16(src)%31 != 0 || src[1]&0x20 != 0 {
		return errInflate
	}
	f.src, f.at, f.hold, f.held = src, 2, 0, 0
	out := 0
	for last := false; !last; {
		f.refill()
		if f.held < 3 {
			return io.ErrUnexpectedEOF
		}
		last = f.take(1) == 1
		var err error
		switch f.take(2) {
		case 0:
			out, err = f.stored(dst, out)
		case 1:
			f.fixedTables()
			out, err = f.block(dst, out)
		case 2:
			if err = f.readTables(); err == nil {
				out, err = f.block(dst, out)
			}
		default:
			err = errInflate
		}
		if err != nil {
			return err
		}
	}
	if out < len(dst) {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// refill makes at least 56 bits ready, or all that are left.
func (f *inflater) refill() {
	if f.at+8 <= len(f.src) {
		f.hold |= binary.LittleEndian.Uint64(f.src[f.at:]) << f.held
		f.at += int(63-f.held) >> 3
		f.held |= 56
		return
	}
	for f.held <= 56 && f.at < len(f.src) {
		f.hold |= uint64(f.src[f.at]) << f.held
		f.at++
		f.held += 8
	}
}

// take removes n bits, which must be ready.
func (f *inflater) take(n uint) uint32 {
	x := uint32(f.hold) & (1<<n - 1)
	f.hold >>= n
	f.held -= n
	return x
}

// stored copies a block that is not compressed.
func (f *inflater) stored(dst []byte, out int) (int, error) {
	f.take(f.held & 7)
	f.at -= int(f.held / 8) // whole bytes that were read ahead
	f.hold, f.held = 0, 0
	if f.at+4 > len(f.src) {
		return out, io.ErrUnexpectedEOF
	}
	n, inverse := binary.LittleEndian.Uint16(f.src[f.at:]), binary.LittleEndian.Uint16(f.src[f.at+2:])
	f.at += 4
	switch {
	case n != ^inverse, int(n) > len(dst)-out:
		return out, errInflate
	case int(n) > len(f.src)-f.at:
		return out, io.ErrUnexpectedEOF
	}
	copy(dst[out:], f.src[f.at:][:n])
	f.at += int(n)
	return out + int(n), nil
}

// block decompresses a block by the tables.
func (f *inflater) block(dst []byte, out int) (int, error) {
	for {
		f.refill()
		e := f.literal[f.hold&(1<<literalBits-1)]
		if e&kindMask == kindLiteral && f.held >= 45 { // up to three codes of 15 bits without reading on
			for range 2 {
				n := uint(e & 31)
				if n == 0 || out >= len(dst) {
					return out, errInflate
				}
				dst[out] = byte(e >> 16)
				out++
				f.hold >>= n
				f.held -= n
				if e = f.literal[f.hold&(1<<literalBits-1)]; e&kindMask != kindLiteral {
					break
				}
			}
			if e&kindMask != kindLiteral {
				f.refill()
			}
		}
		if e&kindMask == kindLonger {
			f.hold >>= literalBits
			if f.held < literalBits {
				return out, io.ErrUnexpectedEOF
			}
			f.held -= literalBits
			e = f.literal[uint64(e>>16)+f.hold&(1<<(e>>5&31)-1)]
		}
		n := uint(e & 31)
		switch {
		case n == 0:
			return out, errInflate
		case n > f.held:
			return out, io.ErrUnexpectedEOF
		}
		f.hold >>= n
		f.held -= n
		switch e & kindMask {
		case kindLiteral:
			if out >= len(dst) {
				return out, errInflate
			}
			dst[out] = byte(e >> 16)
			out++
		case kindEnd:
			return out, nil
		default:
			extra := uint(e >> 5 & 31)
			if extra > f.held {
				return out, io.ErrUnexpectedEOF
			}
			length := int(e>>16) + int(f.take(extra))
			distance, err := f.distance()
			if err != nil {
				return out, err
			}
			if distance > out || length > len(dst)-out {
				return out, errInflate
			}
			repeat(dst, out, distance, length)
			out += length
		}
	}
}

// distance reads how far back a match lies.
func (f *inflater) distance() (int, error) {
	f.refill()
	e := f.offset[f.hold&(1<<offsetBits-1)]
	if e&kindMask == kindLonger {
		if f.held < offsetBits {
			return 0, io.ErrUnexpectedEOF
		}
		f.hold >>= offsetBits
		f.held -= offsetBits
		e = f.offset[uint64(e>>16)+f.hold&(1<<(e>>5&31)-1)]
	}
	n, extra := uint(e&31), uint(e>>5&31)
	switch {
	case n == 0:
		return 0, errInflate
	case n+extra > f.held:
		return 0, io.ErrUnexpectedEOF
	}
	f.hold >>= n
	f.held -= n
	return int(e>>16) + int(f.take(extra)), nil
}

// repeat copies length bytes from distance before out; they may overlap, and then repeat themselves.
func repeat(dst []byte, out, distance, length int) {
	from := out - distance
	if distance >= 8 && length <= 32 && out+40 <= len(dst) { // short ones by words, past their end where nothing is written yet
		for k := 0; k < length; k += 8 {
			binary.LittleEndian.PutUint64(dst[out+k:], binary.LittleEndian.Uint64(dst[from+k:]))
		}
		return
	}
	if distance == 1 {
		b, run := dst[from], dst[out:][:length]
		for i := range run {
			run[i] = b
		}
		return
	}
	for length > 0 {
		n := copy(dst[out:][:length], dst[from:out])
		out += n
		length -= n
	}
}

var (
	lengthBase   = [...]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthExtra  = [...]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	lengthsOrder = [...]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
)

// literalEntry is the entry of a literal or length symbol, but for the code's length.
func literalEntry(symbol int) (entry uint32, ok bool) {
	switch {
	case symbol < 256:
		return uint32(symbol)<<16 | kindLiteral, true
	case symbol == 256:
		return kindEnd, true
	case symbol-257 < len(lengthBase):
		return uint32(lengthBase[symbol-257])<<16 | uint32(lengthExtra[symbol-257])<<5 | kindCopy, true
	}
	return 0, false
}

// offsetEntry is the same of a distance symbol: two symbols a number of extra bits.
func offsetEntry(symbol int) (entry uint32, ok bool) {
	switch {
	case symbol < 4:
		return uint32(symbol+1)<<16 | kindCopy, true
	case symbol < 30:
		extra := uint32(symbol/2 - 1)
		base := uint32(2+symbol&1)<<extra + 1
		return base<<16 | extra<<5 | kindCopy, true
	}
	return 0, false
}

// fixedTables are the tables of blocks that bring none.
func (f *inflater) fixedTables() {
	var lengths [288]uint8
	for i := range lengths {
		switch {
		case i < 144, i >= 280:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		default:
			lengths[i] = 7
		}
	}
	var offsets [32]uint8 // the last two are no distances
	for i := range offsets {
		offsets[i] = 5
	}
	build(f.literal[:], literalBits, lengths[:], literalEntry)
	build(f.offset[:], offsetBits, offsets[:], offsetEntry)
}

// readTables reads the tables of a block.
func (f *inflater) readTables() error {
	if f.held < 14 {
		return io.ErrUnexpectedEOF
	}
	literals, offsets, codes := int(f.take(5))+257, int(f.take(5))+1, int(f.take(4))+4
	if literals > 286 || offsets > 30 {
		return errInflate
	}
	var small [19]uint8
	for _, symbol := range lengthsOrder[:codes] {
		if f.refill(); f.held < 3 {
			return io.ErrUnexpectedEOF
		}
		small[symbol] = uint8(f.take(3))
	}
	var table [1 << 7]uint32
	if !build(table[:], 7, small[:], func(symbol int) (uint32, bool) { return uint32(symbol) << 16, true }) {
		return errInflate
	}
	var lengths [286 + 30]uint8
	if err := f.readLengths(lengths[:literals+offsets], &table); err != nil {
		return err
	}
	if lengths[256] == 0 || !build(f.literal[:], literalBits, lengths[:literals], literalEntry) || !build(f.offset[:], offsetBits, lengths[literals:][:offsets], offsetEntry) {
		return errInflate
	}
	return nil
}

// readLengths reads code lengths, which are run-length coded.
func (f *inflater) readLengths(lengths []uint8, table *[1 << 7]uint32) error {
	for i := 0; i < len(lengths); {
		f.refill()
		e := table[f.hold&0x7f]
		switch n := uint(e & 31); {
		case n == 0:
			return errInflate
		case n > f.held:
			return io.ErrUnexpectedEOF
		default:
			f.take(n)
		}
		value, count := uint8(e>>16), 1
		switch value {
		case 16:
			if i == 0 || f.held < 2 {
				return errInflate
			}
			value, count = lengths[i-1], 3+int(f.take(2))
		case 17:
			value, count = 0, 3+int(f.takeOr(3))
		case 18:
			value, count = 0, 11+int(f.takeOr(7))
		}
		if count > len(lengths)-i {
			return errInflate
		}
		for range count {
			lengths[i] = value
			i++
		}
	}
	return nil
}

// takeOr is take, with zeros where the input ends: what follows then reports that it ended.
func (f *inflater) takeOr(n uint) uint32 {
	x := uint32(f.hold) & (1<<n - 1)
	f.hold >>= n
	f.held -= min(n, f.held)
	return x
}

// build makes the table of a canonical code; longer codes than the table's bits have tables of their own behind it. A code
// that is over-full or, but for a single symbol, incomplete is refused.
func build(table []uint32, tableBits uint, lengths []uint8, entryOf func(symbol int) (uint32, bool)) bool {
	var count [16]int
	for _, n := range lengths {
		count[n]++
	}
	if count[0] == len(lengths) { // a block of literals alone has no distances
		clear(table[:1<<tableBits])
		return true
	}
	var next [17]uint32
	left, code := 1, uint32(0)
	longest := uint(0)
	for n := 1; n <= 15; n++ {
		code <<= 1
		next[n] = code
		code += uint32(count[n])
		left = left<<1 - count[n]
		if left < 0 {
			return false
		}
		if count[n] > 0 {
			longest = uint(n)
		}
	}
	if left > 0 && (longest != 1 || count[1] != 1) {
		return false
	}
	clear(table[:1<<tableBits])
	free := uint32(1) << tableBits
	for symbol, n := range lengths {
		if n == 0 {
			continue
		}
		entry, ok := entryOf(symbol)
		if !ok {
			entry = 0
		}
		reversed := uint32(bits.Reverse16(uint16(next[n])) >> (16 - n))
		next[n]++
		if uint(n) <= tableBits {
			if ok {
				entry |= uint32(n)
			}
			for i := reversed; i < 1<<tableBits; i += 1 << n {
				table[i] = entry
			}
			continue
		}
		low, more := reversed&(1<<tableBits-1), longest-tableBits
		if table[low] == 0 {
			table[low] = free<<16 | uint32(more)<<5 | kindLonger | 1
			clear(table[free:][:1<<more])
			free += 1 << more
		}
		if ok {
			entry |= uint32(uint(n) - tableBits)
		}
		sub := table[table[low]>>16:][:1<<more]
		for i := reversed >> tableBits; i < 1<<more; i += 1 << (uint(n) - tableBits) {
			sub[i] = entry
		}
	}
	return true
}
