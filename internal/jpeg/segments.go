package jpeg

import (
	"encoding/binary"
	"fmt"
)

// The markers of T.81, table B.1, after their FF.
const (
	markerSOF0 = 0xc0 // baseline
	markerSOF1 = 0xc1 // extended sequential, Huffman
	markerSOF2 = 0xc2 // progressive, Huffman
	markerDHT  = 0xc4
	markerJPG  = 0xc8
	markerDAC  = 0xcc
	markerSOFf = 0xcf
	markerRST0 = 0xd0
	markerRST7 = 0xd7
	markerSOI  = 0xd8
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerDQT  = 0xdb
	markerDNL  = 0xdc
	markerDRI  = 0xdd
	markerAPP0 = 0xe0
	markerAPPe = 0xee
	markerTEM  = 0x01
)

// marker finds the next marker. Bytes that belong to nothing are passed over, as libjpeg does.
func (d *Decoder) marker() (byte, error) {
	for d.at+1 < len(d.data) {
		if d.data[d.at] != 0xff {
			d.at++
			continue
		}
		m := d.data[d.at+1]
		if m == 0xff { // a fill byte
			d.at++
			continue
		}
		d.at += 2
		if m == 0 || m == markerTEM || m >= markerRST0 && m <= markerRST7 {
			continue
		}
		return m, nil
	}
	return 0, ErrTruncated
}

// body takes the content of the segment whose marker was read.
func (d *Decoder) body() ([]byte, error) {
	if len(d.data)-d.at < 2 {
		return nil, ErrTruncated
	}
	n := int(binary.BigEndian.Uint16(d.data[d.at:]))
	switch {
	case n < 2:
		return nil, DamagedError(fmt.Sprintf("a segment at byte %d claims to be %d bytes long", d.at, n))
	case n > len(d.data)-d.at:
		return nil, ErrTruncated
	}
	b := d.data[d.at+2 : d.at+n]
	d.at += n
	return b, nil
}

// segment reads a segment that is neither frame nor scan.
func (d *Decoder) segment(marker byte) error {
	switch marker {
	case markerSOI:
		return nil
	case markerDAC:
		return UnsupportedError("with arithmetic coding")
	case markerDNL:
		return UnsupportedError("that states its height after the picture (DNL)")
	}
	if marker >= markerSOF0 && marker <= markerSOFf && marker != markerDHT {
		return UnsupportedError(unsupportedFrame(marker))
	}
	b, err := d.body()
	if err != nil {
		return err
	}
	switch marker {
	case markerDQT:
		return d.readQuantization(b)
	case markerDHT:
		return d.readHuffman(b)
	case markerDRI:
		if len(b) != 2 {
			return DamagedError("its restart interval has the wrong length")
		}
		d.restart = int(binary.BigEndian.Uint16(b))
	case markerAPP0:
		d.jfif = d.jfif || len(b) >= 14 && string(b[:5]) == "JFIF\x00"
	case markerAPPe:
		if len(b) >= 12 && string(b[:5]) == "Adobe" {
			d.adobe, d.transform = true, b[11]
		}
	}
	return nil
}

func unsupportedFrame(marker byte) string {
	switch marker & 0xf {
	case 3, 7, 11, 15:
		return "without loss (lossless)"
	case 5, 6:
		return "in layers (hierarchical)"
	case 8:
		return "of an extension (JPG)"
	}
	return "with arithmetic coding"
}

// readQuantization reads tables of 64 divisors, of 8 or 16 bits, in zigzag order.
func (d *Decoder) readQuantization(b []byte) error {
	for len(b) > 0 {
		wide, id := int(b[0]>>4), b[0]&15
		b = b[1:]
		if wide > 1 || id > 3 || len(b) < 64*(1+wide) {
			return DamagedError("a quantisation table is not whole")
		}
		t := &d.tables[id]
		for i := range t {
			if t[i] = uint16(b[i]); wide == 1 {
				t[i] = binary.BigEndian.Uint16(b[2*i:])
			}
		}
		d.quantization[id], b = t, b[64*(1+wide):]
	}
	return nil
}

func (d *Decoder) readHuffman(b []byte) error {
	for len(b) > 0 {
		if len(b) < 17 {
			return DamagedError("a Huffman table is not whole")
		}
		class, id := b[0]>>4, b[0]&15
		counts, n := b[1:17], 0
		for _, c := range counts {
			n += int(c)
		}
		if class > 1 || id > 3 || n > 256 || len(b) < 17+n {
			return DamagedError("a Huffman table is not whole")
		}
		h := &d.dc[id]
		if class == 1 {
			h = &d.ac[id]
		}
		if err := h.build(counts, b[17:17+n]); err != nil {
			return err
		}
		b = b[17+n:]
	}
	return nil
}
