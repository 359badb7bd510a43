package png

import "encoding/binary"

// The room that a turn of fast may take: eight bytes of input twice, and a literal and the longest match.
const (
	fastInput  = 16
	fastOutput = 1 + 258
)

// fast decompresses a block while there is room, so that neither the input's end nor that of dst need be looked for at every
// code: a length and its distance take at most 48 bits of the 56 that are made ready. ended says that the block did; otherwise
// [inflater.block] goes on.
func (f *inflater) fast(dst []byte, out int) (end int, ended bool, err error) {
	src, at, hold, held := f.src, f.at, f.hold, f.held // in registers
	for at+fastInput <= len(src) && out+fastOutput <= len(dst) {
		hold, at = ready(src, at, hold, held)
		held |= 56
		e := f.literal[hold&(1<<literalBits-1)]
		if e&kindMask == kindLiteral && e != 0 {
			dst[out] = byte(e >> 16)
			out++
			hold >>= e & 31
			held -= uint(e & 31)
			e = f.literal[hold&(1<<literalBits-1)]
			hold, at = ready(src, at, hold, held)
			held |= 56
		}
		if e&kindMask == kindLonger {
			hold >>= literalBits
			held -= literalBits
			e = f.literal[uint64(e>>16)+hold&(1<<(e>>5&31)-1)]
		}
		extra := hold >> (e & 31)
		hold, held = used(e, hold, held)
		switch {
		case e&31 == 0:
			return out, true, errInflate
		case e&kindMask == kindLiteral:
			dst[out] = byte(e >> 16)
			out++
			continue
		case e&kindMask == kindEnd:
			f.at, f.hold, f.held = at, hold, held
			return out, true, nil
		}
		length := valueOf(e, extra)
		e = f.offset[hold&(1<<offsetBits-1)]
		if e&kindMask == kindLonger {
			hold >>= offsetBits
			held -= offsetBits
			e = f.offset[uint64(e>>16)+hold&(1<<(e>>5&31)-1)]
		}
		extra = hold >> (e & 31)
		hold, held = used(e, hold, held)
		distance := valueOf(e, extra)
		switch {
		case e&31 == 0, distance > out:
			return out, true, errInflate
		case distance >= 8 && length <= 32:
			repeatShort(dst[out:], dst[out-distance:], length)
		default:
			repeat(dst, out, distance, length)
		}
		out += length
	}
	f.at, f.hold, f.held = at, hold, held
	return out, false, nil
}

// ready makes sure of 56 bits, where there are eight bytes at the place.
func ready(src []byte, at int, hold uint64, held uint) (uint64, int) {
	return hold | binary.LittleEndian.Uint64(src[at:])<<(held&63), at + int(63-held)>>3
}

// used removes the bits of an entry and those behind it.
func used(e uint32, hold uint64, held uint) (uint64, uint) {
	n := e&31 + e>>5&31
	return hold >> (n & 63), held - uint(n)
}

// valueOf is the length or distance of an entry, given the bits behind it.
func valueOf(e uint32, extra uint64) int { return int(e>>16) + int(extra&(1<<(e>>5&31)-1)) }

// repeatShort copies at most 32 bytes by words, past their end: lengths change too often for a loop to be foreseen.
func repeatShort(to, from []byte, length int) {
	to, from = to[:32], from[:32]
	binary.LittleEndian.PutUint64(to, binary.LittleEndian.Uint64(from))
	binary.LittleEndian.PutUint64(to[8:], binary.LittleEndian.Uint64(from[8:]))
	if length > 16 {
		binary.LittleEndian.PutUint64(to[16:], binary.LittleEndian.Uint64(from[16:]))
		binary.LittleEndian.PutUint64(to[24:], binary.LittleEndian.Uint64(from[24:]))
	}
}
