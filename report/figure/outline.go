package figure

import (
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// outlined is a PDF canvas that draws text as the outlines of its letters: vgpdf's own text knows Windows-1252 alone.
type outlined struct{ *vgpdf.Canvas }

// FillString draws a text from a point of its base line on.
func (c outlined) FillString(face font.Face, at vg.Point, text string) {
	var buffer sfnt.Buffer
	em := fixed.I(int(face.Face.UnitsPerEm())) // outlines are loaded in the font's own units
	scale := face.Font.Size / vg.Length(face.Face.UnitsPerEm())
	for _, r := range drawable(face, text) {
		glyph, err := face.Face.GlyphIndex(&buffer, r)
		if err != nil {
			continue // drawable has left none
		}
		if segments, err := face.Face.LoadGlyph(&buffer, glyph, em, nil); err == nil && len(segments) > 0 {
			c.Fill(outline(segments, at, scale))
		}
		at.X += face.Width(string(r))
	}
}

// outline is a glyph as a path; the font's y axis points down.
func outline(segments sfnt.Segments, at vg.Point, scale vg.Length) vg.Path {
	place := func(p fixed.Point26_6) vg.Point {
		return vg.Point{X: at.X + scale*vg.Length(p.X)/64, Y: at.Y - scale*vg.Length(p.Y)/64}
	}
	var path vg.Path
	for _, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if len(path) > 0 {
				path.Close()
			}
			path.Move(place(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			path.Line(place(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			path.QuadTo(place(s.Args[0]), place(s.Args[1]))
		case sfnt.SegmentOpCubeTo:
			path.CubeTo(place(s.Args[0]), place(s.Args[1]), place(s.Args[2]))
		}
	}
	path.Close()
	return path
}
