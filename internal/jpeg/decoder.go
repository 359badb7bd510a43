// Package jpeg decodes JPEG pictures (ITU T.81, Huffman coding, 8 bits a sample, sequential and progressive) to the very
// bytes that libjpeg-turbo gives by its defaults: the accurate integer inverse DCT, chroma by triangle ("fancy") upsampling,
// its table of colours. PIL and OpenCV decode so; Go's image/jpeg does not, and hides the coefficients.
package jpeg

import "errors"

// ErrTruncated says that a file ends before its picture does.
var ErrTruncated = errors.New("the file is cut off: it ends in the middle of the picture")

// UnsupportedError names what a JPEG file uses that few decoders know.
type UnsupportedError string

func (e UnsupportedError) Error() string {
	return "a JPEG " + string(e) + ": not supported; save it anew"
}

// DamagedError says what is wrong with a file.
type DamagedError string

func (e DamagedError) Error() string { return "the JPEG file is damaged: " + string(e) }

// Header is what a file says of its picture.
type Header struct {
	Width, Height int
	Components    int // 1 gray, 3 colour, 4 CMYK
	Progressive   bool
}

// Decoder decodes one picture after the other in the same buffers. It keeps a reference to the file's content until the
// next one. Its zero value is ready; it serves one goroutine at a time.
type Decoder struct {
	// OpenCV asks for CMYK as OpenCV multiplies it out, which is up to 2 away from PIL. All else is the same.
	OpenCV bool

	data []byte // the file
	at   int    // the next byte that is not read yet

	quantization [4]*[64]uint16 // in zigzag order
	tables       [4][64]uint16  // what quantization points to
	dc, ac       [4]huffman
	restart      int // MCUs between restart markers, 0 none
	jfif, adobe  bool
	transform    byte // Adobe's: 0 RGB or CMYK, 1 YCbCr, 2 YCCK

	frame frame
	scan  scan
	bits  bits
	rows  [4][]byte // an upsampled row a component, with margins
	lines [4][]byte // the row of each component that is painted: of rows or of a plane
}

// Header reads a file up to its frame header. No memory was taken for the picture then: RGB does that. A size that the rest
// of the file cannot hold is an error.
func (d *Decoder) Header(data []byte) (Header, error) {
	d.reset(data)
	if len(data) < 2 || data[0] != 0xff || data[1] != markerSOI {
		return Header{}, DamagedError("it does not begin with FF D8")
	}
	d.at = 2
	for {
		marker, err := d.marker()
		if err != nil {
			return Header{}, err
		}
		switch marker {
		case markerSOF0, markerSOF1, markerSOF2:
			if err := d.readFrame(marker == markerSOF2); err != nil {
				return Header{}, err
			}
			f := &d.frame
			if !f.plausible(len(data) - d.at) {
				return Header{}, ErrTruncated
			}
			return Header{Width: f.width, Height: f.height, Components: f.n, Progressive: f.progressive}, nil
		case markerSOS, markerEOI:
			return Header{}, DamagedError("it has no frame header")
		}
		if err := d.segment(marker); err != nil {
			return Header{}, err
		}
	}
}

// RGB decodes the picture whose header was read last into 3·Width·Height bytes, as PIL's convert("RGB") gives it: gray is
// repeated, CMYK multiplied out.
func (d *Decoder) RGB(dst []byte) error {
	if d.frame.n == 0 || len(dst) != 3*d.frame.width*d.frame.height {
		return errors.New("jpeg: RGB needs 3 bytes for every pixel of the header that was read last")
	}
	if err := d.decode(); err != nil {
		return err
	}
	d.render(dst)
	if d.frame.width*d.frame.height > keptPixels {
		d.frame, d.bits, d.rows, d.lines = frame{}, bits{}, [4][]byte{}, [4][]byte{}
	}
	return nil
}

// keptPixels is the size of picture up to which buffers are kept for the next one.
const keptPixels = 1 << 24

// reset forgets the last file, but for its memory.
func (d *Decoder) reset(data []byte) {
	d.data, d.at = data, 0
	d.restart, d.jfif, d.adobe, d.transform = 0, false, false, 0
	d.quantization = [4]*[64]uint16{}
	for i := range d.dc {
		d.dc[i].known, d.ac[i].known = false, false
	}
	d.frame.reset()
}

// decode reads the scans that follow the frame header, up to the end of the picture.
func (d *Decoder) decode() error {
	f := &d.frame
	f.allocate()
	for ended := false; !ended; {
		marker, err := d.marker()
		switch {
		case err != nil && f.complete() && !f.progressive: // no end marker: whole all the same
			ended = true
		case err != nil:
			return err
		case marker == markerEOI:
			ended = true
		case marker == markerSOS:
			if err := d.readScan(); err != nil {
				return err
			}
		case marker == markerSOF0 || marker == markerSOF1 || marker == markerSOF2:
			return DamagedError("it has two frame headers")
		default:
			if err := d.segment(marker); err != nil {
				return err
			}
		}
	}
	if !f.complete() {
		return DamagedError("it ends before every component had its scan")
	}
	if f.progressive && f.smoothed() {
		return UnsupportedError("whose progressive scans end before the low coefficients are whole: libjpeg-turbo smooths such a picture, this decoder does not")
	}
	if f.progressive {
		f.reconstruct()
	}
	return nil
}
