package figure

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image/color"
	"io"
	"math"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

func init() {
	// A PDF says when it was made; equal runs must not differ in it. vgpdf has no way to its document but these.
	epoch := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	fpdf.SetDefaultCreationDate(epoch)
	fpdf.SetDefaultModificationDate(epoch)
	fpdf.SetDefaultCatalogSort(true)
}

// encode draws the sheet into a file of the format.
func (s sheet) encode(o Options) ([]byte, error) {
	var canvas interface {
		vg.CanvasSizer
		io.WriterTo
	}
	switch o.Format {
	case "svg":
		canvas = vgsvg.New(s.width, s.height)
	case "pdf":
		canvas = outlined{vgpdf.New(s.width, s.height)}
	default:
		canvas = raster{vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(s.width, s.height), vgimg.UseDPI(o.DPI), vgimg.UseBackgroundColor(color.White))}}
	}
	s.draw(draw.New(canvas))
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return nil, err
	}
	if o.Format == "png" {
		return withResolution(b.Bytes(), o.DPI), nil
	}
	return b.Bytes(), nil
}

// raster is a PNG canvas that shows which letters its font does not have.
type raster struct{ vgimg.PngCanvas }

// FillString draws a text from a point of its base line on.
func (c raster) FillString(face font.Face, at vg.Point, text string) {
	c.PngCanvas.FillString(face, at, drawable(face, text))
}

// missing stands for a letter that the font does not have, in whose place it has nothing.
const missing = '□'

// drawable is the text with what the font does not have replaced. An SVG's reader may have other fonts.
func drawable(face font.Face, text string) string {
	var buffer sfnt.Buffer
	return strings.Map(func(r rune) rune {
		if glyph, err := face.Face.GlyphIndex(&buffer, r); err != nil || glyph == 0 {
			return missing
		}
		return r
	}, text)
}

// headerEnd is where a PNG's first chunk ends: 8 bytes of signature, 25 of IHDR.
const headerEnd = 33

// withResolution puts a pHYs chunk into a PNG, which image/png cannot write: it gives the figure its size in inches where
// a paper includes it.
func withResolution(png []byte, dpi int) []byte {
	perMetre := uint32(math.Round(float64(dpi) / 0.0254))
	body := binary.BigEndian.AppendUint32([]byte("pHYs"), perMetre)
	body = append(binary.BigEndian.AppendUint32(body, perMetre), 1)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)-4))
	chunk = binary.BigEndian.AppendUint32(append(chunk, body...), crc32.ChecksumIEEE(body))
	out := make([]byte, 0, len(png)+len(chunk))
	return append(append(append(out, png[:headerEnd]...), chunk...), png[headerEnd:]...)
}
