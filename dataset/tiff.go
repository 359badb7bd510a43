package dataset

import (
	"encoding/binary"
	"image"

	"github.com/segmetry/segmetry/internal/fault"
)

// Tags of TIFF 6.0.
const (
	tagBitsPerSample   = 258
	tagCompression     = 259
	tagPhotometric     = 262
	tagOrientation     = 274
	tagSamplesPerPixel = 277
	tagPlanar          = 284
)

// isTIFF says whether a file begins as a TIFF does.
func isTIFF(content []byte) bool {
	return len(content) >= 8 && (string(content[:4]) == "II*\x00" || string(content[:4]) == "MM\x00*")
}

// tiffTag is the first value of a tag of the first directory, or absent where there is none.
func tiffTag(b []byte, tag uint16, absent int) int {
	if !isTIFF(b) {
		return absent
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if b[0] == 'M' {
		order = binary.BigEndian
	}
	at := uint64(order.Uint32(b[4:]))
	if at+2 > uint64(len(b)) {
		return absent
	}
	n := uint64(order.Uint16(b[at:]))
	for e := at + 2; e < at+2+12*n && e+12 <= uint64(len(b)); e += 12 {
		if order.Uint16(b[e:]) != tag {
			continue
		}
		value, size, short := e+8, uint64(order.Uint32(b[e+4:])), order.Uint16(b[e+2:]) == 3
		if short && size > 2 { // the values stand elsewhere
			value = uint64(order.Uint32(b[e+8:]))
		}
		switch {
		case size == 0 || value+4 > uint64(len(b)):
			return absent
		case short:
			return int(order.Uint16(b[value:]))
		}
		return int(order.Uint32(b[value:]))
	}
	return absent
}

// checkTIFF refuses what golang.org/x/image/tiff reads without a word and wrongly.
func checkTIFF(path string, content []byte) error {
	if isTIFF(content) && tiffTag(content, tagPlanar, 1) == 2 && tiffTag(content, tagSamplesPerPixel, 1) > 1 {
		return fault.Dataf("%s: a TIFF whose colours lie in separate planes: not supported; save it with interleaved colours", path)
	}
	return nil
}

// mendTIFF rights what golang.org/x/image/tiff gives wrongly: fax compression (groups 3 and 4) has 0 for white whatever
// the photometric interpretation says, and comes out inverted where that is "black is zero".
func mendTIFF(img image.Image, content []byte) {
	const group3, group4, blackIsZero = 3, 4, 1
	gray, ok := img.(*image.Gray)
	if c := tiffTag(content, tagCompression, 1); !ok || c != group3 && c != group4 || tiffTag(content, tagPhotometric, 0) != blackIsZero {
		return
	}
	for i := range gray.Pix {
		gray.Pix[i] = ^gray.Pix[i]
	}
}
