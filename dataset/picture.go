package dataset

import (
	"github.com/segmetry/segmetry/internal/raster"
)

// pictures decodes files to 8-bit RGB, in buffers of its own.
type pictures struct {
	jpeg   jpegReader
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
func (p *pictures) readStored(dst *raster.Picture, path string, content []byte) (err error) {
	defer recovered(path, &err)
	if isJPEG(content) {
		return p.jpeg.read(dst, path, content)
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
