package dataset

import (
	"errors"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/png"
	"github.com/segmetry/segmetry/internal/raster"
)

// pngReader reads the kinds of PNG that package png decodes; what it leaves goes to image/png with every other format.
type pngReader struct {
	decoder png.Decoder
	pixels  []byte
}

// header reads and checks a file's header; ok is false for files that are left to others.
func (r *pngReader) header(path string, content []byte) (h png.Header, ok bool, err error) {
	h, err = r.decoder.Header(content)
	switch {
	case errors.Is(err, png.ErrOther):
		return h, false, nil
	case err != nil:
		return h, false, fault.Dataf("%s: %s", path, explainDecode(err, content))
	}
	if err := checkSize(path, h.Width, h.Height); err != nil {
		return h, true, err
	}
	return h, true, checkHolds(path, content, h.Width, h.Height)
}

// picture decodes a file into 8-bit RGB: alpha is dropped, grey is repeated.
func (r *pngReader) picture(dst *raster.Picture, path string, content []byte) (ok bool, err error) {
	h, ok, err := r.header(path, content)
	if !ok || err != nil || h.Color == png.GrayAlpha {
		return false, err
	}
	if h.Color == png.RGB { // in its place at once
		dst.Pix = grown(dst.Pix, h.Room())
		pix, err := r.decoder.Pixels(h, dst.Pix)
		if err != nil {
			return false, fault.Dataf("%s: %s", path, explainDecode(err, content))
		}
		dst.Width, dst.Height, dst.Pix = h.Width, h.Height, pix
		return true, nil
	}
	pix, err := r.read(h, path, content)
	if err != nil {
		return false, err
	}
	dst.Resize(h.Width, h.Height)
	switch h.Color {
	case png.Gray:
		for i, v := range pix {
			to := dst.Pix[3*i:][:3]
			to[0], to[1], to[2] = v, v, v
		}
	case png.Palette:
		for i, v := range pix {
			copy(dst.Pix[3*i:], h.Palette[v][:])
		}
	default:
		dropAlpha(dst, pix, 4*h.Width)
	}
	return true, nil
}

// read decodes the pixels into the reader's own buffer, which it gives up again after a very large one.
func (r *pngReader) read(h png.Header, path string, content []byte) ([]byte, error) {
	buf := grown(r.pixels, h.Room())
	if r.pixels = buf; len(buf) > keptPixels {
		r.pixels = nil
	}
	pix, err := r.decoder.Pixels(h, buf)
	if err != nil {
		return nil, fault.Dataf("%s: %s", path, explainDecode(err, content))
	}
	return pix, nil
}

// values decodes a label image's grey levels or palette indices.
func (r *pngReader) values(path string, content []byte) (h png.Header, pix []byte, ok bool, err error) {
	h, ok, err = r.header(path, content)
	if !ok || err != nil || h.Color != png.Gray && h.Color != png.Palette {
		return h, nil, false, err
	}
	pix, err = r.read(h, path, content)
	return h, pix, err == nil, err
}

func grown(s []byte, n int) []byte {
	if cap(s) < n {
		return make([]byte, n)
	}
	return s[:n]
}
