package dataset

import (
	"bytes"
	"encoding/binary"
)

// Orientation is how a picture must be turned to be upright, as its file says in EXIF: 1 as it is, 2 mirrored left-right,
// 3 by 180°, 4 mirrored top-bottom, 5 transposed, 6 by 90° clockwise, 7 transposed the other way, 8 by 90° the other way. It
// is 1 where the file (JPEG, PNG, WebP or TIFF) says nothing.
func Orientation(content []byte) int {
	switch {
	case isJPEG(content):
		return orientationTag(jpegEXIF(content))
	case isTIFF(content):
		return orientationTag(content)
	case len(content) > 8 && string(content[1:4]) == "PNG":
		return orientationTag(pngEXIF(content[8:]))
	case len(content) > 12 && string(content[:4]) == "RIFF" && string(content[8:12]) == "WEBP":
		return orientationTag(riffEXIF(content[12:]))
	}
	return 1
}

// jpegEXIF is the content of the EXIF segment before the first scan.
func jpegEXIF(b []byte) []byte {
	for b = b[2:]; len(b) >= 4 && b[0] == 0xff && b[1] != 0xda && b[1] != 0xd9; {
		if b[1] == 0xff { // a fill byte
			b = b[1:]
			continue
		}
		n := int(binary.BigEndian.Uint16(b[2:]))
		if n < 2 || n > len(b)-2 {
			return nil
		}
		if body, found := bytes.CutPrefix(b[4:2+n], []byte("Exif\x00\x00")); found && b[1] == 0xe1 {
			return body
		}
		b = b[2+n:]
	}
	return nil
}

// pngEXIF is the content of chunk eXIf, wherever it stands.
func pngEXIF(b []byte) []byte {
	for len(b) >= 12 {
		n := binary.BigEndian.Uint32(b)
		if uint64(n)+12 > uint64(len(b)) {
			return nil
		}
		if string(b[4:8]) == "eXIf" {
			return b[8 : 8+n]
		}
		b = b[12+n:]
	}
	return nil
}

// riffEXIF is the content of chunk EXIF.
func riffEXIF(b []byte) []byte {
	for len(b) >= 8 {
		n := uint64(binary.LittleEndian.Uint32(b[4:]))
		if n > uint64(len(b)-8) {
			return nil
		}
		if string(b[:4]) == "EXIF" {
			return bytes.TrimPrefix(b[8:8+n], []byte("Exif\x00\x00"))
		}
		b = b[min(8+n+n&1, uint64(len(b))):]
	}
	return nil
}

// orientationTag is the orientation in the first directory of a TIFF structure, which EXIF is.
func orientationTag(b []byte) int {
	if o := tiffTag(b, tagOrientation, 1); o >= 1 && o <= 8 {
		return o
	}
	return 1
}

// turnedSize is the size of a picture after it was turned.
func turnedSize(width, height, orientation int) (w, h int) {
	if orientation >= 5 {
		return height, width
	}
	return width, height
}

// turnPixels writes a picture of width×height pixels of so many values, turned.
func turnPixels[T any](dst, src []T, values, width, height, orientation int) {
	// the source pixel of the first target pixel, and the way from it for a step to the right and for one down
	right, down := values, values*width
	first := 0
	switch orientation {
	case 2:
		first, right = values*(width-1), -right
	case 3:
		first, right, down = values*(width*height-1), -right, -down
	case 4:
		first, down = values*width*(height-1), -down
	case 5:
		right, down = down, right
	case 6:
		first, right, down = values*width*(height-1), -down, right
	case 7:
		first, right, down = values*(width*height-1), -down, -right
	case 8:
		first, right, down = values*(width-1), down, -right
	}
	w, h := turnedSize(width, height, orientation)
	to := 0
	for y := range h {
		from := first + y*down
		for range w {
			copy(dst[to:to+values], src[from:from+values])
			to += values
			from += right
		}
	}
}
