package dataset

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// runs are a mask as COCO stores it: lengths of runs of pixels outside and inside, in turns and outside first, down the
// columns, which follow each other from the left.
type runs []uint32

// paint sets the pixels inside.
func (r runs) paint(v *Values, value uint16) {
	x, y := 0, 0
	for i, n := range r {
		if i%2 == 0 {
			y += int(n)
			x, y = x+y/v.Height, y%v.Height
			continue
		}
		for range n {
			v.Value[y*v.Width+x] = value
			if y++; y == v.Height {
				x, y = x+1, 0
			}
		}
	}
}

// area is the number of pixels inside.
func (r runs) area() (n int) {
	for i := 1; i < len(r); i += 2 {
		n += int(r[i])
	}
	return n
}

// check holds the runs against a picture's size.
func (r runs) check(width, height int) error {
	total := 0
	for _, n := range r {
		if total += int(n); total > width*height {
			break
		}
	}
	if total != width*height {
		return fmt.Errorf("its run lengths are out of range: they make %d pixels or more, expected %d×%d", total, width, height)
	}
	return nil
}

// unpackRuns reads COCO's compressed form: numbers in groups of five bits, from the lowest on, a character each; from the
// fourth on they are differences to the number before the last.
func unpackRuns(text string, dst runs) (runs, error) {
	for len(text) > 0 {
		var x int64
		for shift := 0; ; shift += 5 {
			if len(text) == 0 || shift > 35 {
				return dst, errors.New("its compressed run lengths end within a number")
			}
			c := int64(text[0]) - 48
			if c < 0 || c > 63 {
				return dst, fmt.Errorf("its compressed run lengths have the character %q", text[0])
			}
			text = text[1:]
			x |= c & 31 << shift
			if c&32 == 0 {
				if c&16 != 0 { // the sign
					x -= 1 << (shift + 5)
				}
				break
			}
		}
		if m := len(dst); m > 2 {
			x += int64(dst[m-2])
		}
		if x < 0 || x > maxPixels {
			return dst, fmt.Errorf("a run of %d pixels is out of range", x)
		}
		dst = append(dst, uint32(x))
	}
	return dst, nil
}

// outliner turns polygons into runs, as pycocotools does and to the bit: the outline is drawn on a grid five times as fine,
// and the pixel is inside whose centre is. Its buffers are reused.
type outliner struct {
	x, y []int   // corners on the fine grid
	u, v []int32 // its pixels along the outline
	at   []int   // where the inside begins or ends, counted down the columns
	runs runs
}

const (
	fine          = 5
	maxCoordinate = 1 << 20
)

// polygon returns the runs of a polygon x1, y1, x2, y2, …; they are valid until the next call.
func (o *outliner) polygon(xy []float64, width, height int) (runs, error) {
	if len(xy) < 6 || len(xy)%2 != 0 {
		return nil, fmt.Errorf("a polygon has %d numbers: expected x and y of three corners or more", len(xy))
	}
	o.x, o.y = o.x[:0], o.y[:0]
	for i := 0; i < len(xy); i += 2 {
		if !(math.Abs(xy[i]) < maxCoordinate && math.Abs(xy[i+1]) < maxCoordinate) {
			return nil, fmt.Errorf("a polygon's corner (%g, %g) is out of range", xy[i], xy[i+1])
		}
		o.x, o.y = append(o.x, int(fine*xy[i]+.5)), append(o.y, int(fine*xy[i+1]+.5))
	}
	o.x, o.y = append(o.x, o.x[0]), append(o.y, o.y[0])
	if err := o.outline(); err != nil {
		return nil, err
	}
	o.crossings(width, height)
	return o.between(), nil
}

// maxOutline bounds the pixels of an outline on the fine grid.
const maxOutline = 1 << 22

// outline walks from corner to corner.
func (o *outliner) outline() error {
	o.u, o.v = o.u[:0], o.v[:0]
	for i := range len(o.x) - 1 {
		xs, xe, ys, ye := o.x[i], o.x[i+1], o.y[i], o.y[i+1]
		dx, dy := abs(xe-xs), abs(ye-ys)
		if len(o.u)+max(dx, dy) > maxOutline {
			return fmt.Errorf("a polygon's outline is longer than %d pixels", maxOutline/fine)
		}
		flip := dx >= dy && xs > xe || dx < dy && ys > ye
		if flip {
			xs, xe, ys, ye = xe, xs, ye, ys
		}
		for d := range max(dx, dy) + 1 {
			t := d
			if flip {
				t = max(dx, dy) - d
			}
			u, v := xs, ys
			switch { // products are rounded by themselves, as on machines that do not fuse them
			case dx == 0 && dy == 0:
			case dx >= dy:
				slope := float64(ye-ys) / float64(dx)
				u, v = t+xs, int(float64(ys)+float64(slope*float64(t))+.5)
			default:
				slope := float64(xe-xs) / float64(dy)
				u, v = int(float64(xs)+float64(slope*float64(t))+.5), t+ys
			}
			o.u, o.v = append(o.u, int32(u)), append(o.v, int32(v))
		}
	}
	return nil
}

func abs(n int) int { return max(n, -n) }

// crossings finds where the outline crosses the middle of a column of pixels.
func (o *outliner) crossings(width, height int) {
	o.at = o.at[:0]
	for i := 1; i < len(o.u); i++ {
		if o.u[i] == o.u[i-1] {
			continue
		}
		x := (float64(o.u[i]-1)+.5)/fine - .5
		if o.u[i] < o.u[i-1] {
			x = (float64(o.u[i])+.5)/fine - .5
		}
		if math.Floor(x) != x || x < 0 || x > float64(width-1) {
			continue
		}
		y := (float64(min(o.v[i], o.v[i-1]))+.5)/fine - .5
		y = math.Ceil(min(max(y, 0), float64(height)))
		o.at = append(o.at, int(x)*height+int(y))
	}
	o.at = append(o.at, width*height)
	slices.Sort(o.at)
}

// between turns crossings into lengths; two at one place cancel each other.
func (o *outliner) between() runs {
	r, last := o.runs[:0], 0
	for i := 0; i < len(o.at); i++ {
		n := o.at[i] - last
		last = o.at[i]
		switch {
		case n > 0 || len(r) == 0:
			r = append(r, uint32(n))
		case i+1 < len(o.at):
			i++
			r[len(r)-1] += uint32(o.at[i] - last)
			last = o.at[i]
		}
	}
	o.runs = r
	return r
}
