package dataset

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"slices"
	"strings"

	"github.com/disintegration/imaging"
	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"

	_ "image/gif"
	_ "image/png"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
)

// Limits that a file must keep before memory is taken for what it claims.
const (
	maxFileBytes = 1 << 30
	maxSide      = 1 << 16
	maxPixels    = 1 << 28
)

// readFile returns a file's content in buf, which grows where it must, and its digest.
func readFile(path string, buf *bytes.Buffer) (sum [32]byte, err error) {
	f, err := openRegular(path)
	if err != nil {
		return sum, fault.Dataf("opening a picture: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return sum, fault.Dataf("opening a picture: %w", err)
	case info.Size() == 0:
		return sum, fault.Dataf("%s is empty: it has 0 bytes", path)
	case info.Size() > maxFileBytes:
		return sum, fault.Dataf("%s has %d bytes: expected at most %d", path, info.Size(), maxFileBytes)
	}
	buf.Reset()
	buf.Grow(int(info.Size()))
	content := buf.AvailableBuffer()[:info.Size()] // read in place: a copier would be memory for every picture
	if _, err := io.ReadFull(f, content); err != nil {
		return sum, fault.Dataf("reading %s: %w", path, err)
	}
	buf.Write(content)
	return sha256.Sum256(buf.Bytes()), nil
}

// recovered turns a decoder's panic into an error.
func recovered(path string, err *error) {
	if p := recover(); p != nil {
		*err = fault.Dataf("%s: the decoder gave up on a damaged file: %v", path, p)
	}
}

// decode decodes a picture other than JPEG after its claimed size was checked.
func decode(path string, content []byte) (img image.Image, format string, err error) {
	defer recovered(path, &err)
	c, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return nil, "", fault.Dataf("%s: %s", path, explainDecode(err, content))
	}
	if err := checkSize(path, c.Width, c.Height); err != nil {
		return nil, "", err
	}
	if err := checkHolds(path, content, c.Width, c.Height); err != nil {
		return nil, "", err
	}
	if err := checkTIFF(path, content); err != nil {
		return nil, "", err
	}
	if img, _, err = image.Decode(bytes.NewReader(content)); err != nil {
		return nil, "", fault.Dataf("%s: %s", path, explainDecode(err, content))
	}
	if b := img.Bounds(); b.Dx() != c.Width || b.Dy() != c.Height {
		return nil, "", fault.Dataf("%s: its first frame is %d×%d pixels of %d×%d: expected a picture that is covered by it; save it anew", path, b.Dx(), b.Dy(), c.Width, c.Height)
	}
	mendTIFF(img, content)
	return img, format, nil
}

// checkSize refuses sizes beyond the limits before memory is taken for them.
func checkSize(path string, width, height int) error {
	if width < 1 || height < 1 || width > maxSide || height > maxSide || width > maxPixels/height {
		return fault.Dataf("%s claims to be %d×%d pixels: expected 1 to %d a side and at most %d in all", path, width, height, maxSide, maxPixels)
	}
	return nil
}

// explainDecode says what is wrong with a file in a user's words.
func explainDecode(err error, content []byte) string {
	switch {
	case errors.Is(err, image.ErrFormat):
		return stranger(content)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), mentions(err, "not enough pixel data", "not enough image data", "unexpected EOF"):
		return "the file is cut off: it ends in the middle of the picture; copy it again from where it came"
	case mentions(err, "unsupported", "not implemented"):
		return fmt.Sprintf("of a kind that is not supported (%v): save it anew, as PNG or uncompressed TIFF for example", err)
	}
	return fmt.Sprintf("the file is damaged: %v; copy it again from where it came, or save it anew", err)
}

// mentions says whether an error has one of the words.
func mentions(err error, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(err.Error(), w) })
}

// toPicture converts to 8-bit RGB: alpha is dropped, not composited; 16-bit colours lose their low byte, 16-bit grey is
// cut at 255 (both as PIL's convert("RGB")).
func toPicture(dst *raster.Picture, img image.Image) {
	b := img.Bounds()
	dst.Resize(b.Dx(), b.Dy())
	switch src := img.(type) {
	case *image.NRGBA:
		dropAlpha(dst, src.Pix, src.Stride)
	case *image.RGBA: // of an opaque picture
		dropAlpha(dst, src.Pix, src.Stride)
	case *image.YCbCr:
		fromWebP(dst, src)
	case *image.NYCbCrA:
		fromWebP(dst, &src.YCbCr)
	case *image.Gray:
		fromGray(dst, func(x, y int) uint8 { return src.Pix[y*src.Stride+x] })
	case *image.Gray16:
		fromGray(dst, func(x, y int) uint8 {
			if src.Pix[y*src.Stride+2*x] > 0 {
				return 255
			}
			return src.Pix[y*src.Stride+2*x+1]
		})
	case *image.Paletted:
		fromPaletted(dst, src)
	case *image.NRGBA64:
		fromWide(dst, src.Pix, src.Stride)
	case *image.RGBA64:
		fromWide(dst, src.Pix, src.Stride)
	default:
		n := imaging.Clone(img)
		dropAlpha(dst, n.Pix, n.Stride)
	}
}

func dropAlpha(dst *raster.Picture, pix []uint8, stride int) {
	for y := range dst.Height {
		row := pix[y*stride:]
		out := dst.Pix[3*y*dst.Width:][:3*dst.Width]
		for i, k := 0, 0; i < len(out); i, k = i+3, k+4 {
			out[i], out[i+1], out[i+2] = row[k], row[k+1], row[k+2]
		}
	}
}

func fromWide(dst *raster.Picture, pix []uint8, stride int) {
	for y := range dst.Height {
		for x := range dst.Width {
			from, to := pix[y*stride+8*x:], dst.Pix[3*(y*dst.Width+x):]
			to[0], to[1], to[2] = from[0], from[2], from[4]
		}
	}
}

func fromGray(dst *raster.Picture, at func(x, y int) uint8) {
	for y := range dst.Height {
		for x := range dst.Width {
			v, to := at(x, y), dst.Pix[3*(y*dst.Width+x):]
			to[0], to[1], to[2] = v, v, v
		}
	}
}

func fromPaletted(dst *raster.Picture, src *image.Paletted) {
	var colors [256][3]uint8
	for i, c := range src.Palette {
		if i == len(colors) {
			break
		}
		if n, ok := c.(color.NRGBA); ok { // RGBA would premultiply, and lose the colour of what cannot be seen
			colors[i] = [3]uint8{n.R, n.G, n.B}
			continue
		}
		r, g, b, _ := c.RGBA()
		colors[i] = [3]uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)}
	}
	for y := range dst.Height {
		for x := range dst.Width {
			c := colors[src.Pix[y*src.Stride+x]]
			copy(dst.Pix[3*(y*dst.Width+x):], c[:])
		}
	}
}
