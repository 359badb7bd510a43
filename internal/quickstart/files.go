package quickstart

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
)

// Name is the file name of picture index.
func Name(index int) string { return fmt.Sprintf("cell-%02d.png", index+1) }

// Picture is the scene as an RGB picture.
func (s *Scene) Picture() image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, s.Width, s.Height))
	for i, v := range s.Gray {
		img.SetNRGBA(i%s.Width, i/s.Width, color.NRGBA{v, v, v, 255})
	}
	return img
}

// Mask is the truth as a grey picture whose values are the classes.
func (s *Scene) Mask() image.Image {
	return &image.Gray{Pix: s.Class, Stride: s.Width, Rect: image.Rect(0, 0, s.Width, s.Height)}
}

// WriteAll writes all pictures to folder/images and all masks to folder/masks.
func WriteAll(folder string) error {
	for index := range Count {
		s := Render(index)
		for sub, img := range map[string]image.Image{"images": s.Picture(), "masks": s.Mask()} {
			var b bytes.Buffer
			e := png.Encoder{CompressionLevel: png.BestCompression}
			if err := e.Encode(&b, img); err != nil {
				return err
			}
			if err := os.MkdirAll(filepath.Join(folder, sub), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(folder, sub, Name(index)), b.Bytes(), 0o644); err != nil { //nolint:gosec // test pictures are for everyone
				return err
			}
		}
	}
	return nil
}
