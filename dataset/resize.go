package dataset

import (
	"fmt"
	"maps"
	"slices"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
)

// Resizer resizes pictures by one library's arithmetic. It owns its tables and rows, which it reuses.
type Resizer interface {
	// Resize fills dst, whose size is set, from src. The sizes differ.
	Resize(dst, src *raster.Picture)
}

var resizers = map[string]func() Resizer{}

// registerResizer adds an interpolation. It panics on a second one of the same name.
func registerResizer(name string, make func() Resizer) {
	if _, taken := resizers[name]; taken {
		panic("dataset: interpolation " + name + " is registered twice")
	}
	resizers[name] = make
}

// Interpolations lists the known interpolations by name.
func Interpolations() []string { return slices.Sorted(maps.Keys(resizers)) }

// NearestConventions lists the interpolations that label images can be resized by.
func NearestConventions() []string { return slices.Sorted(maps.Keys(nearestConventions)) }

// ResizeValues resizes a label image by a nearest-neighbour convention: no value arises that was not there.
func ResizeValues(v *Values, width, height int, convention string) (*Values, error) {
	index, known := nearestConventions[convention]
	if !known {
		return nil, fault.Usagef("masks are resized by a nearest convention, not by %q: expected one of %v", convention, NearestConventions())
	}
	if width < 1 || height < 1 || width > maxSide || height > maxSide {
		return nil, fmt.Errorf("size %d×%d: expected 1 to %d a side", width, height, maxSide)
	}
	out := &Values{}
	out.resize(width, height)
	columns, rows := index(v.Width, width), index(v.Height, height)
	for y, sy := range rows {
		for x, sx := range columns {
			out.Value[y*width+x] = v.Value[sy*v.Width+sx]
		}
	}
	return out, nil
}

// PlaneInterpolations lists the interpolations that keep fractions: a tensor is resized by them before it is scaled.
func PlaneInterpolations() []string { return slices.Sorted(maps.Keys(planeResizers)) }

// ResizePlanes resizes planes of floats, channels×height×width, as torch's F.interpolate does. NaN spreads to every value
// whose taps have it.
func ResizePlanes(src []float32, shape [3]int, height, width int, interpolation string) ([]float32, error) {
	planes, known := planeResizers[interpolation]
	c, h, w := shape[0], shape[1], shape[2]
	switch {
	case !known:
		return nil, fault.Usagef("planes of floats are not resized by %q: expected one of %v", interpolation, PlaneInterpolations())
	case width < 1 || height < 1 || width > maxSide || height > maxSide:
		return nil, fault.Usagef("size %d×%d: expected 1 to %d a side", width, height, maxSide)
	case c < 1 || h < 1 || w < 1 || len(src)%c != 0 || len(src)/c%h != 0 || len(src)/c/h != w:
		return nil, fault.Dataf("%d values are not %d planes of %d×%d", len(src), c, w, h)
	case width > maxPixels/height/c:
		return nil, fault.Usagef("%d planes of %d×%d: expected at most %d values", c, width, height, maxPixels)
	}
	dst := make([]float32, c*height*width)
	resize := planes()
	for k := range c {
		from, to := src[k*h*w:][:h*w], dst[k*height*width:][:height*width]
		if h == height && w == width {
			copy(to, from)
			continue
		}
		resize.ResizePlane(to, width, height, from, w, h)
	}
	return dst, nil
}
