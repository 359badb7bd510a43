package jpeg

import (
	"encoding/binary"
	"fmt"

	"github.com/segmetry/segmetry/internal/kernel"
)

// margin is the number of bytes before and after each row of a plane, which vector kernels may read.
const margin = kernel.WidenPadding

// frame is a picture: its components and their samples.
type frame struct {
	width, height int
	progressive   bool
	n             int // components
	hMax, vMax    int
	mcusX, mcusY  int // minimum coded units of interleaved scans
	components    [4]component
}

// component is one of a picture's planes.
type component struct {
	id       byte
	h, v     int // sampling factors
	table    byte
	quantize [64]int32 // the divisors in zigzag order when its first scan began
	scanned  bool
	// width and height count real samples; a plane has whole blocks of 8×8, and whole MCUs of them.
	width, height    int
	blocksX, blocksY int
	stride           int
	plane            []byte
	coefficients     [][64]int16 // of progressive pictures, in natural order
	refined          [64]int8    // of progressive pictures: the lowest bit known of each coefficient, or -1
}

func (f *frame) reset() {
	f.n = 0
	for i := range f.components {
		f.components[i].scanned = false
	}
}

// readFrame reads the frame header (T.81, B.2.2).
func (d *Decoder) readFrame(progressive bool) error {
	b, err := d.body()
	switch {
	case err != nil:
		return err
	case len(b) < 6 || len(b) != 6+3*int(b[5]):
		return DamagedError("its frame header has the wrong length")
	case b[0] != 8:
		return UnsupportedError(fmt.Sprintf("of %d bits a sample", b[0]))
	}
	f := &d.frame
	f.progressive = progressive
	f.height, f.width = int(binary.BigEndian.Uint16(b[1:])), int(binary.BigEndian.Uint16(b[3:]))
	n := int(b[5])
	switch {
	case f.width == 0 || f.height == 0:
		return DamagedError(fmt.Sprintf("it claims to be %d×%d pixels", f.width, f.height))
	case n != 1 && n != 3 && n != 4:
		return UnsupportedError(fmt.Sprintf("of %d components", n))
	}
	f.hMax, f.vMax = 1, 1
	for i := range n {
		c := &f.components[i]
		c.id, c.h, c.v, c.table = b[6+3*i], int(b[7+3*i]>>4), int(b[7+3*i]&15), b[8+3*i]
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.table > 3 {
			return DamagedError("its frame header has a sampling factor or a table number out of range")
		}
		f.hMax, f.vMax = max(f.hMax, c.h), max(f.vMax, c.v)
	}
	f.mcusX, f.mcusY = ceil(f.width, 8*f.hMax), ceil(f.height, 8*f.vMax)
	for i := range f.components[:n] {
		c := &f.components[i]
		if f.hMax%c.h != 0 || f.vMax%c.v != 0 {
			return UnsupportedError("with sampling factors that do not divide each other")
		}
		c.width, c.height = ceil(f.width*c.h, f.hMax), ceil(f.height*c.v, f.vMax)
		c.blocksX, c.blocksY = f.mcusX*c.h, f.mcusY*c.v
		c.stride = 8*c.blocksX + 2*margin
	}
	f.n = n
	return nil
}

// plausible says whether so many bytes can hold the picture: a block takes two bits at least, one where it is progressive.
func (f *frame) plausible(bytes int) bool {
	blocks := 0
	for _, c := range f.components[:f.n] {
		blocks += ceil(c.width, 8) * ceil(c.height, 8)
	}
	if !f.progressive {
		blocks *= 2
	}
	return blocks <= 8*bytes
}

func (f *frame) allocate() {
	for i := range f.components[:f.n] {
		c := &f.components[i]
		c.plane = grow(c.plane, c.stride*8*c.blocksY)
		if f.progressive {
			c.coefficients = grow(c.coefficients, c.blocksX*c.blocksY)
			clear(c.coefficients)
			for k := range c.refined {
				c.refined[k] = -1
			}
		}
	}
}

// complete says whether every component had a scan.
func (f *frame) complete() bool {
	for i := range f.components[:f.n] {
		if !f.components[i].scanned {
			return false
		}
	}
	return true
}

// smoothed says whether libjpeg would guess at what the scans of a progressive picture left out: any bit of the first nine AC
// coefficients.
func (f *frame) smoothed() bool {
	for i := range f.components[:f.n] {
		for _, low := range f.components[i].refined[1:10] {
			if low != 0 {
				return true
			}
		}
	}
	return false
}

// reconstruct turns the coefficients of a progressive picture into samples.
func (f *frame) reconstruct() {
	var natural, block [64]int32
	for i := range f.components[:f.n] {
		c := &f.components[i]
		for k, q := range c.quantize {
			natural[zigzag[k]] = q
		}
		for y := range ceil(c.height, 8) {
			for x := range ceil(c.width, 8) {
				ac := int32(0)
				for k, v := range &c.coefficients[y*c.blocksX+x] {
					block[k] = int32(v) * natural[k]
					if k > 0 {
						ac |= int32(v)
					}
				}
				if ac == 0 {
					flat(c.plane[c.place(x, y):], c.stride, block[0])
				} else {
					kernel.InverseDCT(c.plane[c.place(x, y):], c.stride, &block)
				}
			}
		}
	}
}

// place is where the block's first sample lies.
func (c *component) place(x, y int) int { return 8*y*c.stride + margin + 8*x }

// row is a row of real samples with its margins: sample x is row[margin+x].
func (c *component) row(y int) []byte { return c.plane[y*c.stride:][:c.stride] }

func ceil(a, b int) int { return (a + b - 1) / b }

func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// zigzag is the natural place of each coefficient in the order of the file (T.81, figure 5).
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}
