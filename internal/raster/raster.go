// Package raster holds the two pictures that travel between the rooms: colours as the model will see them, and labels.
package raster

// Ignored marks a pixel that no measure and no loss may count.
const Ignored int16 = -1

// MaxClasses is the largest number of classes that a label can name.
const MaxClasses = 32767

// Labels is a label map: one class index a pixel, row by row, or Ignored.
type Labels struct {
	Width, Height int
	Class         []int16 // Width*Height
}

// Resize makes room for width×height labels, reusing the memory where it suffices. The content is undefined after it.
func (l *Labels) Resize(width, height int) {
	l.Width, l.Height = width, height
	l.Class = grow(l.Class, width*height)
}

// Picture is an 8-bit colour picture, three interleaved bytes (R, G, B) a pixel, row by row.
type Picture struct {
	Width, Height int
	Pix           []uint8 // 3*Width*Height
}

// Resize makes room for width×height pixels, reusing the memory where it suffices. The content is undefined after it.
func (p *Picture) Resize(width, height int) {
	p.Width, p.Height = width, height
	p.Pix = grow(p.Pix, 3*width*height)
}

func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
