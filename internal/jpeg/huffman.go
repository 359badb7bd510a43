package jpeg

// lookahead is the number of bits that one look-up decodes. Longer codes are rare.
const lookahead = 10

// huffman is a table of codes of up to 16 bits (T.81, annex C), for symbols of one byte: in AC tables a run of zeros in the
// high half, the number of bits of the value that follows in the low one.
type huffman struct {
	known bool
	// symbols holds, for each beginning of the stream, length<<8 | symbol, or 0 where the code is longer.
	symbols [1 << lookahead]uint16
	// values holds value<<16 | run<<8 | bits where code and value both lie in the beginning, all else as in symbols:
	// symbol<<8 | length (its high half is 0).
	values [1 << lookahead]uint32
	// limit is, for each length, the first 16-bit beginning that is no code of that length or less; offset what must be
	// added to a code to give its place in order.
	limit  [17]uint32
	offset [17]int32
	order  [256]uint8
}

func (h *huffman) build(counts, symbols []byte) error {
	h.known = false
	clear(h.symbols[:])
	copy(h.order[:], symbols)
	code, k := uint32(0), int32(0)
	for length := 1; length <= 16; length++ {
		n := uint32(counts[length-1])
		if code+n > 1<<length {
			return DamagedError("a Huffman table has more codes than fit its lengths")
		}
		h.offset[length] = k - int32(code)
		if length <= lookahead {
			for i := range n {
				first, entry := (code+i)<<(lookahead-length), uint16(length)<<8|uint16(symbols[k+int32(i)])
				for j := range uint32(1) << (lookahead - length) {
					h.symbols[first+j] = entry
				}
			}
		}
		code, k = code+n, k+int32(n)
		h.limit[length] = code << (16 - length)
		code <<= 1
	}
	h.buildValues()
	h.known = true
	return nil
}

func (h *huffman) buildValues() {
	for i, s := range h.symbols {
		length, symbol := uint32(s>>8), uint32(s&255)
		h.values[i] = symbol<<8 | length
		size, run := symbol&15, symbol>>4
		if length == 0 || size == 0 || length+size > lookahead {
			continue
		}
		raw := uint32(i) >> (lookahead - length - size) & (1<<size - 1)
		h.values[i] = uint32(extend(uint64(raw), size))<<16 | run<<8 | (length + size)
	}
}

// extend turns size bits into the signed number they stand for (T.81, F.2.2.1).
func extend(raw uint64, size uint32) int32 {
	if size == 0 {
		return 0
	}
	v := int32(raw)
	return v + ((v-1<<(size-1))>>31)&(-1<<size+1)
}

// long decodes a code of more than lookahead bits, given the next 16: its symbol and length, or length 0.
func (h *huffman) long(next uint32) (symbol, length uint32) {
	for n := lookahead + 1; n <= 16; n++ {
		if next < h.limit[n] {
			return uint32(h.order[(int32(next>>(16-n))+h.offset[n])&255]), uint32(n)
		}
	}
	return 0, 0
}
