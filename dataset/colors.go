package dataset

import (
	"image"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
)

// maskColors are the values that the colours of a mask in colour stand for; nil where no palette is given.
type maskColors map[[3]uint8]uint16

// ignoredColor is the value of colours that count nowhere.
const ignoredColor = 65535

// sharedColor is the value of colours that stand for two classes.
const sharedColor = 65534

// maskColors are those of dataset.palette and ignore_colors. Where labels may overlap the palette's colours are the labels',
// not the masks'.
func (o *Options) maskColors() maskColors {
	if o.Palette == nil || o.Overlap() {
		return nil
	}
	colors := maskColors{}
	for class, c := range o.Palette {
		if _, taken := colors[c]; taken { // which is no matter before a mask has it
			colors[c] = sharedColor
			continue
		}
		colors[c] = uint16(class)
	}
	for _, c := range o.IgnoreColors {
		colors[c] = ignoredColor
	}
	return colors
}

// readColors reads a colour image, its alpha dropped: exact colours of a palette, or grey stored as colour.
func (v *Values) readColors(path string, img image.Image, colors maskColors) error {
	var p raster.Picture
	toPicture(&p, img)
	var last [3]uint8
	value, known := colors[last]
	for i := range v.Value {
		c := [3]uint8(p.Pix[3*i:])
		if c != last {
			last = c
			value, known = colors[c]
		}
		switch {
		case known && value == sharedColor:
			return fault.Dataf("%s: colour (%d,%d,%d) at (%d,%d) is that of two classes in dataset.palette: give each class a colour of its own", path, c[0], c[1], c[2], i%v.Width, i/v.Width)
		case known:
			v.Value[i] = value
		case colors == nil && c[0] == c[1] && c[1] == c[2]:
			v.Value[i] = uint16(c[0])
		case colors == nil:
			return fault.Dataf("%s: colour (%d,%d,%d) at (%d,%d): a mask in colour needs dataset.palette, the colour of each class; labels that may overlap need a grey or indexed one", path, c[0], c[1], c[2], i%v.Width, i/v.Width)
		default:
			return fault.Dataf("%s: colour (%d,%d,%d) at (%d,%d) is not in dataset.palette: name it there, or in dataset.ignore_colors", path, c[0], c[1], c[2], i%v.Width, i/v.Width)
		}
	}
	return nil
}
