package dataset

import "github.com/segmetry/segmetry/internal/raster"

// View is a picture at the model's input size, from which pieces of the tensor are taken: a picture much larger than the
// model's window need not be held as a tensor. It is valid until the loader's next picture.
type View struct {
	loader   *Loader
	content  *raster.Picture
	geometry Geometry
}

// View prepares a picture.
func (l *Loader) View(pic *raster.Picture, g Geometry) *View {
	return &View{loader: l, content: l.content(pic, g), geometry: g}
}

// Fill writes Channels×height×width values of what [Loader.Tensor] would give, from row top and column left on.
func (v *View) Fill(top, left, height, width int, dst []float32) {
	l, g := v.loader, v.geometry
	mode := l.preprocess.Pad.Mode
	for c := range l.input.Channels {
		table, border := &l.scale[c], float32(l.padValue(c))
		for y := range height {
			sy, inside := padSource(top+y-g.Top, g.ContentHeight, mode)
			from := v.content.Pix[3*sy*g.ContentWidth+l.order[c]:]
			row := dst[(c*height+y)*width:][:width]
			for x := range row {
				sx, within := padSource(left+x-g.Left, g.ContentWidth, mode)
				if row[x] = border; inside && within || mode != PadConstant {
					row[x] = table[from[3*sx]]
				}
			}
		}
	}
}
