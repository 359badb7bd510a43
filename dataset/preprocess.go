package dataset

import (
	"fmt"

	"github.com/segmetry/segmetry/internal/fault"
)

// The words of the preprocess section.
const (
	FitStretch   = "stretch"   // both sides to the size, whatever becomes of the proportions
	FitShort     = "short"     // the short side to the smaller of the size, proportions kept
	FitLong      = "long"      // the long side to the larger of the size, proportions kept
	FitRescale   = "rescale"   // as large as fits into the size or the size turned over, proportions kept (mmcv's imrescale)
	FitLetterbox = "letterbox" // as large as fits into the size, proportions kept, centred, padded
	FitNone      = "none"      // not resized

	OrientationIgnore = "ignore"
	OrientationApply  = "apply"

	PadEdge     = "edge"
	PadConstant = "constant"
	PadReflect  = "reflect"   // mirrored about the outermost pixel
	PadMirror   = "symmetric" // mirrored behind the outermost pixel, which is repeated

	ColorRGB  = "rgb"
	ColorBGR  = "bgr"
	ColorGray = "gray"
)

// Geometry says where a picture lies in the input tensor.
type Geometry struct {
	PictureWidth, PictureHeight int
	Height, Width               int // of the tensor
	Top, Left                   int // of the content in the tensor; below 0 where a crop cuts it
	ContentHeight, ContentWidth int // the resized picture
}

// checkSize holds the configured size against the model's.
func (l *Loader) checkSize() error {
	p, in := l.preprocess, l.input
	if p.Size == nil || p.Crop != nil || p.Fit == FitShort || p.Fit == FitLong || p.Fit == FitRescale || p.Fit == FitNone || p.Pad.Multiple > 1 {
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
	if size == nil && in.Height > 0 && in.Width > 0 && p.Fit != FitNone && p.Pad.Multiple <= 1 && p.Crop == nil {
		size = []int{in.Height, in.Width}
	}
	if size != nil && p.Fit != FitNone {
		g.ContentHeight, g.ContentWidth = p.fitted(width, height, size)
	}
	g.Height, g.Width = roundUp(g.ContentHeight, p.Pad.Multiple), roundUp(g.ContentWidth, p.Pad.Multiple)
	switch {
	case p.Crop != nil:
		g.Top, g.Left = cropOffset(g.ContentHeight, p.Crop[0]), cropOffset(g.ContentWidth, p.Crop[1])
		g.Height, g.Width = roundUp(p.Crop[0], p.Pad.Multiple), roundUp(p.Crop[1], p.Pad.Multiple)
	case p.Fit == FitLetterbox && size != nil:
		g.Height, g.Width = size[0], size[1]
		g.Top, g.Left = p.letterboxOffset(g.Height-g.ContentHeight), p.letterboxOffset(g.Width-g.ContentWidth)
	}
	if in.Height > 0 && g.Height != in.Height || in.Width > 0 && g.Width != in.Width {
		return g, fault.Dataf("a picture of %d×%d becomes an input of height %d and width %d, the model takes height %s and width %s: set preprocess.size, fit or pad", width, height, g.Height, g.Width, sizeText(in.Height), sizeText(in.Width))
	}
	if g.ContentHeight > maxPixels/g.ContentWidth {
		return g, fault.Dataf("a picture of %d×%d would be resized to %d×%d: expected at most %d pixels", width, height, g.ContentWidth, g.ContentHeight, maxPixels)
	}
	if g.Height > maxPixels/g.Width {
		return g, fault.Dataf("a picture of %d×%d becomes an input of %d×%d: expected at most %d pixels", width, height, g.Width, g.Height, maxPixels)
	}
	return g, nil
}

func roundUp(n, multiple int) int {
	if multiple <= 1 {
		return n
	}
	return (n + multiple - 1) / multiple * multiple
}
