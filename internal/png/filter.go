package png

import (
	"encoding/binary"
	"fmt"

	"github.com/segmetry/segmetry/internal/kernel"
)

// The filters of a row: what was taken from each byte.
const (
	filterNone    = iota
	filterSub     // the byte of the pixel to the left
	filterUp      // the byte above
	filterAverage // their mean, rounded down
	filterPaeth   // of left, above and above left the one nearest to left + above − above left
)

// unfilter undoes a row's filter. above is nil for the first row.
func unfilter(out, row, above []byte, filter byte, bpp int) error {
	if above == nil {
		switch filter {
		case filterUp:
			filter = filterNone
		case filterPaeth:
			filter = filterSub
		}
	}
	switch filter {
	case filterNone:
		copy(out, row)
	case filterSub:
		sub(out, row, bpp)
	case filterUp:
		up(out, row, above)
	case filterAverage:
		average(out, row, above, bpp)
	case filterPaeth:
		paeth(out, row, above, bpp)
	default:
		return fmt.Errorf("a row has filter %d: expected 0 to 4", filter)
	}
	return nil
}

func sub(out, row []byte, bpp int) {
	switch bpp {
	case 1:
		a := byte(0)
		for i, x := range row {
			a += x
			out[i] = a
		}
	case 3:
		var a, b, c byte
		for out = out[:len(row)]; len(row) >= 3 && len(out) >= 3; row, out = row[3:], out[3:] {
			a, b, c = a+row[0], b+row[1], c+row[2]
			out[0], out[1], out[2] = a, b, c
		}
	default:
		copy(out[:bpp], row)
		for i := bpp; i < len(row); i++ {
			out[i] = row[i] + out[i-bpp]
		}
	}
}

// up adds eight bytes at a time: the low seven bits of each, then its highest without a carry.
func up(out, row, above []byte) {
	const low, high = 0x7f7f7f7f7f7f7f7f, 0x8080808080808080
	for len(row) >= 8 && len(above) >= 8 && len(out) >= 8 {
		x, y := binary.LittleEndian.Uint64(row), binary.LittleEndian.Uint64(above)
		binary.LittleEndian.PutUint64(out, (x&low+y&low)^(x^y)&high)
		row, above, out = row[8:], above[8:], out[8:]
	}
	for i, x := range row {
		out[i] = x + above[i]
	}
}

func average(out, row, above []byte, bpp int) {
	for i := range min(bpp, len(row)) {
		out[i] = row[i]
		if above != nil {
			out[i] += above[i] / 2
		}
	}
	if above == nil {
		for i := bpp; i < len(row); i++ {
			out[i] = row[i] + out[i-bpp]/2
		}
		return
	}
	left := out[:max(0, len(row)-bpp)]
	out, row, above = out[bpp:][:len(left)], row[bpp:][:len(left)], above[bpp:][:len(left)]
	for i, a := range left {
		out[i] = row[i] + byte((int(a)+int(above[i]))/2)
	}
}

// paeth goes pixel by pixel.
func paeth(out, row, above []byte, bpp int) {
	if bpp == 3 || bpp == 4 {
		kernel.Paeth(out, row, above, bpp)
		return
	}
	for i := range bpp {
		out[i] = row[i] + above[i]
	}
	for i := bpp; i < len(row); i++ {
		out[i] = row[i] + nearest(int32(out[i-bpp]), int32(above[i]), int32(above[i-bpp]))
	}
}

// nearest is the Paeth predictor: ties go to a, then to b.
func nearest(a, b, c int32) byte {
	pa, pb := b-c, a-c
	pc := pa + pb
	pa, pb, pc = abs(pa), abs(pb), abs(pc)
	best := c
	if pb <= pc {
		best = b
	}
	if pa <= pb && pa <= pc {
		best = a
	}
	return byte(best)
}

func abs(x int32) int32 {
	sign := x >> 31
	return (x ^ sign) - sign
}
