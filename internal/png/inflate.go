package png

import (
	"encoding/binary"
	"errors"
	"io"
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
	out, ended, err := f.fast(dst, out)
	if ended {
		return out, err
	}
	for { // what is left, with an eye to both ends
		f.refill()
		e := f.literal[f.hold&(1<<literalBits-1)]
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
