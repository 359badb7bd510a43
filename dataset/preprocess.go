package dataset

import (
	"fmt"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
)

// The words of the preprocess section.
const (
	FitStretch   = "stretch"   // both sides to the size, whatever becomes of the proportions
	FitShort     = "short"     // the short side to the smaller of the size, proportions kept
	FitLong      = "long"      // the long side to the larger of the size, proportions kept
	FitLetterbox = "letterbox" // as large as fits into the size, proportions kept, centred, padded
	FitNone      = "none"      // not resized

	OrientationIgnore = "ignore"
	OrientationApply  = "apply"

	PadEdge     = "edge"
	PadConstant = "constant"
	PadReflect  = "reflect"

	ColorRGB  = "rgb"
	ColorBGR  = "bgr"
	ColorGray = "gray"
)

// Geometry says where a picture lies in the input tensor.
type Geometry struct {
	PictureWidth, PictureHeight int
	Height, Width               int // of the tensor
	Top, Left                   int // of the content in the tensor
	ContentHeight, ContentWidth int // the resized picture
}

// tables gives each channel's 256 tensor values: post_scale·(scale·x − mean)/std in float64.
func (p *Preprocess) tables(in Input) [][256]float32 {
	scale := 1.0 / 255
	if in.Integer {
		scale = 1
	}
	if p.Scale != nil {
		scale = p.Scale.Value
	}
	post := p.PostScale
	if post == 0 {
		post = 1
	}
	tables := make([][256]float32, in.Channels)
	for c := range tables {
		mean, std := perChannel(p.Mean, c, 0), perChannel(p.Std, c, 1)
		for x := range tables[c] {
			tables[c][x] = float32(post * (scale*float64(x) - mean) / std)
		}
	}
	return tables
}

// checkSize holds the configured size against the model's.
func (l *Loader) checkSize() error {
	p, in := l.preprocess, l.input
	if p.Size == nil || p.Fit == FitShort || p.Fit == FitLong || p.Fit == FitNone || p.Pad.Multiple > 1 {
		return nil
	}
	if in.Height > 0 && p.Size[0] != in.Height || in.Width > 0 && p.Size[1] != in.Width {
		return fault.Usagef("preprocess.size: [%d, %d], but the model's input is fixed at height %s and width %s: leave the key out, or give the model's size", p.Size[0], p.Size[1], sizeText(in.Height), sizeText(in.Width))
	}
	return nil
}

func sizeText(n int) string {
	if n == 0 {
		return "any"
	}
	return fmt.Sprint(n)
}

// Geometry says where a picture of the given size will lie in the tensor.
func (l *Loader) Geometry(width, height int) (Geometry, error) {
	g := Geometry{PictureWidth: width, PictureHeight: height, ContentWidth: width, ContentHeight: height}
	p, in := l.preprocess, l.input
	size := p.Size
	if size == nil && in.Height > 0 && in.Width > 0 && p.Fit != FitNone && p.Pad.Multiple <= 1 {
		size = []int{in.Height, in.Width}
	}
	if size != nil && p.Fit != FitNone {
		g.ContentHeight, g.ContentWidth = fitted(p.Fit, width, height, size)
	}
	g.Height, g.Width = roundUp(g.ContentHeight, p.Pad.Multiple), roundUp(g.ContentWidth, p.Pad.Multiple)
	if p.Fit == FitLetterbox && size != nil {
		g.Height, g.Width = size[0], size[1]
		g.Top, g.Left = (g.Height-g.ContentHeight)/2, (g.Width-g.ContentWidth)/2
	}
	if in.Height > 0 && g.Height != in.Height || in.Width > 0 && g.Width != in.Width {
		return g, fault.Dataf("a picture of %d×%d becomes an input of height %d and width %d, the model takes height %s and width %s: set preprocess.size, fit or pad", width, height, g.Height, g.Width, sizeText(in.Height), sizeText(in.Width))
	}
	if g.Height > maxPixels/g.Width {
		return g, fault.Dataf("a picture of %d×%d becomes an input of %d×%d: expected at most %d pixels", width, height, g.Width, g.Height, maxPixels)
	}
	return g, nil
}

// fitted is the resized picture's height and width. Proportional sides are cut towards zero, as torchvision's Resize.
func fitted(fit string, width, height int, size []int) (h, w int) {
	scaled := func(side, to, of int) int { return max(1, side*to/of) }
	short, long := min(width, height), max(width, height)
	switch fit {
	case FitShort:
		to := min(size[0], size[1])
		if width <= height {
			return scaled(height, to, short), to
		}
		return to, scaled(width, to, short)
	case FitLong:
		to := max(size[0], size[1])
		if width >= height {
			return scaled(height, to, long), to
		}
		return to, scaled(width, to, long)
	case FitLetterbox:
		if size[0]*width <= size[1]*height {
			return size[0], scaled(width, size[0], height)
		}
		return scaled(height, size[1], width), size[1]
	}
	return size[0], size[1]
}

