package dataset

import (
	"image"

	"github.com/segmetry/segmetry/internal/raster"
)

// Whose way a picture takes to 8-bit RGB where PIL and OpenCV differ.
const (
	ConvertPIL = "pil" // Image.convert("RGB"): 16-bit grey is cut at 255
	ConvertCV  = "cv"  // cv2.imread: 16-bit grey loses its low byte; CMYK is up to 2 away from PIL's
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
	if err != nil {
		return err
	}
	if p.jpeg.own.OpenCV && asOpenCV(dst, img, content) {
		return nil
	}
	toPicture(dst, img)
	return nil
}

// asOpenCV converts the pictures that OpenCV has another way for, and says whether this is one.
func asOpenCV(dst *raster.Picture, img image.Image, content []byte) bool {
	b := img.Bounds()
	switch src := img.(type) {
	case *image.Gray16:
		dst.Resize(b.Dx(), b.Dy())
		fromGray(dst, func(x, y int) uint8 { return src.Pix[y*src.Stride+2*x] })
		return true
	case *image.NRGBA:
		if !isTIFF(content) {
			return false
		}
		dst.Resize(b.Dx(), b.Dy())
		for i, k := 0, 0; i < len(dst.Pix); i, k = i+3, k+4 { // libtiff multiplies by alpha
			a := uint32(src.Pix[k+3])
			for c := range 3 {
				dst.Pix[i+c] = uint8((uint32(src.Pix[k+c])*a + 127) / 255)
			}
		}
		return true
	}
	return false
}
