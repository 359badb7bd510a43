package png

import (
	"io"
	"math/bits"
)

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
