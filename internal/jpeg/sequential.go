package jpeg

import "github.com/segmetry/segmetry/internal/kernel"

// sequential decodes a block of a sequential scan and writes its samples.
func (d *Decoder) sequential(c *scanComponent, x, y int) error {
	b := &d.bits
	size, ok := b.symbol(c.dc)
	if !ok || size > 15 {
		return errCode
	}
	c.predictor += extend(b.take(size), size)
	dc := int32(int16(c.predictor)) * c.quantize[0]
	block := &d.scan.block
	dense, ok := b.coefficients(block, c.ac, &c.quantize)
	if !ok {
		clear(block[:])
		return errCode
	}
	target := c.plane[c.place(x, y):]
	if !dense {
		flat(target, c.stride, dc)
		return nil
	}
	block[0] = dc
	kernel.InverseDCT(target, c.stride, block)
	clear(block[:])
	return nil
}

// coefficients decodes a block's AC coefficients into a block of zeros. dense is false where there are none.
func (b *bits) coefficients(block *[64]int32, h *huffman, quantize *[64]int32) (dense, ok bool) {
	buffer, n, at := b.buffer, b.n, b.at
	k := 1
	for ; k < 64; k++ {
		if n < 32 {
			buffer |= b.next(at) >> (n & 63)
			at += (63 - n) >> 3
			n |= 56
		}
		e := h.values[buffer>>(64-lookahead)]
		if v := int32(e) >> 16; v != 0 {
			k += int(e >> 8 & 255)
			buffer <<= e & 63
			n -= int(e & 63)
			if k > 63 {
				return false, false
			}
			block[zigzag[k]&63] = v * quantize[k]
			continue
		}
		symbol, length := e>>8, e&255
		if e == 0 {
			if symbol, length = h.long(uint32(buffer >> 48)); length == 0 {
				return false, false
			}
		}
		buffer <<= length & 63
		n -= int(length)
		size := symbol & 15
		k += int(symbol >> 4)
		if size == 0 {
			if symbol == 0xf0 { // sixteen zeros
				continue
			}
			k -= int(symbol >> 4)
			break
		}
		if k > 63 {
			return false, false
		}
		v := extend(buffer>>(64-size), size)
		buffer <<= size
		n -= int(size)
		block[zigzag[k]&63] = v * quantize[k]
	}
	b.buffer, b.n, b.at = buffer, n, at
	return k > 1, true
}
