package pipeline

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"image/png"
)

// jpegQuality is that of the pictures in the report: a tenth of a PNG's size.
const jpegQuality = 85

// encode turns the picture and its layers into files.
func (s *sketch) encode() error {
	if s.Picture != nil {
		return nil
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, &s.picture, &jpeg.Options{Quality: jpegQuality}); err != nil {
		return fmt.Errorf("encoding a thumbnail: %w", err)
	}
	picture := b.Bytes()
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	for i, dst := range []*[]byte{&s.Truth, &s.Predicted, &s.Error, &s.Loss, &s.Confidence} {
		l := s.layers()[i]
		if l.shown == nil {
			continue
		}
		var b bytes.Buffer
		if err := encoder.Encode(&b, l.shown); err != nil {
			return fmt.Errorf("encoding a thumbnail: %w", err)
		}
		*dst = b.Bytes()
	}
	s.Picture = picture
	return nil
}
