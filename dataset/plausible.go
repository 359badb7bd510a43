package dataset

import (
	"encoding/binary"

	"github.com/segmetry/segmetry/internal/fault"
)

// The most bytes that a byte of a compressed file can stand for.
const (
	deflateRatio  = 1032 // 258 bytes by two codes of a bit each
	lzwRatio      = 2731 // 4096 bytes by a code of 12 bits
	packBitsRatio = 64   // 128 bytes by two
	solidRatio    = 1000 // of a WebP, which can state any number of pixels in 30 bytes
)

// maxSolid is the number of pixels up to which a WebP may be of one colour, or nearly.
const maxSolid = 1 << 26

// checkHolds refuses a file that is too short for the pixels which it claims, before memory is taken for them. Its size
// within the limits is checked by checkSize.
func checkHolds(path string, content []byte, width, height int) error {
	if claimed, most := claims(content, int64(width), int64(height)); claimed > most {
		return fault.Dataf("%s claims to be %d×%d pixels, which its %d bytes cannot hold: it is cut off, or made to take memory", path, width, height, len(content))
	}
	return nil
}

// claims are the bytes of pixels that a file claims to have, and the most that a file of its size can have.
func claims(b []byte, width, height int64) (claimed, most int64) {
	size := int64(len(b))
	switch {
	case len(b) > 25 && string(b[1:4]) == "PNG":
		channels := map[byte]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[b[25]]
		return width * height * int64(b[24]) * channels / 8, deflateRatio * size
	case len(b) > 30 && string(b[:2]) == "BM":
		return width * height * int64(binary.LittleEndian.Uint16(b[28:])) / 8, size
	case len(b) > 6 && string(b[:3]) == "GIF":
		return width * height, lzwRatio * size
	case len(b) > 12 && string(b[8:12]) == "WEBP":
		return width * height, max(maxSolid, solidRatio*size)
	case isTIFF(b):
		return claimsTIFF(b, width, height)
	}
	return 0, 0
}

// claimsTIFF is claims for TIFF; fax compression has rows of a bit.
func claimsTIFF(b []byte, width, height int64) (claimed, most int64) {
	size := int64(len(b))
	claimed = width * height * int64(tiffTag(b, tagBitsPerSample, 1)) * int64(tiffTag(b, tagSamplesPerPixel, 1)) / 8
	switch tiffTag(b, tagCompression, 1) {
	case 1:
		return claimed, size
	case 2, 3, 4:
		return height, 8 * size
	case 32773:
		return claimed, packBitsRatio * size
	}
	return claimed, lzwRatio * size
}
