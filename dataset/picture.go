package dataset

import (
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/jpeg"
	"github.com/segmetry/segmetry/internal/raster"
)

// pictures decodes files to 8-bit RGB, in buffers of its own.
type pictures struct {
	jpeg   jpeg.Decoder
	png    pngReader
	stored raster.Picture // a picture that must be turned, as it lies in its file
}

// read decodes a picture as PIL's convert("RGB") gives it. It is turned where turn is set and its EXIF asks for it;
// orientation is what that asks for.
func (p *pictures) read(dst *raster.Picture, path string, content []byte, turn bool) (orientation int, err error) {
	orientation = Orientation(content)
	turn = orientation != 1 && (turn || isTIFF(content)) // PIL turns TIFF whatever was asked
	stored := dst
	if turn {
		stored = &p.stored
	}
	if err := p.readStored(stored, path, content); err != nil {
		return 0, err
	}
	if turn {
		dst.Resize(turnedSize(stored.Width, stored.Height, orientation))
		turnPixels(dst.Pix, stored.Pix, 3, stored.Width, stored.Height, orientation)
	}
	return orientation, nil
}

// readStored decodes a picture as it lies in its file.
func (p *pictures) readStored(dst *raster.Picture, path string, content []byte) error {
	if isJPEG(content) {
		return p.readJPEG(dst, path, content)
	}
	if ok, err := p.png.picture(dst, path, content); ok || err != nil {
		return err
	}
	img, _, err := decode(path, content)
	if err == nil {
		toPicture(dst, img)
	}
	return err
}

func (p *pictures) readJPEG(dst *raster.Picture, path string, content []byte) (err error) {
	defer recovered(path, &err)
	h, err := p.jpeg.Header(content)
	if err != nil {
		return fault.Dataf("%s: %w", path, err)
	}
	if err := checkSize(path, h.Width, h.Height); err != nil {
		return err
	}
	dst.Resize(h.Width, h.Height)
	if err := p.jpeg.RGB(dst.Pix); err != nil {
		return fault.Dataf("%s: %w", path, err)
	}
	return nil
}

// isJPEG says whether a file begins as a JPEG does.
func isJPEG(content []byte) bool {
	return len(content) > 2 && content[0] == 0xff && content[1] == 0xd8 && content[2] == 0xff
}
