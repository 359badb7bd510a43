package png

import "encoding/binary"

// What quick needs ahead: input for two refills, and room for the longest match, written by words.
const (
	quickInput = 16
	quickRoom  = 258 + 8
)

// quick is block as long as input and room surely last: neither is checked, and the bits in hand stay in registers. It
// returns where the output ends, and whether the block has ended.
func (f *inflater) quick(dst []byte, out int) (int, bool, error) {
	src, at, hold, held := f.src, f.at, f.hold, f.held
	end, damaged := false, false
	for !end && !damaged && at <= len(src)-quickInput && out <= len(dst)-quickRoom {
		hold |= binary.LittleEndian.Uint64(src[at:]) << (held & 63)
		at += int(63-held) >> 3
		held |= 56
		e := f.literal[hold&(1<<literalBits-1)]
		for k := 0; k < 3 && e&kindMask == kindLiteral && e != 0; k++ { // 26 bits are left for a length's code and extra bits
			dst[out] = byte(e >> 16)
			out++
			hold >>= e & 31
			held -= uint(e & 31)
			e = f.literal[hold&(1<<literalBits-1)]
		}
		if e&kindMask == kindLiteral {
			damaged = e == 0
			continue
		}
		if e&kindMask == kindLonger {
			hold >>= literalBits
			held -= literalBits
			e = f.literal[uint64(e>>16)+hold&(1<<(e>>5&31)-1)]
		}
		hold >>= e & 31
		held -= uint(e & 31)
		switch e & kindMask {
		case kindLiteral:
			damaged = e == 0
			dst[out] = byte(e >> 16)
			out++
			continue
		case kindEnd:
			end = true
			continue
		}
		length := int(e>>16) + int(hold&(1<<(e>>5&31)-1))
		hold >>= e >> 5 & 31
		held -= uint(e >> 5 & 31)

		hold |= binary.LittleEndian.Uint64(src[at:]) << (held & 63)
		at += int(63-held) >> 3
		held |= 56
		e = f.offset[hold&(1<<offsetBits-1)]
		if e&kindMask == kindLonger {
			hold >>= offsetBits
			held -= offsetBits
			e = f.offset[uint64(e>>16)+hold&(1<<(e>>5&31)-1)]
		}
		hold >>= e & 31
		distance := int(e>>16) + int(hold&(1<<(e>>5&31)-1))
		hold >>= e >> 5 & 31
		held -= uint(e&31) + uint(e>>5&31)
		if damaged = e == 0 || distance > out; damaged {
			continue
		}
		if distance < 8 {
			repeat(dst, out, distance, length)
		} else { // by words, past the match's end where nothing is written yet
			for to, from := dst[out:out+length+8], dst[out-distance:]; len(to) > 8; to, from = to[8:], from[8:] {
				binary.LittleEndian.PutUint64(to, binary.LittleEndian.Uint64(from))
			}
		}
		out += length
	}
	f.at, f.hold, f.held = at, hold, held
	if damaged {
		return out, false, errInflate
	}
	return out, end, nil
}
