package report

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
)

var pngSignature = []byte("\x89PNG\r\n\x1a\n")

// wholePNG says why a PNG file is not what was written: it walks over the chunks and holds each against its checksum.
func wholePNG(b []byte) error {
	if !bytes.HasPrefix(b, pngSignature) {
		return errors.New("it does not begin as a PNG file does")
	}
	for b = b[len(pngSignature):]; len(b) >= 12; {
		size := int64(binary.BigEndian.Uint32(b))
		if int64(len(b)) < size+12 {
			break
		}
		end := b[4:8]
		if crc32.ChecksumIEEE(b[4:8+size]) != binary.BigEndian.Uint32(b[8+size:]) {
			return errors.New("a checksum is wrong")
		}
		b = b[12+size:]
		if string(end) == "IEND" {
			return nil
		}
	}
	return errors.New("it is cut off")
}