func roundUp(n, multiple int) int {
	if multiple <= 1 {
		return n
	}
	return (n + multiple - 1) / multiple * multiple
}

// content is the picture at the content's size, in the colours that the model wants.
func (l *Loader) content(pic *raster.Picture, g Geometry) *raster.Picture {
	if g.ContentWidth != pic.Width || g.ContentHeight != pic.Height {
		l.resized.Resize(g.ContentWidth, g.ContentHeight)
		l.resize.Resize(&l.resized, pic)
		pic = &l.resized
	}
	if l.input.Channels == 1 {
		l.gray.Resize(pic.Width, pic.Height)
		for i := range pic.Width * pic.Height {
			r, g, b := uint32(pic.Pix[3*i]), uint32(pic.Pix[3*i+1]), uint32(pic.Pix[3*i+2])
			l.gray.Pix[3*i] = uint8((19595*r + 38470*g + 7471*b + 32768) >> 16) // PIL's convert("L")
		}
		pic = &l.gray
	}
	return pic
}

// Tensor fills dst, Channels×Height×Width, with the picture as the model is to see it.
func (l *Loader) Tensor(pic *raster.Picture, g Geometry, dst []float32) error {
	if len(dst) != l.input.Channels*g.Height*g.Width {
		return fmt.Errorf("a tensor of %d values: expected %d×%d×%d", len(dst), l.input.Channels, g.Height, g.Width)
	}
	content := l.content(pic, g)
	for c := range l.input.Channels {
		table := &l.scale[c]
		plane := dst[c*g.Height*g.Width:][:g.Height*g.Width]
		for y := range g.ContentHeight {
			from := content.Pix[3*y*g.ContentWidth+l.order[c]:]
			row := plane[(g.Top+y)*g.Width+g.Left:][:g.ContentWidth]
			for x, k := 0, 0; x < len(row); x, k = x+1, k+3 {
				row[x] = table[from[k]]
			}
		}
		border := float32(l.padValue(c))
		pad(plane, g, l.preprocess.Pad.Mode, border)
	}
	return nil
}

// padValue is the tensor value of a constant border: the configured pixel value through the same arithmetic.
func (l *Loader) padValue(c int) float64 {
	p := l.preprocess
	value := perChannel(p.Pad.Value, min(c, max(0, len(p.Pad.Value)-1)), 0)
	zero, one := float64(l.scale[c][0]), float64(l.scale[c][255])
	return zero + value*(one-zero)/255
}

// Bytes fills dst, Channels×Height×Width, with the picture before scaling.
func (l *Loader) Bytes(pic *raster.Picture, g Geometry, dst []uint8) error {
	if len(dst) != l.input.Channels*g.Height*g.Width {
		return fmt.Errorf("a picture of %d values: expected %d×%d×%d", len(dst), l.input.Channels, g.Height, g.Width)
	}
	content := l.content(pic, g)
	for c := range l.input.Channels {
		plane := dst[c*g.Height*g.Width:][:g.Height*g.Width]
		for y := range g.ContentHeight {
			for x := range g.ContentWidth {
				plane[(g.Top+y)*g.Width+g.Left+x] = content.Pix[3*(y*g.ContentWidth+x)+l.order[c]]
			}
		}
		value := perChannel(l.preprocess.Pad.Value, min(c, max(0, len(l.preprocess.Pad.Value)-1)), 0)
		pad(plane, g, l.preprocess.Pad.Mode, uint8(max(0, min(255, value))))
	}
	return nil
}

// pad fills what lies around the content of a plane.
func pad[T uint8 | float32](plane []T, g Geometry, mode string, value T) {
	if g.ContentHeight == g.Height && g.ContentWidth == g.Width {
		return
	}
	for y := range g.Height {
		row := plane[y*g.Width:][:g.Width]
		sy, inside := padSource(y-g.Top, g.ContentHeight, mode)
		from := plane[(g.Top+sy)*g.Width:][:g.Width]
		for x := range row {
			sx, within := padSource(x-g.Left, g.ContentWidth, mode)
			if inside && within {
				continue
			}
			if row[x] = value; mode != PadConstant {
				row[x] = from[g.Left+sx]
			}
		}
	}
}

// padSource is the content coordinate that a tensor coordinate shows, and whether it lies inside the content.
func padSource(i, n int, mode string) (from int, inside bool) {
	if i >= 0 && i < n {
		return i, true
	}
	if mode == PadReflect && n > 1 { // mirrored about the outermost pixel, which is not repeated
		period := 2 * (n - 1)
		i = ((i % period) + period) % period
		return min(i, period-i), false
	}
	return max(0, min(i, n-1)), false
}
